"""Days on a learner's own calendar, without records."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def local_day(moment: datetime, zone: str, usual: str) -> date:
    """Return the day of a moment in a zone; in the usual one where the zone isn't one."""
    return moment.astimezone(_zone(zone) or ZoneInfo(usual)).date()


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
