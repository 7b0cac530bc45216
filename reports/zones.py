"""The one book of time zones: that of the locked ``tzdata`` package (docs/operations.md).

The operating system's files may be older or newer than it, and differ from machine to machine;
importing this reads none of them. DuckDB has a book of its own, which cuts buckets:
:func:`first_difference` says whether it is the same.
"""

from __future__ import annotations

import logging
import zoneinfo
from bisect import bisect_left
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import zip_longest
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()

FIRST_YEAR: Final = 1970
"""Before it releases of the same book differ, by how much of old times they carry."""
YEARS_AHEAD: Final = 10
"""Beyond the day of the data: deadlines and terms lie ahead."""

_STEP: Final = timedelta(days=7)
_FINE: Final = timedelta(minutes=30)
_CHANGES: Final = """
WITH days AS (
    SELECT moment, timezone($zone, timezone('UTC', moment)) - moment AS gap FROM (
        SELECT unnest(generate_series($first, $last, INTERVAL 1 DAY)) AS moment)
    QUALIFY gap IS DISTINCT FROM lag(gap, 1, gap) OVER (ORDER BY moment)),
halves AS (
    SELECT moment AS day,
        unnest(generate_series(moment - INTERVAL 1 DAY, moment, INTERVAL 30 MINUTE)) AS half
    FROM days)
SELECT half, timezone($zone, timezone('UTC', half)) - half AS gap FROM halves
QUALIFY gap IS DISTINCT FROM lag(gap, 1, gap) OVER (PARTITION BY day ORDER BY half)
ORDER BY half
"""
_logger: Final = logging.getLogger(__name__)
_lock: Final = Lock()
_known: Final[dict[tuple[str, int], datetime | None]] = {}


def local_time(moment: datetime, zone: str) -> datetime | None:
    """An instant on a zone's clock; None where that is before the year 1 or after 9999."""
    try:
        return moment.astimezone(zoneinfo.ZoneInfo(zone))
    except OverflowError:
        return None


def first_difference(
    connection: duckdb.DuckDBPyConnection, zone: str, last_year: int
) -> datetime | None:
    """The first moment, half an hour exact, at which DuckDB's clock isn't ours; or None.

    From 1970 to the end of ``last_year``: the changes that either book has are compared.
    """
    first, last = datetime(FIRST_YEAR, 1, 1), datetime(last_year + 1, 1, 1)  # noqa: DTZ001 - UTC
    values = {"zone": zone, "first": first, "last": last}
    start = "SELECT timezone($zone, timezone('UTC', $first)) - $first"
    asked = {"zone": zone, "first": first}
    if connection.execute(start, asked).fetchall() != [(_gap(zone, first),)]:
        return first
    theirs = [(row[0], row[1]) for row in connection.execute(_CHANGES, values).fetchall()]
    for mine, other in zip_longest(_our_changes(zone, first, last), theirs):
        if mine != other:
            return min(change[0] for change in (mine, other) if change is not None)
    return None


def warn_of_difference(
    connection: duckdb.DuckDBPyConnection, zone: str, of_data: datetime
) -> datetime | None:
    """Log an error where DuckDB's book differs in the years of the data; once for each zone."""
    key = _key(zone, of_data)
    with _lock:
        if key not in _known:
            _known[key] = first_difference(connection, *key)
            if _known[key] is not None:
                _logger.error(
                    "DuckDB has other rules for the time zone %s than the tzdata package, from "
                    "%s UTC on: hours, days and weeks of reports are wrong there. Bring tzdata and "
                    "duckdb to the same release of the time zone database.",
                    zone,
                    _known[key],
                )
        return _known[key]


def known_difference(zone: str, of_data: datetime) -> datetime | None:
    """Return what :func:`warn_of_difference` has found, if it has been asked."""
    return _known.get(_key(zone, of_data))


def _key(zone: str, of_data: datetime) -> tuple[str, int]:
    return zone, min(of_data.year + YEARS_AHEAD, 9998)


@lru_cache(maxsize=256)
def _our_changes(
    zone: str, first: datetime, last: datetime
) -> tuple[tuple[datetime, timedelta], ...]:
    """Return the changes of the gap to UTC, to the half hour; once a week at most."""
    found: list[tuple[datetime, timedelta]] = []
    before, gap = first, _gap(zone, first)
    while before < last:
        after = min(before + _STEP, last)
        now = _gap(zone, after)
        if now != gap:
            halves = range(1, (after - before) // _FINE + 1)
            place = bisect_left(halves, 1, key=lambda n: _gap(zone, before + n * _FINE) != gap)
            found.append((before + halves[place] * _FINE, now))
        before, gap = after, now
    return tuple(found)


def _gap(zone: str, moment: datetime) -> timedelta:
    return _here(zone, moment) - moment


def _here(zone: str, moment: datetime) -> datetime:
    book = zoneinfo.ZoneInfo(zone)
    return book.fromutc(moment.replace(tzinfo=book)).replace(tzinfo=None)
