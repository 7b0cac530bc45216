"""Events of use: append-only, built for hundreds of millions of rows."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
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
    """Its duration, if the page or the app measured it."""
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
    """A stored xAPI statement and its search columns.

    Where it is about a course or lesson of ours its event is the one whose ``client_id`` it is.
    PostgreSQL reads no GIN index under row-level security (``@>`` isn't leakproof), so lists of
    names are compared row by row, among the rows that the other columns leave.
    """

    statement_id = models.UUIDField()
    student = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    """The actor, who sent it."""
    course = TenantForeignKey("courses.Course", null=True, related_name="+")
    digest = models.TextField()
    """Of its content, without what two copies of one statement may differ in."""
    stored_at = models.DateTimeField(db_default=Now())
    body = models.TextField(db_default="")
    """JSON as it was received; empty where it isn't kept any more, or never was."""
    actor_key = models.TextField(db_default="")
    verb = models.TextField(db_default="")
    activity = models.TextField(db_default="")
    """The object's IRI, if it is an activity."""
    registration = models.UUIDField(null=True)
    refers_to = models.UUIDField(null=True)
    """The statement that is its object."""
    is_voiding = models.BooleanField(db_default=False)
    activities = ArrayField(models.TextField(), db_default=[])
    """The object's and the context's."""
    people = ArrayField(models.TextField(), db_default=[])
    """Keys of all agents and groups that are named."""
    object_people = ArrayField(models.TextField(), db_default=[])

    class Meta(TenantModel.Meta):
        db_table = "activity_statement"
        constraints = [
            models.UniqueConstraint(fields=["institution", "statement_id"], name="statement_once")
        ]
        indexes = [
            models.Index(fields=["institution", "student", "stored_at", "id"],
                         name="statement_by_student"),
            models.Index(fields=["institution", "stored_at", "id"], name="statement_by_time"),
            models.Index(fields=["institution", "verb", "stored_at"], name="statement_by_verb"),
            models.Index(fields=["institution", "activity", "stored_at"],
                         name="statement_by_activity"),
            models.Index(fields=["institution", "actor_key", "stored_at"],
                         name="statement_by_actor"),
            models.Index(fields=["institution", "course", "stored_at"],
                         name="statement_by_course"),
            models.Index(fields=["institution", "registration"], name="statement_by_registration",
                         condition=models.Q(registration__isnull=False)),
            models.Index(fields=["institution", "refers_to"], name="statement_by_reference",
                         condition=models.Q(refers_to__isnull=False)),
        ]  # fmt: skip


class StateDocument(TenantModel):
    """The state that content stores of a learner, to continue later (xAPI's State resource)."""

    student = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    activity = models.TextField()
    state = models.TextField()
    """The content's own name for it."""
    registration = models.UUIDField(null=True)
    media_type = models.TextField()
    content = models.BinaryField()
    updated_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        db_table = "activity_statedocument"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "student", "activity", "state", "registration"],
                nulls_distinct=False,
                name="state_once",
            )
        ]
