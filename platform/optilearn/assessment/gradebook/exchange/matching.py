"""The student of a row of a gradebook's file, and the assignment of a column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from optilearn.assessment.gradebook.exchange.layouts import GradeColumn, GradeRow
from optilearn.core.spreadsheets import number_of, unguarded
from optilearn.core.text import comparable

_DATES: Final = re.compile(
    r"\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d{2,4}|\d\d?[- ][^\W\d_]{3,}\.?([- ]\d{2,4})?"
    r"|[^\W\d_]{3,}\.?[- ]\d\d?|\d([.,]\d+)?E\+\d+",
    re.IGNORECASE,
)
"""A date or a rounded number: what a spreadsheet makes of codes like ``MAR-1`` or ``3-4``."""
_ORDER: Final = ("enrollment", "code", "email", "login", "name")
"""Kinds of cells that name a student, the surest first."""


class MatchProblem(StrEnum):
    """The reason why a row or a column stands for nothing here."""

    UNKNOWN_STUDENT = "UNKNOWN_STUDENT"
    AMBIGUOUS_STUDENT = "AMBIGUOUS_STUDENT"
    CHANGED_CODE = "CHANGED_CODE"
    CONFLICTING_STUDENT = "CONFLICTING_STUDENT"
    DUPLICATE_STUDENT = "DUPLICATE_STUDENT"
    UNKNOWN_ASSIGNMENT = "UNKNOWN_ASSIGNMENT"
    AMBIGUOUS_ASSIGNMENT = "AMBIGUOUS_ASSIGNMENT"
    DUPLICATE_ASSIGNMENT = "DUPLICATE_ASSIGNMENT"
    OTHER_MAXIMUM = "OTHER_MAXIMUM"


@dataclass(frozen=True)
class NamedStudent:
    """A student of the course, by all that a file may name them by."""

    enrollment_id: int
    code: str
    email: str
    name: str


class Students:
    """The students of a course, found by the cells of a row."""

    def __init__(self, students: Iterable[NamedStudent]) -> None:
        self._by: dict[str, dict[str, list[int]]] = {
            kind: defaultdict(list) for kind in ("enrollment", "code", "email", "name")
        }
        for one in students:
            key = one.enrollment_id
            self._by["enrollment"][str(key)].append(key)
            self._by["code"][comparable(one.code)].append(key)
            self._by["email"][comparable(one.email)].append(key)
            self._by["name"][comparable(one.name)].append(key)

    def find(self, row: GradeRow) -> int | MatchProblem:
        """Return the enrollment of a row, or the reason why there is none.

        The surest cell decides; a code that is another student's contradicts it.
        """
        cells = {kind: unguarded(cell) for kind, cell in row.keys.items() if cell}
        if "name" not in cells and {"first", "last"} <= cells.keys():
            cells["name"] = f"{cells['first']} {cells['last']}"
        named = {kind: self._named(kind, cells[kind]) for kind in _ORDER if kind in cells}
        sure = [found for kind, found in named.items() if kind != "name" and found]
        if len({tuple(one) for one in sure}) > 1:
            return MatchProblem.CONFLICTING_STUDENT
        found = sure[0] if sure else named.get("name", [])
        if len(found) == 1:
            return found[0]
        if found:
            return MatchProblem.AMBIGUOUS_STUDENT
        if _DATES.fullmatch(cells.get("code", "")):
            return MatchProblem.CHANGED_CODE
        return MatchProblem.UNKNOWN_STUDENT

    def _named(self, kind: str, text: str) -> list[int]:
        if kind == "login":
            return self._named("code", text) or self._named("email", text)
        found = self._by[kind].get(comparable(text), [])
        last, comma, first = text.partition(",")
        if kind == "name" and comma and not found:
            return self._by["name"].get(comparable(f"{first} {last}"), [])
        return found


@dataclass(frozen=True)
class NamedItem:
    """An assignment of the course, as a file may name it."""

    id: int
    title: str
    possible: Decimal


def match_columns(
    columns: Iterable[GradeColumn],
    items: Iterable[NamedItem],
    chosen: Mapping[str, int | None],
) -> dict[int, int | MatchProblem | None]:
    """Return the assignment of each column by its index, or the reason why it has none.

    ``chosen`` names assignments of the course by heading and wins; None leaves a column out.
    """
    known = {one.id: one for one in items}
    titles: dict[str, list[NamedItem]] = defaultdict(list)
    for one in known.values():
        titles[comparable(one.title)].append(one)
    found: dict[int, int | MatchProblem | None] = {}
    for column in columns:
        if column.header in chosen:
            match: int | MatchProblem | None = chosen[column.header]
        else:
            match = _match(column, known, titles)
        is_second = isinstance(match, int) and match in found.values()
        found[column.index] = MatchProblem.DUPLICATE_ASSIGNMENT if is_second else match
    return found


def _match(
    column: GradeColumn, known: Mapping[int, NamedItem], titles: Mapping[str, list[NamedItem]]
) -> int | MatchProblem:
    if column.item_id is not None:
        if column.item_id in known:
            return column.item_id
        return MatchProblem.UNKNOWN_ASSIGNMENT
    names = (comparable(unguarded(title)) for title in column.titles)
    same = next((titles[name] for name in names if name in titles), None)
    if same is None:
        return MatchProblem.UNKNOWN_ASSIGNMENT
    if len(same) > 1:
        return MatchProblem.AMBIGUOUS_ASSIGNMENT
    possible = number_of(column.possible) if column.possible else None
    if possible is not None and possible != same[0].possible:
        return MatchProblem.OTHER_MAXIMUM
    return same[0].id
