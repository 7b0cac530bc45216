"""Writes about institutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.models import Institution


@dataclass(frozen=True)
class InstitutionFacts:
    """What an institution is, beside its slug. ``time_zone`` is an IANA name."""

    name: str
    time_zone: str
    locale: str = "en"
    first_weekday: int = 1


def ensure_institution(*, slug: str, facts: InstitutionFacts) -> Institution:
    """The institution of that slug with these facts, made if it isn't there.

    Raises ``ValueError`` for a time zone that doesn't exist.
    """
    try:
        ZoneInfo(facts.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{facts.time_zone!r} is not a time zone.") from error
    values = {
        "name": facts.name,
        "time_zone": facts.time_zone,
        "locale": facts.locale,
        "first_weekday": facts.first_weekday,
    }
    institution, _ = Institution.objects.update_or_create(
        slug=slug, defaults=values, create_defaults=values | {"crm_id": slug}
    )
    return institution


def remember(*, key: str, value: Any) -> None:
    """Keep a setting of the institution in force."""
    institution = Institution.objects.select_for_update().get(pk=require_institution_id())
    institution.settings = institution.settings | {key: value}
    institution.save(update_fields=["settings"])
