"""Days on the institution's calendar."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from optilearn.core import clock
from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import institution_by_id


def local_zone() -> ZoneInfo:
    """Return the zone of the institution in force. One query."""
    return ZoneInfo(institution_by_id(require_institution_id()).time_zone)


def local_day() -> date:
    """Return today on the calendar of the institution in force. One query."""
    return clock.now().astimezone(local_zone()).date()
