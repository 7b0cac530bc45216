"""Quiet hours: wall-clock time in a person's zone, right across changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@lru_cache(maxsize=1024)
def zone_of(name: str, fallback: str) -> ZoneInfo:
    """Return the zone of that name, else the institution's, else UTC: no message fails for it."""
    for candidate in (name, fallback):
        try:
            if candidate:
                return ZoneInfo(candidate)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def quiet_until(moment: datetime, zone: ZoneInfo, start: time, end: time) -> datetime | None:
    """Return the end of the quiet hours that ``moment`` is in; None if it is in none.

    They last from ``start`` (included) to ``end`` (not included) on the wall, past midnight
    where ``end`` comes first. Of an hour that the clock shows twice both are quiet; where the
    clock skips ``end``, they are over when it has skipped.
    """
    if start == end:
        return None
    local = moment.astimezone(zone)
    wall = local.time()
    if start < end:
        is_quiet, days = start <= wall < end, 0
    else:
        is_quiet, days = wall >= start or wall < end, int(wall >= start)
    if not is_quiet:
        return None
    return _instant_of(datetime.combine(local.date() + timedelta(days=days), end, tzinfo=zone))


def _instant_of(wall: datetime) -> datetime:
    """Return the last instant at which a clock shows this time, or the instant of the skip."""
    before, after = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if after >= before:
        return after
    # In a gap the two folds lie on its two sides: walk up to the minute in which it is past.
    moment = after
    while moment.astimezone(wall.tzinfo).replace(tzinfo=None) < wall.replace(tzinfo=None):
        moment += timedelta(minutes=1)
    return moment
