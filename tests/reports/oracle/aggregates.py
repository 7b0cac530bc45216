"""Aggregates over a list of values, by exact arithmetic."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

FRACTIONS = {
    "median": Fraction(1, 2),
    "p10": Fraction(1, 10),
    "p25": Fraction(1, 4),
    "p75": Fraction(3, 4),
    "p90": Fraction(9, 10),
    "p95": Fraction(19, 20),
}
ZERO_OVER_NOTHING = ("count", "countDistinct", "sum")
NUMERIC = ("sum", "avg", "stddev", "quantile", *FRACTIONS)


def aggregate(agg: str, values: Sequence[Any], fraction: Fraction | None = None) -> Any:
    """The aggregate of ``values``, in which NULL counts as nothing.

    ``first`` and ``last`` are not among them: they choose a row, not a value.
    """
    known = [v for v in values if v is not None]
    if agg in _OF_ANY:
        return _OF_ANY[agg](known) if known or agg in ZERO_OVER_NOTHING else None
    if not known:
        return None
    exact = [Fraction(v) for v in known]
    if agg == "avg":
        return float(sum(exact) / len(exact))
    if agg == "stddev":
        return _deviation(exact)
    return _quantile(exact, FRACTIONS[agg] if fraction is None else fraction)


def _sum(known: list[Any]) -> Any:
    if any(isinstance(v, float) for v in known):
        return float(sum(Fraction(v) for v in known))
    return sum(known, Decimal(0) if any(isinstance(v, Decimal) for v in known) else 0)


_OF_ANY: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "countDistinct": lambda known: len(set(known)),
    "sum": _sum,
    "min": min,
    "max": max,
    "listDistinct": lambda known: tuple(sorted(set(known))),
}


def _deviation(exact: list[Fraction]) -> float | None:
    """The double nearest to the root of the exact variance."""
    return None if len(exact) < 2 else statistics.stdev(exact)


def _quantile(exact: list[Fraction], fraction: Fraction) -> float:
    ordered = sorted(exact)
    place = fraction * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))
