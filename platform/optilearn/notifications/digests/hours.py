"""When a reader's hour is: pure arithmetic of wall clocks, right where they are changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from optilearn.notifications.quiet import quiet_until

PUNCTUAL: Final = timedelta(hours=4)
"""So long after its hour a digest may come at any time; later not within quiet hours."""


@dataclass(frozen=True)
class Hour:
    """When a reader wants a digest: at this hour, every day or on this weekday (ISO)."""

    zone: ZoneInfo
    hour: int
    weekday: int | None = None

    @property
    def days(self) -> int:
        """From one to the next."""
        return 1 if self.weekday is None else 7


@dataclass(frozen=True)
class Due:
    """A digest whose hour has come."""

    day: date
    """The reader's day, which the digest is remembered by."""
    since: datetime
    """The hour of the one before, or until when that one told."""
    at: datetime
    until: datetime
    """The hour of the next one."""

    def after(self, covered: datetime | None) -> Due:
        """The same, beginning where the one before ended: its reader may have changed the hour.

        One of long ago doesn't count: nobody wants the news of months at once.
        """
        span = self.until - self.at
        if covered is None or not self.at - 2 * span <= covered <= self.at:
            return self
        return replace(self, since=covered)

    def is_welcome(self, moment: datetime, zone: ZoneInfo, quiet: tuple[time, time] | None) -> bool:
        """Whether it may go out at ``moment``: one that is late doesn't come at night."""
        if quiet is None or moment - self.at < PUNCTUAL:
            return True
        return quiet_until(moment, zone, *quiet) is None


def instant_of(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """When the clock shows that hour of that day, in UTC.

    The first time where it does so twice; where it skips the hour, as much later (PEP 495).
    """
    return datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)


def last_due(moment: datetime, wanted: Hour) -> Due:
    """The newest digest whose hour has come by ``moment``."""
    day = moment.astimezone(wanted.zone).date()
    if wanted.weekday is not None:
        day -= timedelta(days=(day.isoweekday() - wanted.weekday) % 7)
    if instant_of(day, wanted.hour, wanted.zone) > moment:
        day -= timedelta(days=wanted.days)
    before, after = (day + timedelta(days=step) for step in (-wanted.days, wanted.days))
    since, at, until = (instant_of(d, wanted.hour, wanted.zone) for d in (before, day, after))
    return Due(day, since, at, until)
