"""Enrollments, progress, waiting lists and ratings."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel
from optilearn.enrollment.fields import SecondsField


class Enrollment(TenantModel):
    """One student in one course.

    ACTIVE and COMPLETED hold a seat. An ACTIVE one whose ``expires_at`` has passed reads as
    EXPIRED at once; the periodic sweep writes it down and gives the seat on.
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        COMPLETED = "COMPLETED"
        WITHDRAWN = "WITHDRAWN"
        EXPIRED = "EXPIRED"
        ENDED = "ENDED"

    class Outcome(models.TextChoices):
        PASS = "PASS"  # noqa: S105  (an outcome, not a password)
        DISTINCTION = "DISTINCTION"
        FAIL = "FAIL"
        WITHDRAWN = "WITHDRAWN"

    student = TenantForeignKey("people.Person", related_name="enrollments")
    course = TenantForeignKey("courses.Course", related_name="enrollments")
    status = models.TextField(choices=Status.choices, default=Status.ACTIVE)
    outcome = models.TextField(choices=Outcome.choices, null=True)
    source = models.TextField(default="MANUAL")
    """SELF, MANUAL, BULK, PATH or IMPORT."""
    enrolled_at = models.DateTimeField(null=True)
    """Null where an imported record doesn't know it."""
    completed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = TenantForeignKey("people.Person", null=True, related_name="+")
    """The person who withdrew it: students return by themselves from their own withdrawal only."""
    withdrawal_reason = models.TextField(db_default="")
    expires_at = models.DateTimeField(null=True)
    last_activity_at = models.DateTimeField(null=True)
    progress_pct = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    attributes = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "student", "course"], name="enrollment_once"
            ),
            models.UniqueConstraint(
                fields=["institution", "id", "student", "course"], name="enrollment_identity"
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "course", "status"], name="enrollment_by_course"),
            models.Index(
                fields=["institution", "expires_at"],
                condition=models.Q(status="ACTIVE", expires_at__isnull=False),
                name="enrollment_expiring",
            ),
        ]


class LessonProgress(TenantModel):
    """One student in one lesson. Completion is a latch: nothing undoes it."""

    class Status(models.TextChoices):
        STARTED = "STARTED"
        COMPLETED = "COMPLETED"

    enrollment = TenantForeignKey(
        Enrollment,
        models.CASCADE,
        related_name="progress",
        together=("student_id", "course_id"),
    )
    student = TenantForeignKey("people.Person", related_name="+", enforced=False)
    course = TenantForeignKey("courses.Course", related_name="+", enforced=False)
    lesson = TenantForeignKey("courses.Lesson", related_name="progress", together=("course_id",))
    status = models.TextField(choices=Status.choices, default=Status.STARTED)
    completed_at = models.DateTimeField(null=True)
    seconds_spent = models.IntegerField(default=0)
    watched_pct = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    resume_seconds = models.IntegerField(default=0)
    watched = SecondsField(null=True)
    """The seconds of the video that were watched; null in imported records."""
    started_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True)
    """The last report of the player: its next claim is measured from here."""
    watch_credit = models.IntegerField(db_default=120)
    """Seconds of video that may be claimed beyond what the time since then allows."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "enrollment", "lesson"], name="progress_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "lesson"], name="progress_by_lesson")]


class WaitingEntry(TenantModel):
    """A student who waits for a seat. One for each student and course, used again."""

    class Status(models.TextChoices):
        WAITING = "WAITING"
        ENROLLED = "ENROLLED"
        LEFT = "LEFT"

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="waiting")
    student = TenantForeignKey("people.Person", models.CASCADE, related_name="waiting")
    status = models.TextField(choices=Status.choices, default=Status.WAITING)
    rank = models.IntegerField()
    """The smallest is the next; given in the order of joining, until staff reorder."""
    joined_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)
    """The moment when a seat was given or the student left."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "course", "student"], name="waiting_once"
            )
        ]
        indexes = [
            models.Index(fields=["institution", "course", "status", "rank"], name="waiting_order"),
            models.Index(fields=["institution", "student"], name="waiting_by_student"),
        ]


class CourseRating(TenantModel):
    """A student's rating of a course, one each."""

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="ratings")
    student = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    stars = models.SmallIntegerField()
    comment = models.TextField(default="")
    """Plain text."""
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "course", "student"], name="rating_once"
            ),
            models.CheckConstraint(
                condition=models.Q(stars__range=(1, 5)), name="rating_one_to_five"
            ),
        ]
