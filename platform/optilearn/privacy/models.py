"""Erasures, without the identity of the person."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.models import TenantModel


class ErasedPerson(TenantModel):
    """An erasure. The digest knows the person again, and can't be turned back into them."""

    person_id = models.BigIntegerField()
    """Of the row that was anonymized."""
    kind = models.TextField()
    digest = models.TextField()
    """HMAC of the kind and OptiCRM's id, by a key that is not in the database."""
    erased_at = models.DateTimeField(db_default=Now())
    rewritten_at = models.DateTimeField(null=True)
    """The time at which the last retained snapshot was rewritten without the person; null: not yet.
    """

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "kind", "digest"], name="erased_person_once"
            )
        ]
