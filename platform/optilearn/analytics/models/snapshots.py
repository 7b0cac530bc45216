"""The catalog of snapshots."""

from __future__ import annotations

from django.db import models

from optilearn.core.tenancy.models import TenantModel


class Snapshot(TenantModel):
    """One attempt to publish a snapshot. The newest PUBLISHED one serves."""

    class Status(models.TextChoices):
        PUBLISHED = "PUBLISHED"
        FAILED = "FAILED"
        PRUNED = "PRUNED"

    class Kind(models.TextChoices):
        FULL = "FULL"
        INCREMENTAL = "INCREMENTAL"

    snapshot_id = models.TextField()
    taken_at = models.DateTimeField()
    """The beginning of the reading transaction: the data is as of this instant."""
    horizon = models.TextField(default="")
    """PostgreSQL's ``pg_current_snapshot()`` of that transaction."""
    schema_version = models.IntegerField()
    kind = models.TextField(choices=Kind.choices)
    status = models.TextField(choices=Status.choices)
    storage_key = models.TextField(default="")
    size_bytes = models.BigIntegerField(default=0)
    file_digest = models.TextField(default="")
    manifest = models.JSONField(default=dict)
    problem = models.TextField(default="")
    checked_at = models.DateTimeField()
    """The last instant at which it was known to equal the records."""
    published_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "snapshot_id"], name="snapshot_identity")
        ]
        indexes = [
            models.Index(fields=["institution", "status", "-taken_at"], name="snapshot_newest")
        ]
