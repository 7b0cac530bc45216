"""Records about the work itself."""

from __future__ import annotations

from django.db import models

from optilearn.core.tenancy.models import TenantModel


class AuditEntry(TenantModel):
    """An action of a person or of the system.

    Append-only: the app role may not change or delete it. The actor is stored by id and role
    without a reference, because an entry outlives the erasure of a person.
    """

    at = models.DateTimeField(auto_now_add=True)
    actor_id = models.BigIntegerField(null=True)
    actor_role = models.TextField(default="")
    action = models.TextField()
    target = models.TextField(default="")
    outcome = models.TextField(default="ok")
    details = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["institution", "-at"], name="audit_by_time")]


class Tombstone(TenantModel):
    """A deleted row, written by the database, so that a snapshot can't miss a deletion."""

    table_name = models.TextField()
    row_id = models.BigIntegerField()
    row_xid = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["institution", "row_xid"], name="tombstone_by_xid")]
