"""The moments until which work is in time and accepted, without records.

Rules: docs/assignments.md#time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Moved:
    """An extension: a later due date, a later close, or both."""

    due_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True)
class Times:
    """The opening, due date and close of an assignment; None: never."""

    opens_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None

    def extended(self, extensions: Iterable[Moved]) -> Times:
        """The times of a student with these extensions: of each moment the latest counts.

        Who has longer for being in time can hand in as long, so the close is never before the due
        date of an extension. What never comes can't come later.
        """
        given = list(extensions)
        due_at = _latest(self.due_at, (one.due_at for one in given))
        later = [one.closes_at for one in given] + [one.due_at for one in given]
        return Times(self.opens_at, due_at, _latest(self.closes_at, later))

    def is_late(self, at: datetime) -> bool:
        """Return True for work that is handed in then after the due date."""
        return self.due_at is not None and at > self.due_at

    def has_opened(self, at: datetime) -> bool:
        """Return True from the opening on."""
        return self.opens_at is None or self.opens_at <= at

    def has_closed(self, at: datetime) -> bool:
        """Return True once nothing is accepted any more."""
        return self.closes_at is not None and self.closes_at <= at


def _latest(own: datetime | None, later: Iterable[datetime | None]) -> datetime | None:
    return None if own is None else max([own, *(one for one in later if one is not None)])


def days_later(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same time of day so many days later, on the clocks of the zone.

    A time that the clocks skip that day is as much later as they skip.
    """
    local = moment.astimezone(zone)
    return (
        (local.replace(tzinfo=None) + timedelta(days=days))
        .replace(tzinfo=zone, fold=local.fold)
        .astimezone(UTC)
    )
