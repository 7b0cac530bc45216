"""The layouts of gradebooks' files, students and marks: ours, Canvas's, Moodle's, any other.

Programs translate their headings, so columns are found by place and by ids where they can be.
Source of the two other layouts: docs/grading.md#files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from optilearn.core.spreadsheets import Table, number_of, unguarded
from optilearn.core.text import comparable

OWN_KEYS: Final = ("Enrollment", "Code", "Name")
"""The first columns of our own file."""
_WITH_ID: Final = re.compile(r"(?P<title>.+) \((?P<id>\d{1,19})\)\s*")
"""``Essay (31)``: our own headings, and Canvas's."""
_DISPLAY: Final = re.compile(r"(?P<title>.+) \([^()]+\)")
"""``Assignment: Essay (Real)`` of Moodle, or ``Essay (31)``."""
_INDENT: Final = "    "
"""Canvas begins the row of possible points with four blanks, in every language."""
_TIMES: Final = re.compile(r"\d{10}")
_TOP_ROWS: Final = 3
_HEADS: Final = {
    "enrollment": "enrollment",
    "code": "code",
    "idnumber": "code",
    "sisuserid": "code",
    "studentid": "code",
    "studentcode": "code",
    "admissionnumber": "code",
    "rollnumber": "code",
    "email": "email",
    "emailaddress": "email",
    "mail": "email",
    "sisloginid": "login",
    "name": "name",
    "student": "name",
    "fullname": "name",
    "studentname": "name",
    "firstname": "first",
    "lastname": "last",
    "surname": "last",
}
"""Headings of columns that name a student, letters only."""


class Product(StrEnum):
    """The program that wrote a file."""

    OPTILEARN = "OPTILEARN"
    CANVAS = "CANVAS"
    MOODLE = "MOODLE"
    OTHER = "OTHER"


@dataclass(frozen=True)
class GradeColumn:
    """A column that may hold marks."""

    index: int
    header: str
    titles: tuple[str, ...]
    """Names of the assignment that the heading may hold, the likeliest first."""
    item_id: int | None = None
    """Our own assignment's id."""
    possible: str = ""
    """The points possible, where the file says them."""


@dataclass(frozen=True)
class GradeRow:
    """A student's row: the cells that name them, by kind, and all of its cells."""

    line: int
    keys: dict[str, str]
    cells: list[str]

    def cell(self, column: GradeColumn) -> str:
        """The cell of a column; a row may end early."""
        return self.cells[column.index] if column.index < len(self.cells) else ""


@dataclass(frozen=True)
class GradeTable:
    """A gradebook's file: students and columns of marks."""

    product: Product
    columns: list[GradeColumn]
    rows: list[GradeRow]
    ignored: list[str]
    """Headings of columns that are neither students nor marks, as totals are."""


def grade_table(table: Table, codes: Collection[str] = ()) -> GradeTable:
    """Find students and marks in a file. ``codes`` are those of the course's students.

    A column of codes is found by them, whatever language its heading is in.
    """
    heads = [head.strip() for head in table.header]
    if tuple(heads[: len(OWN_KEYS)]) == OWN_KEYS:
        return _with_ids(table, Product.OPTILEARN)
    if _points_row(table) is not None:
        return _with_ids(table, Product.CANVAS)
    product = Product.MOODLE if _is_moodle(table) else Product.OTHER
    kinds = _kinds(table, len(heads), frozenset(map(comparable, codes)))
    last = len(heads) - (product is Product.MOODLE)
    columns = [
        GradeColumn(index, head, _titles(head))
        for index, head in enumerate(heads[:last])
        if head and index not in kinds
    ]
    return _table(table, product, columns, kinds, table.rows)


def _points_row(table: Table) -> int | None:
    """The place of the row of possible points among the first; there may be one before it."""
    for place, (_line, cells) in enumerate(table.rows[:_TOP_ROWS]):
        if cells[0].startswith(_INDENT) or cells[0].strip().casefold() == "points possible":
            return place
    return None


def _with_ids(table: Table, product: Product) -> GradeTable:
    place = _points_row(table)
    points = [] if place is None else table.rows[place][1]
    columns = []
    for index, header in enumerate(table.header):
        found = _WITH_ID.fullmatch(header.strip())
        possible = points[index] if index < len(points) else ""
        # What isn't read back has words there, in the language of who exported it.
        is_mark = found if product is Product.OPTILEARN else number_of(possible) is not None
        if header.strip() and is_mark:
            own = int(found["id"]) if found and product is Product.OPTILEARN else None
            column = GradeColumn(index, header.strip(), _titles(header.strip()), own, possible)
            columns.append(column)
    first = columns[0].index if columns else len(table.header)
    kinds = _kinds(table, first)
    if product is Product.CANVAS:
        kinds = {0: "name", **{key: kind for key, kind in kinds.items() if key > 1}}
    rows = table.rows if place is None else table.rows[place + 1 :]
    return _table(table, product, columns, kinds, rows)


def _is_moodle(table: Table) -> bool:
    """The last column has the time of the download, whatever its heading says."""
    last = len(table.header) - 1
    times = [cells[last].strip() for _line, cells in table.rows if len(cells) > last]
    return bool(times) and all(_TIMES.fullmatch(one) for one in times)


def _titles(header: str) -> tuple[str, ...]:
    """The heading as it is, without what stands in brackets behind it, and after its colon."""
    found = _DISPLAY.fullmatch(header)
    plain = [header, found["title"]] if found else [header]
    after = [one.partition(":")[2].strip() for one in plain if ":" in one]
    return tuple(one for one in (*plain, *after) if one)


def _kinds(table: Table, until: int, codes: Collection[str] = ()) -> dict[int, str]:
    """The first columns that name students, with the kind of each: by heading, else by content."""
    kinds: dict[int, str] = {}
    for index, header in enumerate(table.header[:until]):
        known = _HEADS.get(re.sub(r"[\W_]", "", header).casefold())
        if known and known not in kinds.values():
            kinds[index] = known
    for index in range(until):
        if index in kinds:
            continue
        cells = _words(table, index)
        if "email" not in kinds.values() and cells and all("@" in cell for cell in cells):
            kinds[index] = "email"
        elif "code" not in kinds.values() and _are_codes(cells, codes):
            kinds[index] = "code"
    return kinds


def _words(table: Table, index: int) -> list[str]:
    """The cells of a column that are filled; none if one of them is a number, as marks are."""
    cells = [row[index].strip() for _line, row in table.rows if len(row) > index]
    filled = [cell for cell in cells if cell]
    return [] if any(number_of(cell) is not None for cell in filled) else filled


def _are_codes(cells: Sequence[str], codes: Collection[str]) -> bool:
    """Return True if most of the cells are codes of students, each once."""
    known = sum(comparable(unguarded(cell)) in codes for cell in cells)
    return 2 * known > len(cells) == len(set(cells))


def _table(
    table: Table,
    product: Product,
    columns: Sequence[GradeColumn],
    kinds: dict[int, str],
    rows: Sequence[tuple[int, list[str]]],
) -> GradeTable:
    used = {column.index for column in columns} | kinds.keys()
    ignored = [
        head.strip() for index, head in enumerate(table.header) if index not in used and head
    ]
    found = [
        GradeRow(
            line,
            {kind: cells[index].strip() for index, kind in kinds.items() if index < len(cells)},
            cells,
        )
        for line, cells in rows
    ]
    return GradeTable(product, list(columns), found, ignored)
