"""Opening and closing of lessons. Pure arithmetic (docs/rules.md#drip).

``unlock_at`` wins over ``unlock_after_days``. An override replaces the opening, the closing or
both; what it leaves empty is inherited: the student's own wins over the section's, and both
over the lesson's.

Days are calendar days of the institution: a lesson that opens seven days after an enrollment
at 09:30 opens at 09:30 on the wall, also when the clocks were changed in between. A local time
that doesn't exist (clocks went forward) is as long after midnight as on other days, so 01:30
becomes 02:30; of one that exists twice the first counts. An import that doesn't know when
somebody was enrolled has nothing to count from: days don't lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Reason(StrEnum):
    """The reason why a lesson is locked."""

    NOT_YET = "NOT_YET"
    CLOSED = "CLOSED"
    PREREQUISITE = "PREREQUISITE"
    """Another course has to be completed before this one is begun."""


@dataclass(frozen=True)
class Schedule:
    """A lesson's own opening and closing."""

    unlock_at: datetime | None = None
    unlock_after_days: int | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True)
class Override:
    """Another opening or closing; what is None is inherited."""

    unlock_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True)
class Window:
    """The time a lesson is open: ``opens_at`` to before ``closes_at``. None: no bound."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True)
class Lock:
    """The lock of a lesson: its reason, and when it opens if that is known."""

    reason: Reason | None = None
    unlocks_at: datetime | None = None

    @property
    def locked(self) -> bool:
        """True if there is a reason."""
        return self.reason is not None


OPEN = Lock()
_LATEST = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)


def days_after(start: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same time on the wall so many calendar days later, in UTC."""
    local = start.astimezone(zone)
    try:
        moved = local.replace(tzinfo=None) + timedelta(days=days)
        return moved.replace(tzinfo=zone, fold=0).astimezone(UTC)
    except OverflowError:
        return _LATEST


def window(
    schedule: Schedule,
    overrides: tuple[Override, ...],
    enrolled_at: datetime | None,
    zone: ZoneInfo,
) -> Window:
    """Return the time the lesson is open for a student; ``overrides`` begin with the strongest."""
    opens_at = next((o.unlock_at for o in overrides if o.unlock_at), schedule.unlock_at)
    if opens_at is None and schedule.unlock_after_days is not None and enrolled_at is not None:
        opens_at = days_after(enrolled_at, schedule.unlock_after_days, zone)
    closes_at = next((o.closes_at for o in overrides if o.closes_at), schedule.closes_at)
    return Window(opens_at, closes_at)


def lock(open_in: Window, now: datetime) -> Lock:
    """The lock at that moment. What closes before it opens never opens."""
    opens_at, closes_at = open_in.opens_at, open_in.closes_at
    if closes_at is not None and (now >= closes_at or (opens_at and opens_at >= closes_at)):
        return Lock(Reason.CLOSED)
    if opens_at is not None and now < opens_at:
        return Lock(Reason.NOT_YET, opens_at)
    return OPEN
