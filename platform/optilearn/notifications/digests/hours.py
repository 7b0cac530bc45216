"""Due times of digests: pure wall-clock arithmetic, right across changes of the clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from optilearn.notifications.quiet import quiet_until

PUNCTUAL: Final = timedelta(hours=4)
"""A digest that is later than this isn't sent within quiet hours."""


@dataclass(frozen=True)
class Hour:
    """A reader's digest time: at this hour, every day or on this weekday (ISO)."""

    zone: ZoneInfo
    hour: int
    weekday: int | None = None

    @property
    def days(self) -> int:
        """Days from one digest to the next."""
        return 1 if self.weekday is None else 7


@dataclass(frozen=True)
class Due:
    """A digest whose hour has come."""

    day: date
    """The reader's day, which identifies the digest."""
    since: datetime
    """Due time of the digest before, or the end of what that one covered."""
    at: datetime
    until: datetime
    """Due time of the next one."""

    def after(self, covered: datetime | None) -> Due:
        """Return it with its period beginning where the last one ended (the hour may have changed).

        A last digest of long ago doesn't count: nobody wants the news of months at once.
        """
        span = self.until - self.at
        if covered is None or not self.at - 2 * span <= covered <= self.at:
            return self
        return replace(self, since=covered)

    def may_send(self, moment: datetime, zone: ZoneInfo, quiet: tuple[time, time] | None) -> bool:
        """Return True if it may be sent at ``moment``: a late one doesn't come in quiet hours."""
        if quiet is None or moment - self.at < PUNCTUAL:
            return True
        return quiet_until(moment, zone, *quiet) is None


def instant_of(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """Return the instant at which the clock shows that hour of that day, in UTC.

    The first one of two; where the clock skips the hour, as much later (PEP 495).
    """
    return datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)


def last_due(moment: datetime, wanted: Hour) -> Due:
    """Return the newest digest that is due by ``moment``."""
    day = moment.astimezone(wanted.zone).date()
    if wanted.weekday is not None:
        day -= timedelta(days=(day.isoweekday() - wanted.weekday) % 7)
    if instant_of(day, wanted.hour, wanted.zone) > moment:
        day -= timedelta(days=wanted.days)
    before, after = (day + timedelta(days=step) for step in (-wanted.days, wanted.days))
    since, at, until = (instant_of(d, wanted.hour, wanted.zone) for d in (before, day, after))
    return Due(day, since, at, until)
