"""A cell of a gradebook's file: points, a percent, a letter, an excuse, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from optilearn.assessment.gradebook.totals.calculation import half_up
from optilearn.assessment.gradebook.totals.letters import LetterScheme
from optilearn.core.spreadsheets import number_of, unguarded

EXCUSED: Final = "EX"
_NOTHING: Final = frozenset({"", "-", "\u2013", "\u2014", "n/a"})
"""Cells that change nothing; Moodle writes a line, Canvas N/A for who isn't assigned."""
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3},\d{3}")
"""1,234 is a thousand for some and a fraction for others: it is refused."""
_LIMIT: Final = Decimal("999999.99")


class CellProblem(StrEnum):
    """The reason why a cell can't be read."""

    NOT_A_MARK = "NOT_A_MARK"
    NEGATIVE = "NEGATIVE"
    TOO_LARGE = "TOO_LARGE"


@dataclass(frozen=True)
class CellMark:
    """The mark of a cell: points before lateness, or an excuse."""

    points: Decimal | None = None
    is_excused: bool = False


def read_cell(text: str, possible: Decimal, letters: LetterScheme) -> CellMark | CellProblem | None:
    """Return a cell's mark, the reason why it can't be read, or None if it says nothing.

    Points and percents have any number of places and are rounded half up to two. A letter is
    worth what it is when it is typed.
    """
    plain = unguarded(text.strip()).strip()
    if plain.casefold() in _NOTHING:
        return None
    if plain.casefold() in {EXCUSED.casefold(), "excused"}:
        return CellMark(is_excused=True)
    number = None if _THOUSANDS.fullmatch(plain) else number_of(plain.removesuffix("%"))
    if number is not None:
        return _points(number * Fraction(possible) / 100 if plain.endswith("%") else number)
    try:
        return _points(Fraction(possible) * Fraction(letters.percent_of(plain)) / 100)
    except KeyError:
        return CellProblem.NOT_A_MARK


def _points(points: Fraction) -> CellMark | CellProblem:
    if points < 0:
        return CellProblem.NEGATIVE
    if points > _LIMIT:
        return CellProblem.TOO_LARGE
    return CellMark(Decimal(half_up(points * 100)).scaleb(-2))
