"""Saved reports, dashboards and queries: definitions that people keep, share and schedule."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from optilearn.core.access.roles import Role
from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class SavedItem(TenantModel):
    """A report, a dashboard or an SQL query under a name.

    The columns ``name`` to ``body`` are what readers see: the published version, or the newest
    draft of an item that was never published, which its editors alone can read. It runs under
    its reader's scope, never under its owner's.
    """

    class Kind(models.TextChoices):
        REPORT = "REPORT"
        DASHBOARD = "DASHBOARD"
        QUERY = "QUERY"

    class Visibility(models.TextChoices):
        PRIVATE = "PRIVATE"
        INSTITUTION = "INSTITUTION"
        ROLE = "ROLE"

    kind = models.TextField(choices=Kind.choices)
    key = models.UUIDField(default=uuid4)
    """Its name in files: an import finds the item again by it, in whichever institution."""
    owner = TenantForeignKey("people.Person", null=True, related_name="+")
    """None once the owner was erased: administrators may take it over."""
    visibility = models.TextField(choices=Visibility.choices, default=Visibility.PRIVATE)
    roles = ArrayField(models.TextField(choices=[(r.value, r.value) for r in Role]), default=list)
    """The roles that may read it, where the visibility is ROLE."""
    name = models.TextField()
    description = models.TextField(default="")
    tags = ArrayField(models.TextField(), default=list)
    entity = models.TextField(default="")
    """The entity that a report counts; empty for the other kinds."""
    body = models.JSONField()
    """Of a report ``{definition, readerFilters, display}``, of a dashboard ``{tiles, filters}``, of
    a query ``{sql}``."""
    version = models.IntegerField(default=1)
    """The number of the newest version, which an editor names when saving."""
    published_version = models.IntegerField(null=True)
    """None: a draft. Smaller than ``version``: there are changes that aren't published."""
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    last_run_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "key"], name="saved_key_once")
        ]
        indexes = [
            models.Index(fields=["institution", "kind", "-updated_at"], name="saved_newest"),
            models.Index(fields=["institution", "owner"], name="saved_by_owner"),
        ]


class SavedVersion(TenantModel):
    """The content of an item as one save wrote it."""

    item = TenantForeignKey(SavedItem, models.CASCADE, related_name="versions")
    number = models.IntegerField()
    author = TenantForeignKey("people.Person", null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    note = models.TextField(default="")
    name = models.TextField()
    description = models.TextField(default="")
    tags = ArrayField(models.TextField(), default=list)
    body = models.JSONField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "item", "number"], name="saved_version_once"
            )
        ]


class Favorite(TenantModel):
    """An item that a person wants at hand."""

    item = TenantForeignKey(SavedItem, models.CASCADE, related_name="favorites")
    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "person", "item"], name="favorite_once")
        ]
