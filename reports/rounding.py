"""Numbers to so many decimal places, alike on every surface."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_MAX_DIGITS = 27
"""Of a number that is rounded; a larger one has no place after the point to be rounded to."""


def rounded(value: float | Decimal, places: int) -> Decimal:
    """A number to so many decimal places: half away from zero, and a zero has no sign.

    A float counts by its 15 significant digits, as in spreadsheets, so that a number looks alike
    on every surface.
    """
    exact = Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(value)
    if exact.adjusted() + places >= _MAX_DIGITS:
        return exact
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0
