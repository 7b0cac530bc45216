"""Calculations over finished cells: shares, running sums, ranks, differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

Values = Sequence[Any]


def share(value: Any, whole: Any) -> float | None:
    """``value`` as a fraction of ``whole``."""
    if value is None or whole is None or whole == 0:
        return None
    return float(Fraction(value) / Fraction(whole))


def ranks(values: Values) -> list[int | None]:
    """1 is the largest, equal values share a rank, NULL has none."""
    known = [v for v in values if v is not None]
    return [None if v is None else 1 + sum(other > v for other in known) for v in values]


def running(values: Values) -> list[Any]:
    """Sums of all values so far; NULL counts as nothing, before the first value it is NULL."""
    found: list[Any] = []
    total: Any = None
    for value in values:
        if value is not None:
            total = value if total is None else total + value
        found.append(total)
    return found


def moving(values: Values, n: int) -> list[float | None]:
    """The mean of the known ones of this value and the ``n - 1`` before it."""
    found: list[float | None] = []
    for place in range(len(values)):
        known = [Fraction(v) for v in values[max(0, place - n + 1) : place + 1] if v is not None]
        found.append(float(sum(known) / len(known)) if known else None)
    return found


def differences(values: Values) -> list[Any]:
    """Each value less the one before."""
    return _pairs(values, lambda now, before: now - before)


def changes(values: Values) -> list[float | None]:
    """Each value's change as a fraction of the magnitude of the one before."""
    return _pairs(
        values,
        lambda now, before: (
            None if before == 0 else float(Fraction(now - before) / abs(Fraction(before)))
        ),
    )


def _pairs(values: Values, worth: Callable[[Any, Any], Any]) -> list[Any]:
    before: Any = None
    found: list[Any] = []
    for value in values:
        found.append(None if value is None or before is None else worth(value, before))
        before = value
    return found


def along(calc: str, values: Values, n: int) -> list[Any]:
    """A calculation that goes by the order of the rows."""
    if calc == "runningTotal":
        return running(values)
    if calc == "movingAverage":
        return list(moving(values, n))
    return differences(values) if calc == "difference" else list(changes(values))
