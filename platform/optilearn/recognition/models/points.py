"""Points, streaks and badges."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class PointsEntry(TenantModel):
    """Something that a student achieved, with its points: a ledger, which is never changed."""

    class Kind(models.TextChoices):
        LESSON_COMPLETED = "LESSON_COMPLETED"
        QUIZ_PASSED = "QUIZ_PASSED"
        COURSE_COMPLETED = "COURSE_COMPLETED"

    student = TenantForeignKey("people.Person", related_name="+")
    course = TenantForeignKey("courses.Course", related_name="+")
    kind = models.TextField(choices=Kind.choices)
    source = models.TextField()
    """The achievement: ``lesson:12``. Each counts once for a student."""
    points = models.IntegerField()
    """By the rule of that moment; later rules change nothing."""
    at = models.DateTimeField()
    day = models.DateField()
    """The day in the zone that the student had then."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "student", "source"], name="points_entry_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "student", "at"], name="points_by_student")]


class PointsRule(TenantModel):
    """The points that an institution gives for a kind of achievement; without a row the usual."""

    kind = models.TextField(choices=PointsEntry.Kind.choices)
    points = models.IntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "kind"], name="points_rule_once"),
            models.CheckConstraint(
                condition=models.Q(points__gte=0), name="points_rule_not_negative"
            ),
        ]


class CoursePoints(TenantModel):
    """The sum of a student's entries in a course, kept with each of them for leaderboards."""

    student = TenantForeignKey("people.Person", related_name="+")
    course = TenantForeignKey("courses.Course", related_name="+")
    points = models.IntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "course", "student"], name="course_points_once"
            )
        ]


class LearnerTotals(TenantModel):
    """The sums of all entries of a student, kept with each of them, and the streak.

    Who writes an entry has this row locked, so that of two achievements at once the later one
    sees the other's counts, and a badge is missed by neither.
    """

    student = TenantForeignKey("people.Person", related_name="+")
    points = models.IntegerField(default=0)
    lessons_completed = models.IntegerField(default=0)
    quizzes_passed = models.IntegerField(default=0)
    courses_completed = models.IntegerField(default=0)
    streak_days = models.IntegerField(default=0)
    """The length of the streak that ``last_day`` belongs to; readers see whether it goes on."""
    longest_streak = models.IntegerField(default=0)
    last_day = models.DateField(null=True)
    last_at = models.DateTimeField(null=True)
    is_hidden = models.BooleanField(default=False)
    """The student isn't shown to others on leaderboards."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "student"], name="learner_totals_once")
        ]


class Badge(TenantModel):
    """A badge, and the counts that earn it."""

    title = models.TextField()
    description = models.TextField(default="")
    rule = models.JSONField()
    """``{"all": [{"count": "lessonsCompleted", "atLeast": 10}]}``"""
    is_active = models.BooleanField(default=True)
    """One that isn't is earned by nobody any more; who has it keeps it."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["institution", "title"], name="badge_title")]


class EarnedBadge(TenantModel):
    """A badge that a student has earned, for good."""

    badge = TenantForeignKey(Badge, models.RESTRICT, related_name="+")
    student = TenantForeignKey("people.Person", related_name="+")
    earned_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "student", "badge"], name="earned_badge_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "badge"], name="earned_by_badge")]
