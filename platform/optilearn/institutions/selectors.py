"""Reads about institutions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import Any, Final

from django.conf import settings

from optilearn.core.audit import record
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.models import AttributeDefinition, Holiday, Institution, Term
from optilearn.institutions.options import attendance_percent, fee_gate, quotas


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
    perturbs_numbers: bool = False


_FIELDS = (
    "id",
    "slug",
    "crm_id",
    "name",
    "time_zone",
    "locale",
    "first_weekday",
    "min_group_size",
    "perturbs_numbers",
    "settings",
)


def institution_by_slug(slug: str) -> InstitutionRow | None:
    """The institution of that slug, if there is one."""
    row = Institution.objects.filter(slug=slug).values(*_FIELDS).first()
    return InstitutionRow(**row) if row else None


_KNOWN_SECONDS: Final = 5.0
_known: dict[str, tuple[float, InstitutionRow]] = {}


def known_institution(slug: str) -> InstitutionRow | None:
    """As ``institution_by_slug``, up to five seconds old.

    For authentication, which every request passes; institutions hardly ever change.
    """
    found = _known.get(slug)
    if found is not None and found[0] > monotonic():
        return found[1]
    row = institution_by_slug(slug)
    if row is None:
        _known.pop(slug, None)  # what isn't there isn't kept: anybody can ask for any name
    else:
        _known[slug] = (monotonic() + _KNOWN_SECONDS, row)
    return row


def forget_known() -> None:
    """Read institutions anew from now on, in this process."""
    _known.clear()


def institution_by_id(institution_id: int) -> InstitutionRow:
    """The institution of that id. Raises ``Institution.DoesNotExist``."""
    return InstitutionRow(**Institution.objects.values(*_FIELDS).get(pk=institution_id))


def institution_by_number(institution_id: int) -> InstitutionRow | None:
    """The institution of that id, if there is one: for ids in addresses, which anybody can make."""
    row = Institution.objects.filter(pk=institution_id).values(*_FIELDS).first()
    return InstitutionRow(**row) if row else None


def every_institution(*, reason: str) -> Iterator[InstitutionRow]:
    """Each institution in turn, with its context open and the reason in its audit log.

    The one way to work across institutions: row-level security is never lifted, so a bug in
    the caller's loop still can't mix two of them. A sweep keeps the list of importers short.
    """
    for row in [InstitutionRow(**r) for r in Institution.objects.order_by("id").values(*_FIELDS)]:
        with tenant_context(row.id):
            record(action="every_institution", target=row.slug, details={"reason": reason})
            yield row


def term_spans() -> list[tuple[date, date]]:
    """The first and last days of the current institution's terms."""
    return list(Term.objects.order_by("starts_on", "id").values_list("starts_on", "ends_on"))


def holiday_spans() -> list[tuple[date, date]]:
    """The first and last days of the current institution's holidays."""
    return list(Holiday.objects.order_by("starts_on", "id").values_list("starts_on", "ends_on"))


_DAYS: Final = ("starts_on", "ends_on")


@dataclass(frozen=True)
class Span:
    """A term or a holiday: whole days, ``ends_on`` is the last one."""

    id: int
    name: str
    starts_on: date
    ends_on: date


def terms_within(since: date, until: date) -> list[Span]:
    """The current institution's terms that have a day from ``since`` to ``until``. One query."""
    found = Term.objects.filter(starts_on__lte=until, ends_on__gte=since)
    rows = found.order_by("starts_on", "id").values_list("id", "name", "code", *_DAYS)
    return [Span(key, name or code, first, last) for key, name, code, first, last in rows]


def holidays_within(since: date, until: date) -> list[Span]:
    """The same of its holidays. One query."""
    found = Holiday.objects.filter(starts_on__lte=until, ends_on__gte=since)
    return [
        Span(*row) for row in found.order_by("starts_on", "id").values_list("id", "name", *_DAYS)
    ]


def term_exists(term_id: int) -> bool:
    """Return True if the current institution has that term."""
    return Term.objects.filter(pk=term_id).exists()


def institution_ids() -> list[int]:
    """The ids of all institutions: for handing each its own work, never for reading theirs."""
    return list(Institution.objects.order_by("id").values_list("id", flat=True))


def time_zones() -> list[str]:
    """The time zones of all institutions, each once."""
    zones = Institution.objects.order_by("time_zone").values_list("time_zone", flat=True)
    return list(zones.distinct())


def institution_detail(institution_id: int) -> dict[str, Any]:
    """The institution as its people see it."""
    row = institution_by_id(institution_id)
    gate = fee_gate(row.settings)
    space = quotas(row.settings)
    terms = Term.objects.order_by("starts_on", "id")
    return {
        "slug": row.slug,
        "name": row.name,
        "timeZone": row.time_zone,
        "locale": row.locale,
        "firstWeekday": row.first_weekday,
        "minGroupSize": row.min_group_size,
        "perturbsNumbers": row.perturbs_numbers,
        "feeGate": {"enabled": gate.enabled, "message": gate.message},
        "quotas": {
            "schoolBytes": space.school_bytes,
            "staffBytes": space.staff_bytes,
            "learnerBytes": space.learner_bytes,
        },
        "attendancePercent": attendance_percent(row.settings),
        "terms": [
            {"id": t.pk, "code": t.code, "name": t.name, "startsOn": t.starts_on,
             "endsOn": t.ends_on}
            for t in terms
        ],
        "holidays": [
            {"name": h.name, "startsOn": h.starts_on, "endsOn": h.ends_on}
            for h in Holiday.objects.order_by("starts_on", "id")
        ],
    }  # fmt: skip


def attributes() -> list[dict[str, Any]]:
    """The custom attributes of the current institution, by entity and key. One query."""
    found = AttributeDefinition.objects.order_by("entity", "key")
    return [dict(row) for row in found.values("id", "entity", "key", "type", "label")]


def attribute_choices() -> dict[str, list[str]]:
    """The entities that can have custom attributes, and the types these can have."""
    return {
        "entities": list(AttributeDefinition.Entity.values),
        "types": list(AttributeDefinition.Type.values),
    }


def demonstration_institutions() -> list[InstitutionRow]:
    """All institutions, for the sign-in page of development. Raises ``RuntimeError`` elsewhere."""
    if not settings.DEBUG:
        raise RuntimeError("Institutions are listed to nobody outside development.")
    return [InstitutionRow(**r) for r in Institution.objects.order_by("name").values(*_FIELDS)]
