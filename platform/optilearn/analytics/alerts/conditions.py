"""The condition of an alert: a number, a direction, and from where on it counts.

``limit`` is a value (THRESHOLD, GOAL), a change in percent or as an amount (CHANGE), or a distance
from the median in deviations (HISTORY). A row fires beyond the limit; it is armed again only when
it is no longer beyond ``rearm``, so that a number on the edge doesn't fire each day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from statistics import median
from typing import Any, Final

from optilearn.analytics.alerts.readings import Reading

MIN_HISTORY: Final = 5
"""Earlier values without which nothing can be said of what is usual."""
MAX_HISTORY: Final = 60
_SPREAD: Final = Decimal("1.4826")
"""The median absolute deviation times this estimates the standard deviation of a normal sample."""
_FAR: Final = Decimal(10**9)
"""The distance of a value from a history that never varied."""


class Kind(StrEnum):
    """The thing that the measure is compared with."""

    THRESHOLD = "THRESHOLD"
    GOAL = "GOAL"
    CHANGE = "CHANGE"
    HISTORY = "HISTORY"


class Direction(StrEnum):
    """The side on which a value fires; of a change, ABOVE is a rise."""

    ABOVE = "ABOVE"
    BELOW = "BELOW"
    EITHER = "EITHER"


class Unit(StrEnum):
    """The unit of a change."""

    PERCENT = "PERCENT"
    AMOUNT = "AMOUNT"


class Lack(StrEnum):
    """A reason for which a row can't be compared."""

    NO_VALUE = "NO_VALUE"
    HIDDEN = "HIDDEN"
    TOO_FEW = "TOO_FEW"
    """Below the minimum base."""
    NO_BASE = "NO_BASE"
    """The value before is 0, or there is none."""
    NO_HISTORY = "NO_HISTORY"


@dataclass(frozen=True)
class Condition:
    """A checked condition; ``limit`` of a goal is the report's."""

    kind: Kind
    direction: Direction
    limit: Decimal
    rearm: Decimal
    unit: Unit = Unit.PERCENT
    to: str = "previousPeriod"
    snapshots: int = 0

    @property
    def is_relative(self) -> bool:
        """True if the limit is a distance, which has no sign of its own."""
        return self.kind in {Kind.CHANGE, Kind.HISTORY}

    def score(self, reading: Reading, past: Sequence[Decimal]) -> Decimal | Lack:
        """Return the number that is compared with the limit; ``past`` are its earlier values."""
        now, before = reading.now, reading.before
        if now is None:
            return Lack.NO_VALUE
        if self.kind is Kind.HISTORY:
            return _distance(now, past)
        if self.kind is not Kind.CHANGE:
            return now
        if before is None or (before == 0 and self.unit is Unit.PERCENT):
            return Lack.NO_BASE
        return now - before if self.unit is Unit.AMOUNT else (now - before) / abs(before) * 100

    def is_beyond(self, score: Decimal, limit: Decimal) -> bool:
        """Return True if a score lies beyond a limit, on the side that counts."""
        if not self.is_relative:
            return score > limit if self.direction is Direction.ABOVE else score < limit
        if self.direction is Direction.EITHER:
            return abs(score) > limit
        return (score if self.direction is Direction.ABOVE else -score) > limit


def rearms_inside(
    kind: Kind, direction: Direction, limit: Decimal | float, rearm: Decimal | float
) -> bool:
    """Return True if a row has to come back at least to the limit before it may fire again.

    On the far side of it a row would be armed while it is beyond the limit, and fire each time.
    """
    if kind in {Kind.CHANGE, Kind.HISTORY}:
        return 0 <= rearm <= limit
    return rearm <= limit if direction is Direction.ABOVE else rearm >= limit


def condition_of(stored: Mapping[str, Any], goal: Decimal | None) -> Condition | None:
    """Return the condition as it was stored; None where it is about a goal that isn't there.

    A goal that moved past ``rearm`` since then is the place to come back to.
    """
    kind, direction = Kind(stored["kind"]), Direction(stored["direction"])
    limit = goal if kind is Kind.GOAL else Decimal(str(stored["limit"]))
    if limit is None:
        return None
    rearm = limit if stored.get("rearm") is None else Decimal(str(stored["rearm"]))
    return Condition(
        kind=kind,
        direction=direction,
        limit=limit,
        rearm=rearm if rearms_inside(kind, direction, limit, rearm) else limit,
        unit=Unit(stored.get("unit") or Unit.PERCENT),
        to=stored.get("to") or "previousPeriod",
        snapshots=stored.get("snapshots") or 0,
    )


def _distance(now: Decimal, past: Sequence[Decimal]) -> Decimal | Lack:
    """Measure the distance from the median in deviations, robust against single days."""
    if len(past) < MIN_HISTORY:
        return Lack.NO_HISTORY
    middle = median(past)
    spread = _SPREAD * median([abs(value - middle) for value in past])
    if spread:
        return (now - middle) / spread
    return Decimal(0) if now == middle else _FAR.copy_sign(now - middle)
