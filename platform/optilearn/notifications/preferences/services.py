"""Writes about a person's own preferences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.locking import lock_name
from optilearn.notifications.definitions import Definition, Frequency
from optilearn.notifications.models import Preference, ReaderProfile
from optilearn.notifications.policy import refuse_empty_quiet_hours
from optilearn.notifications.preferences.schemas import (
    CategoryChange,
    DigestIn,
    KeyChange,
    PreferencesIn,
    QuietHoursIn,
)
from optilearn.notifications.preferences.selectors import (
    COLUMNS,
    available_keys,
    quiet_hours,
)

_Columns = dict[str, Any]
"""The columns of a key's row that change; concurrent changes of others aren't overwritten."""


@transaction.atomic
def change_preferences(*, principal: Principal, change: PreferencesIn) -> None:
    """Change what ``change`` names of the person's own preferences, all of it or nothing.

    Raises ``AppError`` VALIDATION_ERROR, which names every key that isn't there for the person
    or can't be changed so, and for quiet hours without a length.
    """
    known = {d.key: d for d in available_keys(principal)}
    columns = _of_categories(change.categories, known)
    problems = _add_keys(columns, change.keys, known)
    if problems:
        message = _("Nothing was saved, because some of these preferences can't be changed.")
        raise AppError(ErrorCode.VALIDATION_ERROR, message, problems)
    lock_preferences(principal.person_id)
    _write_keys(principal, columns)
    times = _times(change)
    if times:
        _write_profile(principal, times)
    if any(name.startswith("quiet_") and value is not None for name, value in times.items()):
        quiet = quiet_hours(principal)
        if quiet.enabled:
            refuse_empty_quiet_hours(quiet.start, quiet.end)
    audit.record(
        action="notifications.preferences",
        actor=principal,
        target=str(principal.person_id),
        details={"keys": sorted(columns), "times": sorted(times)},
    )


def _of_categories(
    changes: Sequence[CategoryChange], known: Mapping[str, Definition]
) -> dict[str, _Columns]:
    """Return the columns to change by key; locked ones are left out."""
    columns: dict[str, _Columns] = {}
    for change in changes:
        for key, definition in known.items():
            if definition.category is change.category:
                wanted = _wanted(change)
                for name in _locked(definition, wanted):
                    del wanted[name]
                columns.setdefault(key, {}).update(wanted)
    return columns


def _add_keys(
    columns: dict[str, _Columns], changes: Sequence[KeyChange], known: Mapping[str, Definition]
) -> list[dict[str, str]]:
    """Add the columns of single keys; the problems."""
    problems = []
    for place, change in enumerate(changes):
        definition = known.get(change.key)
        if definition is None:
            message = _("You have no notification %s.") % change.key
            problems.append(_problem(f"/keys/{place}/key", "unknown", message))
            continue
        wanted = _wanted(change)
        problems += [
            _problem(f"/keys/{place}/{_PATHS[name]}", "locked", _why(definition, name))
            for name in _locked(definition, wanted)
        ]
        columns.setdefault(change.key, {}).update(wanted)
    return problems


_PATHS: Final = {
    "frequency": "frequency",
    **{column: f"channels/{channel.wire}" for channel, column in COLUMNS.items()},
}


def _problem(path: str, code: str, message: str) -> dict[str, str]:
    return {"path": path, "code": code, "message": message}


def _why(definition: Definition, name: str) -> str:
    if name == "frequency":
        return _("%s is always sent at once.") % definition.key
    return _("%s can't be turned off, because it is too important to miss.") % definition.key


def _wanted(change: CategoryChange | KeyChange) -> _Columns:
    """Return the columns that a change names."""
    wanted: _Columns = {}
    if change.channels is not None:
        wanted |= change.channels.model_dump(exclude_unset=True)
    if "frequency" in change.model_fields_set:
        wanted["frequency"] = change.frequency.value if change.frequency else ""
    return wanted


def _locked(definition: Definition, wanted: Mapping[str, Any]) -> list[str]:
    """Return the columns that can't get these values."""
    found = [
        column
        for channel, column in COLUMNS.items()
        if wanted.get(column) is False and definition.is_locked and channel in definition.channels
    ]
    is_other = wanted.get("frequency", "") not in {"", Frequency.IMMEDIATE.value}
    return [*found, "frequency"] if is_other and not definition.can_change_frequency else found


def _times(change: PreferencesIn) -> _Columns:
    """Return the columns of the profile that a change names."""
    times: _Columns = {}
    for name, prefix, schema in (
        ("digest", "digest_", DigestIn),
        ("quiet_hours", "quiet_", QuietHoursIn),
    ):
        if name not in change.model_fields_set:
            continue
        part = getattr(change, name)
        values = (
            dict.fromkeys(schema.model_fields)
            if part is None
            else part.model_dump(exclude_unset=True)
        )
        times |= {prefix + column: value for column, value in values.items()}
    return times


def lock_preferences(person_id: int) -> None:
    """Lock a person's preferences against concurrent changes until the transaction ends.

    Changes name keys in any order, and would deadlock on each other's rows otherwise.
    """
    lock_name("preferences", person_id)


def _write_keys(principal: Principal, columns: Mapping[str, _Columns]) -> None:
    """One statement for all keys of which the same columns change."""
    rows = sorted((sorted(values), key, values) for key, values in columns.items() if values)
    for names, group in groupby(rows, key=lambda row: row[0]):
        Preference.objects.bulk_create(
            [
                Preference(person_id=principal.person_id, key=key, updated_at=now(), **values)
                for _names, key, values in group
            ],
            update_conflicts=True,
            unique_fields=["institution", "person", "key"],
            update_fields=[*names, "updated_at"],
        )


def _write_profile(principal: Principal, times: _Columns) -> None:
    ReaderProfile.objects.bulk_create(
        [ReaderProfile(person_id=principal.person_id, **times)],
        update_conflicts=True,
        unique_fields=["institution", "person"],
        update_fields=list(times),
    )
