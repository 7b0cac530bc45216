"""Overlaps of two times that are shown together: rows that both count.

Where they are, the difference of two numbers is about the days at the ends.
"""

from __future__ import annotations

from typing import Final

from reports.compiler.counterparts import moved_ranges
from reports.engine.calendar import Calendar
from reports.engine.counterparts import span_of
from reports.language.report import Report, Shift

_DAYS: Final = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}
"""The least length of a unit; a term may have any length."""
_YEARS: Final = ("quarter", "year")
_ALIGNED: Final = {
    "hour": ("day", "week", "month", *_YEARS, "term"),
    "day": ("day", "week", "month", *_YEARS, "term"),
    "week": ("week",),
    "month": ("month", *_YEARS),
    "quarter": _YEARS,
    "year": ("year",),
}
"""Units that shift whole buckets onto whole buckets."""


def overlaps(
    report: Report, shifts: tuple[Shift, ...], moved: tuple[Shift, ...], calendar: Calendar
) -> bool:
    """Return True if a measure that is moved counts a part of the rows of another cell or measure.

    ``moved`` is by how much the whole report is moved: what is moved alike stands still in it.
    """
    if shifts == moved:
        return False
    if report.time is not None:
        units = _ALIGNED.get(report.time.bucket, ())
        return not all(shift.unit in units for shift in (*shifts, *moved))
    first, after = span_of(moved_ranges(report), calendar)
    if first is None or after is None or len(shifts) != 1 or moved:
        return True
    (shift,) = shifts
    return (after - first).days > abs(shift.n) * _DAYS.get(shift.unit, 0)
