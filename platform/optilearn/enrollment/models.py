"""Who learns what, and how far they are."""

from __future__ import annotations

from django.db import models

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class Enrollment(TenantModel):
    """One student in one course."""

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
    """SELF, MANUAL, BULK or IMPORT."""
    enrolled_at = models.DateTimeField(null=True)
    """Null where an imported record doesn't know it."""
    completed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
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
            models.Index(fields=["institution", "course", "status"], name="enrollment_by_course")
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

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "enrollment", "lesson"], name="progress_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "lesson"], name="progress_by_lesson")]
