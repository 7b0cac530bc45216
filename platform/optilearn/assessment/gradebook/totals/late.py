"""The cost of late and missing work (docs/rules.md#late-work)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

HUNDREDTH: Final = Decimal("0.01")
_NOTHING: Final = Decimal(0)


@dataclass(frozen=True)
class LatePolicy:
    """A course's rule for late and missing work; all percents are of the possible points.

    ``percent`` is deducted for each ``interval`` begun, down to ``lowest_percent``. Work that
    wasn't handed in until its due date has ``missing_percent``, or no mark if that is None.
    """

    percent: Decimal = _NOTHING
    interval: timedelta = timedelta(days=1)
    lowest_percent: Decimal = _NOTHING
    missing_percent: Decimal | None = None

    def deducted(self, raw: Decimal, possible: Decimal, late: timedelta) -> Deduction:
        """The mark of work that was ``late``; 10 points, 10 % a day, 1.3 days, full marks: 8.

        A mark at or below the floor stays as it is, and no deduction goes below the floor.
        """
        floor = rounded(possible * self.lowest_percent / 100)
        if late <= timedelta(0) or not self.percent or raw <= floor:
            return Deduction(raw, _NOTHING)
        begun = -(-late // self.interval)
        wanted = rounded(possible * self.percent * begun / 100)
        points = max(raw - wanted, floor)
        return Deduction(points, raw - points)

    def missing(self, possible: Decimal) -> Decimal | None:
        """The points of work that wasn't handed in; None if it has no mark."""
        if self.missing_percent is None:
            return None
        return rounded(possible * self.missing_percent / 100)


class Deduction(NamedTuple):
    """The points that are left, and those that were deducted."""

    points: Decimal
    deducted: Decimal


def rounded(value: Decimal) -> Decimal:
    """To two places, half away from zero, as graders do."""
    return value.quantize(HUNDREDTH, ROUND_HALF_UP)
