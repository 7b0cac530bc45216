"""The local date of an instant as plain arithmetic in SQL.

A zone's rule is a list of instants at which its offset changes. Over the years in which
records lie these are few, so the offset is a small decision tree over constants, which
DuckDB evaluates many rows at a time. What lies outside those years is set right afterwards
with a tree over the years that occur.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import reports.zones  # noqa: F401 - one book of time zones: that of the tzdata package
from pipelines.snapshots.errors import SnapshotError

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAY_US: Final = 86_400_000_000
USUAL_YEARS: Final = (2000, 2040)
"""Years covered without looking at the data: [first, last)."""

CALENDAR_US: Final = (-62_100_000_000_000_000, 253_300_000_000_000_000)
"""Instants outside these aren't in the years 2 to 9996, and are refused."""

_PROBE: Final = timedelta(hours=12)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Offsets:
    """Offsets from UTC: ``values[0]`` before ``changes[0]``, ``values[i]`` from ``changes[i-1]``.

    All in microseconds, instants since 1970 UTC.
    """

    changes: tuple[int, ...]
    values: tuple[int, ...]

    def day_of(self, instant_us: int) -> int:
        """Return days since 1970 of the local date."""
        offset = self.values[bisect_right(self.changes, instant_us)]
        return (instant_us + offset) // DAY_US


def microseconds(moment: datetime) -> int:
    """Return microseconds since 1970 UTC."""
    return (moment - EPOCH) // _MICROSECOND


def zone_named(name: str) -> ZoneInfo:
    """Return the zone; raises ``SnapshotError`` for an unknown name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SnapshotError(f"The institution's time zone {name!r} is unknown.") from None


@lru_cache(maxsize=256)
def offsets(zone_name: str, first_year: int, end_year: int) -> Offsets:
    """Return the zone's offsets over the years [first, end), found by asking zoneinfo.

    Asking twice a day and then halving finds every change to the second; the tz database
    holds none that is undone within half a day.
    """
    zone = zone_named(zone_name)
    start = datetime(max(first_year, 1), 1, 2, tzinfo=UTC)
    end = datetime(min(end_year, 9999), 1, 2, tzinfo=UTC)
    changes: list[int] = []
    values = [_offset(zone, start)]
    moment = start
    while moment < end:
        following = moment + _PROBE
        if _offset(zone, following) != values[-1]:
            changed = _first_with_new_offset(zone, moment, following)
            changes.append(microseconds(changed))
            values.append(_offset(zone, changed))
        moment = following
    return Offsets(tuple(changes), tuple(values))


def offsets_between(zone_name: str, first_us: int, last_us: int) -> Offsets:
    """Return the few offsets that instants from the first to the last one need."""
    years = [(EPOCH + timedelta(microseconds=us)).year for us in (first_us, last_us)]
    usual = USUAL_YEARS[0] < years[0] and years[1] < USUAL_YEARS[1] - 1
    table = offsets(zone_name, *(USUAL_YEARS if usual else (years[0] - 1, years[1] + 2)))
    low = bisect_right(table.changes, first_us)
    high = bisect_right(table.changes, last_us)
    return Offsets(table.changes[low:high], table.values[low : high + 1])


def usual_offsets(zone_name: str) -> Offsets:
    """Return the offsets of the usual years."""
    return offsets(zone_name, *USUAL_YEARS)


def local_day_sql(microseconds_sql: str, table: Offsets) -> str:
    """Return SQL for the local DATE of an expression in microseconds since 1970 UTC."""
    tree = _tree(microseconds_sql, table, 0, len(table.values))
    # DuckDB's // rounds towards zero; so that 1969 falls on its own days, count from 0001.
    shift = 719_162 * DAY_US
    return (
        f"(DATE '0001-01-01' + CAST(({microseconds_sql} + ({tree}) + {shift}) // {DAY_US}"
        " AS INTEGER))"
    )


def _tree(subject: str, table: Offsets, low: int, high: int) -> str:
    """Return a balanced decision tree over ``values[low:high]``."""
    if high - low == 1:
        return str(table.values[low])
    middle = (low + high) // 2
    left = _tree(subject, table, low, middle)
    right = _tree(subject, table, middle, high)
    if left == right:
        return left
    return f"CASE WHEN {subject} < {table.changes[middle - 1]} THEN {left} ELSE {right} END"


def _offset(zone: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset() or timedelta()
    return offset // _MICROSECOND


def _first_with_new_offset(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high
