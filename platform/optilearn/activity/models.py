"""Events of use: append-only, built for hundreds of millions of rows."""

from __future__ import annotations

from django.db import models

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

    class Meta(TenantModel.Meta):
        db_table = "activity_event"
        indexes = [
            models.Index(
                fields=["institution", "enrollment", "occurred_at"], name="event_by_enrollment"
            )
        ]
