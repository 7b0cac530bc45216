"""Records that belong to one institution."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models
from django.db.models.sql import Query

from optilearn.core.tenancy.context import TenantMismatchError, require_institution_id
from optilearn.core.tenancy.fields import InstitutionKey

M = TypeVar("M", bound="TenantModel")


class TenantQuery(Query):
    """A query that only runs in the context it was written in.

    Every execution asks for a compiler, so this is the one place that a queryset which was
    carried out of its context (and would silently find nothing) can't get past.
    """

    tenant_id: int | None = None

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        """Raise ``NoTenantError`` or ``TenantMismatchError`` outside the query's own context."""
        if self.tenant_id != require_institution_id():
            raise TenantMismatchError("A query was carried into another institution's context.")
        return super().get_compiler(*args, **kwargs)


class TenantQuerySet(models.QuerySet[M]):
    """Reads and writes of the institution in force."""

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """Insert rows of the institution in force; a row of another one refuses them all."""
        rows = list(objs)
        for row in rows:
            row.claim()
        return super().bulk_create(rows, *args, **kwargs)

    def bulk_update(
        self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        """Update rows of the institution in force."""
        rows = list(objs)
        for row in rows:
            row.claim()
        return super().bulk_update(rows, fields, batch_size)

    def update(self, **kwargs: Any) -> int:
        """Update in place; an institution is never changed."""
        if "institution" in kwargs or "institution_id" in kwargs:
            raise TenantMismatchError("A record never changes its institution.")
        return super().update(**kwargs)


class TenantManager(models.Manager[M]):
    """The default manager: raises outside a context, sees one institution inside."""

    use_in_migrations = False

    def get_queryset(self) -> TenantQuerySet[M]:
        """All rows of the institution in force."""
        institution_id = require_institution_id()
        query = TenantQuery(self.model)
        query.tenant_id = institution_id
        rows: TenantQuerySet[M] = TenantQuerySet(self.model, query=query, using=self._db)
        return rows.filter(institution_id=institution_id)


class TenantModel(models.Model):
    """A record of one institution.

    Its table gets, with its creation: the primary key ``(institution_id, id)``, forced
    row-level security, composite foreign keys, the transaction id of each row's last change
    and tombstones of deleted rows (see ``core.tenancy.backend.schema``).
    """

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    institution = InstitutionKey()

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row for the institution in force."""
        self.claim()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the row; its tombstone tells the next snapshot."""
        self.claim()
        return super().delete(*args, **kwargs)

    def claim(self) -> None:
        """Make the row the current institution's.

        Raises ``TenantMismatchError`` if it is another's already.
        """
        institution_id = require_institution_id()
        if self.institution_id is None:
            self.institution_id = institution_id
        elif self.institution_id != institution_id:
            raise TenantMismatchError(
                f"{self._meta.label} of another institution can't be written here."
            )
