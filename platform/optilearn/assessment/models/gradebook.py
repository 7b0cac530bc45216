"""Rules of grading, the grades, and each of their changes."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class GradingPolicy(TenantModel):
    """The way a course adds up; one for each course that differs from the defaults."""

    class Interval(models.TextChoices):
        """The time for which late work loses another ``late_percent``."""

        HOUR = "HOUR"
        DAY = "DAY"

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")
    is_weighted = models.BooleanField(default=False)
    """By the weights of groups; else all points over all possible points."""
    late_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    late_interval = models.TextField(choices=Interval.choices, default=Interval.DAY)
    late_lowest_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    missing_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    """The mark of work that wasn't handed in when it was due; null: none."""
    letters = models.JSONField(null=True)
    """``[[letter, least percent], …]``, the best first; null: the standard scheme."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "course"], name="grading_policy_once")
        ]


class GradeGroup(TenantModel):
    """Assignments that share a weight and rules for dropping."""

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")
    name = models.TextField()
    weight = models.DecimalField(max_digits=6, decimal_places=2, default=0)
    """Percent of the course's total, where groups are weighted."""
    drop_lowest = models.SmallIntegerField(default=0)
    drop_highest = models.SmallIntegerField(default=0)
    position = models.IntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "id", "course"], name="grade_group_of_course"
            ),
            models.CheckConstraint(
                condition=models.Q(drop_lowest__gte=0, drop_highest__gte=0, weight__gte=0),
                name="grade_group_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["institution", "course"], name="grade_group_by_course")]


class Grade(TenantModel):
    """A student's grade for an assignment. Without one, the newest submission's score counts."""

    assignment = TenantForeignKey(
        "assessment.Assignment", models.CASCADE, related_name="grades", together=("course_id",)
    )
    enrollment = TenantForeignKey(
        "enrollment.Enrollment", related_name="+", together=("student_id", "course_id")
    )
    student = TenantForeignKey("people.Person", related_name="+", enforced=False)
    course = TenantForeignKey("courses.Course", related_name="+", enforced=False)
    raw_points = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    """As they were given; null: not graded."""
    deducted = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    """The points that lateness cost."""
    points = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    """They count: ``raw_points`` less ``deducted``."""
    is_excused = models.BooleanField(default=False)
    late_seconds = models.IntegerField(null=True)
    """Set by hand, instead of the newest submission's lateness."""
    comment = models.TextField(default="")
    grader = TenantForeignKey("people.Person", null=True, related_name="+")
    graded_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)
    """Since when the student sees it; null: not yet."""
    version = models.IntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "enrollment", "assignment"], name="grade_once"
            )
        ]
        indexes = [
            models.Index(fields=["institution", "assignment"], name="grade_by_assignment"),
            models.Index(
                fields=["institution", "posted_at"],
                condition=models.Q(posted_at__isnull=False),
                name="grade_by_posting",
            ),
        ]


class GradeChange(TenantModel):
    """A change of a grade: who, when, from what, to what, why. Never changed itself."""

    class Cause(models.TextChoices):
        MANUAL = "MANUAL"
        POLICY = "POLICY"
        """The course's rule for late work was changed."""
        QUIZ = "QUIZ"
        """An attempt at a quiz was graded."""
        IMPORT = "IMPORT"
        """It stood in a file."""
        REGRADE = "REGRADE"
        """The key of a question was changed."""
        ASSIGNMENT = "ASSIGNMENT"
        """The assignment's due date or points were changed, or a student got more time."""
        PEERS = "PEERS"
        """The reviews of peers are in, or changed."""
        POSTED = "POSTED"
        HIDDEN = "HIDDEN"

    grade = TenantForeignKey(Grade, models.CASCADE, related_name="changes")
    student = TenantForeignKey("people.Person", related_name="+")
    at = models.DateTimeField(db_default=Now())
    author = TenantForeignKey("people.Person", null=True, related_name="+")
    """Null: the system."""
    cause = models.TextField(choices=Cause.choices)
    before = models.JSONField(null=True)
    """``{rawPoints, deducted, points, isExcused, lateSeconds}``, texts as numbers are exact."""
    after = models.JSONField(null=True)
    reason = models.TextField(default="")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["institution", "grade", "at"], name="grade_change_order")]
