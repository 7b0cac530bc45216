"""The groups of numbers: bins, and what lies outside them."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

Part = tuple[Any, Any] | None
"""A group's value on one axis: what it sorts by and how it is shown; None: NULL."""


def bin_of(value: Any, edges: list[Any]) -> Part:
    """The bin: half-open, the last one closed; what is below or above has its own."""
    exact = [Decimal(repr(e)) if isinstance(e, float) else Decimal(e) for e in edges]
    texts = [format(e.normalize() if e % 1 else e.quantize(Decimal(1)), "f") for e in exact]
    if value < exact[0]:
        return 0, f"<{texts[0]}"
    if value > exact[-1]:
        return len(exact), f">{texts[-1]}"
    for number, (low, high) in enumerate(pairwise(exact), start=1):
        is_last = number == len(exact) - 1
        if low <= value < high or (is_last and value == high):
            return number, f"[{texts[number - 1]},{texts[number]}{']' if is_last else ')'}"
    raise AssertionError(value)
