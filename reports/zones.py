"""The one book of time zones: that of the locked ``tzdata`` package (docs/operations.md).

The operating system's files may be older or newer than it, and differ from machine to machine;
whoever imports this reads none of them. DuckDB has a book of its own, which cuts buckets:
:func:`first_difference` says whether it is the same.
"""

from __future__ import annotations

import logging
import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()

FIRST_YEAR: Final = 2000
YEARS_AHEAD: Final = 10
"""Beyond the day of the data: deadlines and terms lie ahead."""

_STEP: Final = timedelta(days=1)
_FINE: Final = timedelta(minutes=30)
_CHANGES: Final = """
SELECT moment FROM (
    SELECT moment, timezone($zone, timezone('UTC', moment)) - moment AS gap FROM (
        SELECT unnest(generate_series($first, $last, INTERVAL 1 DAY)) AS moment))
QUALIFY gap IS DISTINCT FROM lag(gap, 1, gap) OVER (ORDER BY moment)
"""
_LOCAL: Final = """
SELECT timezone($zone, timezone('UTC', moment)) FROM (SELECT unnest($moments) AS moment)
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

    From 2000 to the end of ``last_year``. Changes that either book has are compared.
    """
    first, last = datetime(FIRST_YEAR, 1, 1), datetime(last_year + 1, 1, 1)  # noqa: DTZ001 - UTC
    values = {"zone": zone, "first": first, "last": last}
    theirs = {row[0] for row in connection.execute(_CHANGES, values).fetchall()}
    changes = sorted(theirs | set(_our_changes(zone, first, last)))
    steps = round(_STEP / _FINE)
    moments = [first, *(c - n * _FINE for c in changes for n in range(steps, -1, -1))]
    asked = {"zone": zone, "moments": moments}
    local = [row[0] for row in connection.execute(_LOCAL, asked).fetchall()]
    pairs = zip(moments, local, strict=True)
    return next((m for m, there in pairs if _here(zone, m) != there), None)


def warn_of_difference(
    connection: duckdb.DuckDBPyConnection, zone: str, of_data: datetime
) -> datetime | None:
    """Log an error where DuckDB's book differs in the years of the data; once for each zone."""
    key = (zone, min(of_data.year + YEARS_AHEAD, 9998))
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


@lru_cache(maxsize=256)
def _our_changes(zone: str, first: datetime, last: datetime) -> tuple[datetime, ...]:
    found: list[datetime] = []
    moment, gap = first, _here(zone, first) - first
    while moment < last:
        moment += _STEP
        now = _here(zone, moment) - moment
        if now != gap:
            found.append(moment)
            gap = now
    return tuple(found)


def _here(zone: str, moment: datetime) -> datetime:
    local = moment.replace(tzinfo=UTC).astimezone(zoneinfo.ZoneInfo(zone))
    return local.replace(tzinfo=None)
