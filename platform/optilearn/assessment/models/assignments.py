"""Assignments and what was handed in for them."""

from __future__ import annotations

from django.db import models

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class Assignment(TenantModel):
    """A piece of work with a due date, a weight and a highest score."""

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="assignments")
    lesson = TenantForeignKey(
        "courses.Lesson",
        models.CASCADE,
        null=True,
        related_name="assignments",
        together=("course_id",),
    )
    title = models.TextField()
    kind = models.TextField(default="ASSIGNMENT")
    due_at = models.DateTimeField(null=True)
    weight = models.DecimalField(max_digits=6, decimal_places=2, default=1)
    max_score = models.DecimalField(max_digits=8, decimal_places=2, default=100)
    pass_mark = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    """Percent of ``max_score``; null means 40."""
    group = TenantForeignKey(
        "assessment.GradeGroup", null=True, related_name="assignments", together=("course_id",)
    )
    is_extra_credit = models.BooleanField(db_default=False)
    is_never_dropped = models.BooleanField(db_default=False)
    counts = models.BooleanField(db_default=True)
    """False: graded, but no part of the course's total."""
    posts_manually = models.BooleanField(db_default=False)
    """Students see grades when they are released, not when they are given."""
    rubric = TenantForeignKey(
        "assessment.Rubric",
        models.RESTRICT,
        null=True,
        related_name="assignments",
        together=("course_id",),
    )
    instructions = models.TextField(default="", db_default="")
    """HTML, sanitized on the way in."""
    accepts_text = models.BooleanField(default=False, db_default=False)
    accepts_files = models.BooleanField(default=False, db_default=False)
    accepts_urls = models.BooleanField(default=False, db_default=False)
    """None of the three: it is handed in on paper, or not at all."""
    file_types = models.JSONField(null=True)
    """The content types that files may have; null: all that can be uploaded."""
    max_files = models.SmallIntegerField(default=10, db_default=10)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    """From then on nothing is accepted; between due date and this, work is late."""
    max_attempts = models.IntegerField(null=True)
    group_set = TenantForeignKey(
        "assessment.GroupSet",
        models.RESTRICT,
        null=True,
        related_name="assignments",
        together=("course_id",),
    )
    """Its groups hand in together; null: each student alone."""
    is_anonymous = models.BooleanField(default=False, db_default=False)
    """Markers see no names until grades are released."""
    is_moderated = models.BooleanField(default=False, db_default=False)
    """Marks are provisional, until somebody sets the final one."""
    moderation_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=10, db_default=10
    )
    """Of the possible points: marks that differ by more need a decision."""
    regrade_days = models.SmallIntegerField(default=14, db_default=14)
    """Days after the release in which students may request a regrade; 0: none."""
    archived_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1, db_default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "id", "course"], name="assignment_of_course"
            ),
            models.CheckConstraint(
                condition=models.Q(max_score__gt=0), name="assignment_max_score"
            ),
        ]
        indexes = [models.Index(fields=["institution", "course"], name="assignment_by_course")]


class Submission(TenantModel):
    """One submission of one student. A resubmission is a row of its own."""

    class Status(models.TextChoices):
        SUBMITTED = "SUBMITTED"
        GRADED = "GRADED"
        RETURNED = "RETURNED"

    assignment = TenantForeignKey(Assignment, related_name="submissions", together=("course_id",))
    enrollment = TenantForeignKey(
        "enrollment.Enrollment",
        related_name="submissions",
        together=("student_id", "course_id"),
    )
    student = TenantForeignKey("people.Person", related_name="+", enforced=False)
    course = TenantForeignKey("courses.Course", related_name="+", enforced=False)
    status = models.TextField(choices=Status.choices, default=Status.SUBMITTED)
    submitted_at = models.DateTimeField()
    score = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    text = models.TextField(default="", db_default="")
    """HTML, sanitized on the way in."""
    url = models.TextField(default="", db_default="")
    is_late = models.BooleanField(default=False)
    is_banked = models.BooleanField(default=False)
    """Carried over from an earlier run of the course."""
    graded_at = models.DateTimeField(null=True)
    attempt = TenantForeignKey("assessment.Attempt", null=True, related_name="submissions")
    """The attempt at a quiz that it is."""
    request_id = models.TextField(null=True)
    """The client's name of its request: sent again, it is the same submission."""
    group_key = models.UUIDField(null=True)
    """Shared by the submissions of a group that were one."""
    returned_at = models.DateTimeField(null=True)
    return_comment = models.TextField(default="", db_default="")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "attempt"], name="submission_of_attempt"
            ),
            models.UniqueConstraint(
                fields=["institution", "enrollment", "assignment", "request_id"],
                name="submission_once",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "assignment"], name="submission_by_assignment"),
            models.Index(fields=["institution", "enrollment"], name="submission_by_enrollment"),
            models.Index(
                fields=["institution", "graded_at"],
                condition=models.Q(graded_at__isnull=False),
                name="submission_by_grading",
            ),
            models.Index(
                fields=["institution", "group_key"],
                condition=models.Q(group_key__isnull=False),
                name="submission_by_group",
            ),
        ]


class SubmissionFile(TenantModel):
    """A file of a submission."""

    submission = TenantForeignKey(Submission, models.CASCADE, related_name="files")
    file = TenantForeignKey("files.File", models.RESTRICT, related_name="+")
    student = TenantForeignKey("people.Person", models.CASCADE, null=True, related_name="+")
    """The student of the submission: what they handed in goes with them."""
    position = models.SmallIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "submission", "file"], name="submission_file_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "file"], name="submission_by_file")]


class Extension(TenantModel):
    """A later due date or close for one student, or for one section.

    Of several that apply to a student, and the assignment's own, the latest counts.
    """

    assignment = TenantForeignKey(
        Assignment, models.CASCADE, related_name="extensions", together=("course_id",)
    )
    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+", enforced=False)
    student = TenantForeignKey("people.Person", models.CASCADE, null=True, related_name="+")
    section_id = models.TextField(default="")
    due_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    reason = models.TextField(default="")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "assignment", "student", "section_id"],
                nulls_distinct=False,
                name="extension_once",
            ),
            models.CheckConstraint(
                condition=models.Q(student__isnull=False) ^ ~models.Q(section_id=""),
                name="extension_for_somebody",
            ),
        ]
        indexes = [models.Index(fields=["institution", "course"], name="extension_by_course")]
