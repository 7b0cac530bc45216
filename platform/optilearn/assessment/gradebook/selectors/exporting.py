"""A course's gradebook as a file that spreadsheets open and that can be read back."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from optilearn.assessment import policies
from optilearn.assessment.gradebook.exchange.cells import EXCUSED
from optilearn.assessment.gradebook.exchange.layouts import OWN_KEYS
from optilearn.assessment.gradebook.selectors.setup import CourseSetup, course_setup
from optilearn.assessment.gradebook.selectors.sheets import ItemMark, Sheet, sheets
from optilearn.core.access.principal import Principal
from optilearn.core.spreadsheets import write_table

MAX_STUDENTS: Final = 10_000
_TOTALS: Final = ("Current %", "Current letter", "Final %", "Final letter")


def gradebook_csv(principal: Principal, course_id: int, *, term_id: int | None = None) -> str:
    """Return the gradebook as CSV: a row for each student who holds a seat, by name.

    Marks are as they were given, before lateness, so that reading the file back changes nothing;
    totals stand behind them. Three queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    found = policies.managed(principal, course_id)
    setup = course_setup(course_id, term_id=term_id, zone=found.zone.key)
    page, _total = sheets(setup, course_id, [], slice(0, MAX_STUDENTS))
    return write_table(_rows(setup, page))


def _rows(setup: CourseSetup, page: list[Sheet]) -> Iterator[list[str]]:
    items = setup.items
    yield [*OWN_KEYS, *(f"{one.title} ({one.id})" for one in items), *_TOTALS]
    yield ["Points possible", "", "", *(_number(one.possible) for one in items)]
    for sheet in page:
        totals = sheet.totals(setup)
        yield [
            str(sheet.enrollment_id),
            sheet.student["code"],
            sheet.student["name"],
            *(_cell(sheet.marks[one.id]) for one in items),
            _number(totals.current.percent),
            totals.current.letter or "",
            _number(totals.final.percent),
            totals.final.letter or "",
        ]


def _cell(mark: ItemMark) -> str:
    """The mark that was given; that of missing work is the course's, and changes with its rule."""
    if mark.is_excused:
        return EXCUSED
    return "" if mark.is_missing else _number(mark.raw)


def _number(value: Decimal | None) -> str:
    if value is None:
        return ""
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
