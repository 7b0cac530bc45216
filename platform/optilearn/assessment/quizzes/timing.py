"""The moments at which attempts may start and must end, without records (docs/quizzes.md#time)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

GRACE: Final = timedelta(seconds=60)
"""After the deadline answers are still taken this long: what was sent in time may arrive late."""


@dataclass(frozen=True)
class Allowance:
    """A student's accommodation: 1 and 0 for who has none."""

    time_factor: Decimal = Decimal(1)
    extra_attempts: int = 0


@dataclass(frozen=True)
class Window:
    """The time limit of a quiz, 0 for none, and when it is open."""

    limit_seconds: int
    opens_at: datetime | None
    closes_at: datetime | None

    def limit(self, allowance: Allowance) -> timedelta | None:
        """The time that a student has for an attempt."""
        if not self.limit_seconds:
            return None
        return _times(timedelta(seconds=self.limit_seconds), allowance.time_factor)

    def closes_for(self, allowance: Allowance) -> datetime | None:
        """The end for a student: extra time stretches it, else it would be taken back at the end.

        By the extra of the time limit; without one, by that of the time between both ends.
        """
        if self.closes_at is None:
            return None
        if self.limit_seconds:
            span = timedelta(seconds=self.limit_seconds)
        else:
            span = self.closes_at - self.opens_at if self.opens_at else timedelta(0)
        return self.closes_at + _times(span, allowance.time_factor - 1)

    def deadline(self, started_at: datetime, allowance: Allowance) -> datetime | None:
        """The moment at which an attempt ends; None if nothing ends it."""
        limit, closes_at = self.limit(allowance), self.closes_for(allowance)
        ends = [started_at + limit] if limit is not None else []
        if closes_at is not None:
            ends.append(closes_at)
        return min(ends, default=None)


def _times(span: timedelta, factor: Decimal) -> timedelta:
    return timedelta(seconds=float(Decimal(str(span.total_seconds())) * factor))
