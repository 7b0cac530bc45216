"""Rules about live classes: times, and facts as SQL fragments with their Python twins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from optilearn.core.sql import any_of
from optilearn.live.models import LiveClass

Status = LiveClass.Status

STUDENTS_BEFORE: Final = timedelta(minutes=10)
"""The time before its start from which students may enter the room."""
HOSTS_BEFORE: Final = timedelta(hours=1)
"""The time before its start from which hosts may enter and start it."""
REMINDED_BEFORE: Final = timedelta(minutes=10)
GRACE: Final = timedelta(minutes=30)
"""A class that nobody ends is ended so long after its end; until then its room is open."""
MAX_REPORTS: Final = 1_000
"""Of one person about one class."""


def open_now(live_class: str = "k") -> str:
    """The class isn't over: it is to come or going on."""
    return f"{live_class}.status IN {any_of(Status.SCHEDULED, Status.LIVE)}"


def is_open(status: str) -> bool:
    """Return True if a class of that status isn't over."""
    return status in {Status.SCHEDULED, Status.LIVE}


def opens_at(starts_at: datetime, *, is_host: bool) -> datetime:
    """Return the moment from which its people may enter the room."""
    return starts_at - (HOSTS_BEFORE if is_host else STUDENTS_BEFORE)


def closes_at(ends_at: datetime) -> datetime:
    """Return the moment until which the room is open."""
    return ends_at + GRACE


def may_enter(live_class: LiveClass, at: datetime, *, is_host: bool) -> bool:
    """Return True if the room is open for a participant at that moment."""
    opens = opens_at(live_class.starts_at, is_host=is_host)
    return is_open(live_class.status) and opens <= at < closes_at(live_class.ends_at)
