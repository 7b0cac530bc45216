"""The median, average and outliers of reviews, without records. Rules: docs/peer-review.md."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Final

_CENT: Final = Decimal("0.01")


def median_of(scores: Collection[Decimal]) -> Decimal | None:
    """Return the median in hundredths, half up; None of no scores."""
    return median(scores).quantize(_CENT, ROUND_HALF_UP) if scores else None


def average_of(scores: Collection[Decimal]) -> Decimal | None:
    """Return the average in hundredths, half up; None of no scores."""
    if not scores:
        return None
    return (sum(scores, Decimal(0)) / len(scores)).quantize(_CENT, ROUND_HALF_UP)


def outliers(
    scores: Sequence[Decimal], possible: Decimal, percent: Decimal | None
) -> frozenset[int]:
    """Return the places of scores farther from the median than ``percent`` of what is possible.

    The exact median counts, not the rounded one. None without a percent.
    """
    if percent is None or not scores:
        return frozenset()
    middle, allowed = median(scores), possible * percent / 100
    return frozenset(place for place, score in enumerate(scores) if abs(score - middle) > allowed)


def scaled(points: Decimal, of: Decimal, possible: Decimal) -> Decimal:
    """Return points of a rubric as points of the assignment, in hundredths, half up."""
    return (points * possible / of).quantize(_CENT, ROUND_HALF_UP)


def distances(scores: Sequence[Decimal]) -> list[Decimal | None]:
    """Return how far each score is from the median of the others; None where there are none."""
    found: list[Decimal | None] = []
    for place, score in enumerate(scores):
        others = [*scores[:place], *scores[place + 1 :]]
        found.append(abs(score - median(others)) if others else None)
    return found
