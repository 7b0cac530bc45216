"""Letter schemes: names for percents, from the best to the lowest."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final


@dataclass(frozen=True)
class LetterScheme:
    """Letters with the least percent of each, the best first; the last one begins at 0.

    Raises ``ValueError`` if bounds don't fall, a letter is there twice, or the last isn't 0.
    """

    bounds: tuple[tuple[str, Decimal], ...]

    def __post_init__(self) -> None:
        least = [bound for _letter, bound in self.bounds]
        if not least or least[-1] != 0:
            raise ValueError("The last letter must begin at 0.")
        if any(upper <= lower for upper, lower in pairwise(least)):
            raise ValueError("Each letter must begin below the one before it.")
        if len({letter for letter, _bound in self.bounds}) < len(self.bounds):
            raise ValueError("Each letter can be used once.")

    def letter_of(self, percent: Decimal) -> str:
        """The letter of a percent as it is shown: rounded to two places, as Canvas does.

        Moodle compares the unrounded one, so that a shown 70.00 may be a D+.
        """
        return next(
            (letter for letter, least in self.bounds if percent >= least), self.bounds[-1][0]
        )

    def percent_of(self, letter: str) -> Decimal:
        """The percent that a typed letter stands for: one below the next better letter's bound.

        The best letter stands for 100. Raises ``KeyError`` for an unknown one. Source: Canvas,
        ``grading_standard.rb``.
        """
        better: Decimal | None = None
        for name, least in self.bounds:
            if name == letter:
                return Decimal(100) if better is None else max(least, better - 1)
            better = least
        raise KeyError(letter)


STANDARD: Final = LetterScheme(
    tuple(
        (letter, Decimal(least))
        for letter, least in (
            *(("A", 94), ("A-", 90), ("B+", 87), ("B", 84), ("B-", 80)),
            *(("C+", 77), ("C", 74), ("C-", 70), ("D+", 67), ("D", 64), ("D-", 61), ("F", 0)),
        )
    )
)
"""Used by institutions that have no scheme of their own."""
