"""Comparing with an earlier time, or with another snapshot.

The compared side is a report of its own, over the same filters; its rows are lined up with
the result's by their groups (by their key, where a row is a record).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from reports.contracts import Cell, Compared, Notice
from reports.engine.calendar import Calendar
from reports.engine.decode import Answer, academic_year
from reports.engine.question import Question
from reports.language.formulas import value_over_nothing, with_bases
from reports.language.report import Compare, Report, Shift

_UNLIMITED: Final[dict[str, Any]] = {
    "having": (),
    "sort": (),
    "limit": None,
    "totals": "none",
    "compare": None,
}

DAYS: Final = frozenset(("hour", "day"))
"""Buckets of which each has one counterpart at an earlier time, or none."""


def shift_of(compare: Compare, calendar: Calendar) -> Shift:
    """By how much the compared time is earlier."""
    if compare.shift is not None:
        return compare.shift
    assert compare.days is not None
    first, after = compare.days
    for term in calendar.terms:
        if (term.starts_on, term.ends_on + timedelta(days=1)) == (first, after):
            return Shift(1, "term", partial=True)
    if first.day == after.day == 1:
        months = (after.year - first.year) * 12 + after.month - first.month
        return Shift(months, "month", partial=True)
    return Shift((after - first).days, "day", partial=True)


def earlier_report(report: Report, calendar: Calendar) -> Report:
    """The report with each measure moved in time, its digest telling them apart."""
    assert report.compare is not None
    shift = shift_of(report.compare, calendar)
    measures = tuple(
        replace(m, formula=with_bases(m.formula, lambda b: replace(b, shifts=(*b.shifts, shift))))
        for m in report.measures
    )
    digest = f"{report.digest}/{shift}"
    return replace(report, measures=measures, digest=digest, **_UNLIMITED)


def other_report(report: Report) -> Report:
    """The report as another snapshot answers it: all its rows."""
    return replace(report, digest=f"{report.digest}/other", **_UNLIMITED)


def line_up(
    question: Question, answer: Answer, asked: Report, other: Answer
) -> tuple[Compared, tuple[Notice, ...]]:
    """The compared rows in the order of the result's."""
    report, compare = question.report, question.report.compare
    assert compare is not None
    if report.mode == "rows":
        by_key = dict(zip(other.keys, other.rows, strict=True))
        missing: tuple[Cell, ...] = (None,) * len(report.columns)
        rows = tuple(by_key.get(key, missing) for key in answer.keys)
        label = f"snapshot {compare.snapshot}"
        return Compared(label, rows), ()
    count = report.group_count
    by_group = {row[:count]: row for row in other.rows}
    nothing = _over_nothing(asked)
    shift = None if compare.to == "snapshot" else shift_of(compare, question.snapshot.calendar)
    found: list[tuple[Cell, ...]] = []
    alone = 0
    for row in answer.rows:
        groups = _groups(row[:count], report, shift, question.snapshot.calendar)
        values = by_group.get(row[:count], row[:count] + nothing)[count:]
        if _has_no_counterpart(report, shift, groups):
            values, alone = (None,) * len(values), alone + 1
        found.append((*groups, *values))
    rows = tuple(found)
    is_whole = len(answer.rows) == answer.total_row_count
    left = len(by_group.keys() - {row[:count] for row in answer.rows}) if is_whole else 0
    return Compared(_label(compare, shift), rows), (*_left(left), *_alone(alone))


def _over_nothing(asked: Report) -> tuple[Cell, ...]:
    """What the measures are where there are no rows: counts and sums are 0."""
    return tuple(value_over_nothing(m.formula) if m.calc is None else None for m in asked.measures)


def _has_no_counterpart(report: Report, shift: Shift | None, groups: tuple[Cell, ...]) -> bool:
    """Whether a day, or an hour of it, has no earlier one: 31 March, a month before."""
    time = report.time
    return shift is not None and time is not None and time.bucket in DAYS and groups[0] is None


def _alone(count: int) -> tuple[Notice, ...]:
    if not count:
        return ()
    text = f"{count} rows have no counterpart in the compared time; their cells are empty."
    return (Notice("COMPARE_NO_COUNTERPART", text),)


def _left(count: int) -> tuple[Notice, ...]:
    if not count:
        return ()
    text = f"{count} groups of the compared time have no rows now and are not listed."
    return (Notice("COMPARE_GROUPS_LEFT", text),)


def _label(compare: Compare, shift: Shift | None) -> str:
    if shift is None:
        return f"snapshot {compare.snapshot}"
    if compare.to != "previousPeriod":
        return "previous year" if compare.to == "previousYear" else "previous term"
    return f"previous {shift.unit}" if shift.n == 1 else f"previous {shift.n} {shift.unit}s"


def _groups(
    groups: tuple[Cell, ...], report: Report, shift: Shift | None, calendar: Calendar
) -> tuple[Cell, ...]:
    """The groups of a compared row: its time is the earlier bucket's own."""
    if report.time is None or shift is None:
        return groups
    return (_earlier(groups[0], report.time.bucket, shift, calendar), *groups[1:])


def _earlier(bucket: Cell, kind: str, shift: Shift, calendar: Calendar) -> Cell:
    if kind == "term" and isinstance(bucket, str):
        return _earlier_term(bucket, shift, calendar)
    if kind == "academicYear" and isinstance(bucket, str):
        years = shift.n if shift.unit == "year" else 0
        return academic_year(int(bucket[:4]) - years, is_split="/" in bucket)
    if isinstance(bucket, datetime):
        day = calendar.earlier(bucket.date(), shift.n, shift.unit)
        return None if day is None else datetime.combine(day, bucket.time(), bucket.tzinfo)
    if isinstance(bucket, date):
        return calendar.earlier(bucket, shift.n, shift.unit)
    return bucket


def _earlier_term(code: str, shift: Shift, calendar: Calendar) -> Cell:
    codes = [term.code for term in calendar.terms]
    steps = shift.n if shift.unit == "term" else 0
    at = codes.index(code) - steps
    return codes[at] if at >= 0 else None
