"""Reads about institutions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optilearn.core.audit import record
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.models import Institution


@dataclass(frozen=True)
class InstitutionRow:
    """An institution, detached from the database."""

    id: int
    slug: str
    crm_id: str
    name: str
    time_zone: str
    locale: str
    first_weekday: int
    min_group_size: int
    settings: dict[str, object]


_FIELDS = (
    "id",
    "slug",
    "crm_id",
    "name",
    "time_zone",
    "locale",
    "first_weekday",
    "min_group_size",
    "settings",
)


def institution_by_slug(slug: str) -> InstitutionRow | None:
    """The institution of that slug, if there is one."""
    row = Institution.objects.filter(slug=slug).values(*_FIELDS).first()
    return InstitutionRow(**row) if row else None


def institution_by_id(institution_id: int) -> InstitutionRow:
    """The institution of that id. Raises ``Institution.DoesNotExist``."""
    return InstitutionRow(**Institution.objects.values(*_FIELDS).get(pk=institution_id))


def every_institution(*, reason: str) -> Iterator[InstitutionRow]:
    """Each institution in turn, with its context open and the reason in its audit log.

    The one way to work across institutions: row-level security is never lifted, so a bug in
    the caller's loop still can't mix two of them. A sweep keeps the list of importers short.
    """
    for row in [InstitutionRow(**r) for r in Institution.objects.order_by("id").values(*_FIELDS)]:
        with tenant_context(row.id):
            record(action="every_institution", target=row.slug, details={"reason": reason})
            yield row
