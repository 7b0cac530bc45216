"""Exports: files that people ask for, written in the background."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class ExportJob(TenantModel):
    """One file of a report or a dashboard that a person asked for.

    A worker holds it by a lease with a token of its own. Whatever it writes is taken only while
    the token is that of the row, so a worker that was given up changes nothing any more.
    """

    class Status(models.TextChoices):
        QUEUED = "QUEUED"
        RUNNING = "RUNNING"
        DONE = "DONE"
        FAILED = "FAILED"
        CANCELED = "CANCELED"

    owner = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    client_id = models.UUIDField()
    """Of the caller's making: a request that is repeated finds the job of the first."""
    source = models.JSONField()
    """``{definition}``, ``{reportId, filters}`` or ``{dashboard, filters}``."""
    name = models.TextField()
    form = models.TextField()
    has_bom = models.BooleanField(default=False)
    locale = models.TextField(default="en")
    snapshot_id = models.TextField()
    """The data, the same in each attempt."""
    status = models.TextField(choices=Status.choices, default=Status.QUEUED)
    attempts = models.IntegerField(default=0)
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    rows_done = models.BigIntegerField(default=0)
    rows_estimate = models.BigIntegerField(null=True)
    """None where the rows are known only once they are worked out."""
    file = TenantForeignKey("files.File", null=True, related_name="+")
    sha256 = models.TextField(default="")
    size_bytes = models.BigIntegerField(default=0)
    problem = models.JSONField(default=dict)
    """Of a FAILED one: ``{code, path, message, hint}``."""
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    """The end of its retention, set when it has ended."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "owner", "client_id"], name="export_once"
            )
        ]
        indexes = [
            models.Index(fields=["institution", "owner", "-id"], name="export_by_owner"),
            models.Index(
                fields=["institution", "id"],
                condition=models.Q(status__in=["QUEUED", "RUNNING"]),
                name="export_unfinished",
            ),
            models.Index(fields=["institution", "expires_at"], name="export_expiry"),
        ]
