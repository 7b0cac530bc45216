"""Events of use: append-only, built for hundreds of millions of rows."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class ActivityEvent(TenantModel):
    """A student used something of a course.

    Hashed by institution over 16 partitions. The primary key (institution, id) is also the
    order of a full snapshot; the index by enrollment and time serves a learner's page.
    Deleting a lesson scans one partition: lessons with activity are archived instead.
    """

    class Kind(models.IntegerChoices):
        VIEW = 1
        PLAY = 2
        DOWNLOAD = 3
        POST = 4
        ANSWER = 5
        OTHER = 6

    enrollment = TenantForeignKey(
        "enrollment.Enrollment",
        related_name="activity",
        together=("student_id", "course_id"),
    )
    student = TenantForeignKey("people.Person", related_name="+", enforced=False)
    course = TenantForeignKey("courses.Course", related_name="+", enforced=False)
    lesson = TenantForeignKey(
        "courses.Lesson", null=True, related_name="+", together=("course_id",)
    )
    kind = models.SmallIntegerField(choices=Kind.choices, default=Kind.VIEW)
    occurred_at = models.DateTimeField()
    clicks = models.IntegerField(default=1)
    seconds = models.IntegerField(null=True)
    """How long it took, where the page or the app measured it."""
    client_id = models.UUIDField(null=True)
    """The sender's own id, by which the same event sent again is known; imports have none."""

    class Meta(TenantModel.Meta):
        db_table = "activity_event"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "client_id"],
                condition=models.Q(client_id__isnull=False),
                name="event_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["institution", "enrollment", "occurred_at"], name="event_by_enrollment"
            )
        ]


class Statement(TenantModel):
    """An xAPI statement that was taken: what is needed to know it when it comes again.

    Its event is the one whose ``client_id`` it is; the statement itself isn't kept.
    """

    statement_id = models.UUIDField()
    student = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    digest = models.TextField()
    """Of its content, without what two copies of one statement may differ in."""
    stored_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        db_table = "activity_statement"
        constraints = [
            models.UniqueConstraint(fields=["institution", "statement_id"], name="statement_once")
        ]
        indexes = [models.Index(fields=["institution", "student"], name="statement_by_student")]
