"""OptiLearn's copy of OptiCRM's data besides people, and the outbox of completions."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class SchoolClass(TenantModel):
    """A class of the school, as courses are aimed at it."""

    crm_id = models.TextField()
    name = models.TextField()
    position = models.IntegerField()
    """In OptiCRM's order."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "crm_id"], name="school_class_crm_id")
        ]


class Section(TenantModel):
    """A section of a class."""

    school_class = TenantForeignKey(SchoolClass, models.CASCADE, related_name="sections")
    crm_id = models.TextField()
    name = models.TextField()
    position = models.IntegerField()
    """Within its class, in OptiCRM's order."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "crm_id"], name="section_crm_id")
        ]
        indexes = [
            models.Index(fields=["institution", "school_class", "position"], name="section_order")
        ]


class DirectoryState(TenantModel):
    """The state of the institution's copy of OptiCRM's people: one row."""

    refreshed_at = models.DateTimeField(null=True)
    """The time of the last complete roster; null before the first."""
    attempted_at = models.DateTimeField()
    problem = models.TextField(default="")
    """The reason why the last attempt left the roster as it was; empty if it succeeded."""

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["institution"], name="directory_state_one")]


class CompletionOutbox(TenantModel):
    """A completed course that OptiCRM is told of, exactly once in effect.

    Whose it is stands as plain ids: the student's OptiCRM id is looked up when it is sent, so
    that an erased person's is not kept here.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        SENT = "SENT"
        FAILED = "FAILED"

    enrollment_id = models.BigIntegerField()
    student_id = models.BigIntegerField()
    payload = models.JSONField(default=dict)
    key = models.UUIDField(default=uuid.uuid4)
    """The ``Idempotency-Key`` of every attempt."""
    status = models.TextField(choices=Status.choices, default=Status.PENDING)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "enrollment_id"], name="completion_once")
        ]
        indexes = [
            models.Index(
                fields=["institution", "next_attempt_at"],
                condition=models.Q(status="PENDING"),
                name="completion_due",
            )
        ]
