"""Reads of a person's own preferences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.sql import compose
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.categories import LABELS
from optilearn.notifications.definitions import Category, Channel, Definition, Frequency
from optilearn.notifications.digests.hours import Hour, last_due
from optilearn.notifications.models import Preference
from optilearn.notifications.policy import NotificationPolicy, QuietHours, policy_of
from optilearn.notifications.quiet import zone_of
from optilearn.notifications.registry import REGISTRY
from optilearn.people.rules import PEOPLE

Row = dict[str, Any]
COLUMNS: Final = {Channel.EMAIL: "email", Channel.PUSH: "push", Channel.IN_APP: "in_app"}
"""The column of ``Preference`` for each channel."""
_PERSON: Final = compose(
    """
SELECT p.time_zone, r.digest_hour, r.digest_weekday, r.quiet_enabled, r.quiet_start, r.quiet_end
  FROM <people>
  LEFT JOIN notifications_readerprofile r
    ON r.institution_id = p.institution_id AND r.person_id = p.id
 WHERE p.institution_id = %s AND p.id = %s
""",
    people=PEOPLE.aliased("p"),
)


@dataclass(frozen=True)
class _Chosen:
    """A person's own row; what is None is the institution's."""

    time_zone: str = ""
    digest_hour: int | None = None
    digest_weekday: int | None = None
    quiet_enabled: bool | None = None
    quiet_start: time | None = None
    quiet_end: time | None = None


def available_keys(principal: Principal) -> Iterator[Definition]:
    """Yield the definitions that a person of that role can get."""
    return (d for d in REGISTRY.values() if principal.role in d.available_to)


def preferences(principal: Principal) -> Row:
    """Return the person's own preferences. Three queries."""
    institution = institution_by_id(principal.institution_id)
    policy = policy_of(institution.settings)
    chosen = _chosen(principal)
    zone = zone_of(chosen.time_zone, institution.time_zone)
    quiet = _quiet(chosen, policy)
    return {
        "timeZone": zone.key,
        "categories": _categories(principal),
        "digest": _digest(chosen, zone, hour=policy.digest_hour, weekday=institution.first_weekday),
        "quietHours": {
            "enabled": quiet.enabled,
            "start": f"{quiet.start:%H:%M}",
            "end": f"{quiet.end:%H:%M}",
            "source": _source(chosen.quiet_enabled, chosen.quiet_start, chosen.quiet_end),
        },
    }


def quiet_hours(principal: Principal) -> QuietHours:
    """Return the person's quiet hours, with the institution's as default. Two queries."""
    policy = policy_of(institution_by_id(principal.institution_id).settings)
    return _quiet(_chosen(principal), policy)


def _quiet(chosen: _Chosen, policy: NotificationPolicy) -> QuietHours:
    ours = policy.quiet_hours
    return QuietHours(
        enabled=_or(chosen.quiet_enabled, ours.enabled),
        start=_or(chosen.quiet_start, ours.start),
        end=_or(chosen.quiet_end, ours.end),
    )


def _chosen(principal: Principal) -> _Chosen:
    with connection.cursor() as cursor:
        cursor.execute(_PERSON, [principal.institution_id, principal.person_id])
        row = cursor.fetchone()
    return _Chosen(*row) if row else _Chosen()


def _digest(chosen: _Chosen, zone: ZoneInfo, *, hour: int, weekday: int) -> Row:
    own_hour = _or(chosen.digest_hour, hour)
    own_weekday = _or(chosen.digest_weekday, weekday)
    return {
        "hour": own_hour,
        "weekday": own_weekday,
        "source": _source(chosen.digest_hour, chosen.digest_weekday),
        "nextDailyAt": last_due(now(), Hour(zone, own_hour)).until,
        "nextWeeklyAt": last_due(now(), Hour(zone, own_hour, own_weekday)).until,
    }


def _categories(principal: Principal) -> list[Row]:
    rows = Preference.objects.filter(person_id=principal.person_id)
    own = {row["key"]: row for row in rows.values("key", "frequency", *COLUMNS.values())}
    found: dict[Category, list[Row]] = {category: [] for category in Category}
    for definition in available_keys(principal):
        found[definition.category].append(_key(definition, own.get(definition.key, {})))
    return [
        {"category": category.value, "label": str(LABELS[category]), "keys": keys}
        for category, keys in found.items()
        if keys
    ]


def _key(definition: Definition, own: Row) -> Row:
    frequency = own.get("frequency") if definition.can_change_frequency else None
    return {
        "key": definition.key,
        "label": str(definition.label),
        "description": str(definition.description),
        "channels": {c.wire: _is_on(definition, c, own.get(COLUMNS[c])) for c in Channel},
        "frequency": frequency or Frequency.IMMEDIATE.value,
        "canDisable": definition.can_disable,
        "canChangeFrequency": definition.can_change_frequency,
    }


def _is_on(definition: Definition, channel: Channel, own: bool | None) -> bool:  # noqa: FBT001
    usual = channel in definition.channels
    return usual if own is None or (usual and definition.is_locked) else own


def _or(own: Any, institutions: Any) -> Any:
    return institutions if own is None else own


def _source(*own: object) -> str:
    return "institution" if all(value is None for value in own) else "own"
