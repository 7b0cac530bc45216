"""From values to places: round ticks and straight scales."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.contracts import Column
from reports.export.show import cell_text

_TICKS = 5


@dataclass(frozen=True)
class Scale:
    """Maps values to points along an axis, with ticks at round values."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """The place of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def scale_over(
    values: Iterable[float], start: float, end: float, *, with_zero: bool = True
) -> Scale:
    """A scale that holds all values, and 0 if lengths are to be compared."""
    known = [*values, *([0.0] if with_zero else [])] or [0.0]
    low, high = min(known), max(known)
    if low == high:
        low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
    step = _round_step((high - low) / _TICKS)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(step * n for n in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], start, end, ticks)


def _round_step(rough: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1, 2, 5):
        if factor * power >= rough * (1 - 1e-9):
            return factor * power
    return 10 * power


def tick_texts(ticks: Sequence[float], column: Column) -> list[str]:
    """Return the texts of the ticks: as few digits as distinguish them."""
    factor = 100.0 if column.format == "percent" else 1.0
    step = abs(ticks[1] - ticks[0]) * factor if len(ticks) > 1 else 1.0
    places = max(0, -math.floor(math.log10(step) + 1e-9)) if step else 0
    unit = " %" if column.format == "percent" else ""
    return [f"{_unsigned_zero(tick * factor):,.{places}f}{unit}" for tick in ticks]


def _unsigned_zero(value: float) -> float:
    return 0.0 if abs(value) < 1e-12 else value


def value_text(value: float, column: Column) -> str:
    """A single value, whole numbers without a fraction."""
    if column.format != "percent" and float(value).is_integer():
        return f"{int(value):,}"
    return cell_text(value, column, "UTC")
