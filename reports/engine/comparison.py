"""Comparing with an earlier time, or with another snapshot.

The compared side is a report of its own, over the same filters; its rows are lined up with
the result's by their groups (by their key, where a row is a record).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from reports.compiler.counterparts import counterparts_of
from reports.contracts import Cell, Compared, Notice, Total
from reports.engine.calendar import Calendar
from reports.engine.counterparts import Days
from reports.engine.decode import Answer, academic_year
from reports.engine.question import Question
from reports.language.formulas import bases_of, value_over_nothing, with_bases
from reports.language.report import Base, Compare, Report, Shift

Row = tuple[Cell, ...]
_UNLIMITED: Final[dict[str, Any]] = {
    "having": (),
    "sort": (),
    "limit": None,
    "compare": None,
}


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
    """The report with each measure moved in time, its digest distinguishing them."""
    assert report.compare is not None
    shift = shift_of(report.compare, calendar)
    measures = tuple(
        replace(m, formula=with_bases(m.formula, lambda b: replace(b, shifts=(*b.shifts, shift))))
        for m in report.measures
    )
    digest = f"{report.digest}/{shift}"
    return replace(report, measures=measures, digest=digest, totals=_totals(report), **_UNLIMITED)


def other_report(report: Report) -> Report:
    """The report as another snapshot answers it: all its rows."""
    digest = f"{report.digest}/other"
    return replace(report, digest=digest, totals=_totals(report), **_UNLIMITED)


def _totals(report: Report) -> str:
    """Those of groups that ``having`` chose now would be of other groups then."""
    return "none" if report.having else report.totals


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
    calendar = question.snapshot.calendar
    days = Earlier(report, (shift,) if shift else (), calendar)
    found: list[tuple[Cell, ...]] = []
    alone = 0
    for row in answer.rows:
        groups = _groups(row[:count], report, shift, calendar)
        values = by_group.get(row[:count], row[:count] + nothing)[count:]
        if not days.has(row):
            values, alone = (None,) * len(values), alone + 1
        found.append((*groups, *values))
    rows = tuple(found)
    is_whole = len(answer.rows) == answer.total_row_count
    left = len(by_group.keys() - {row[:count] for row in answer.rows}) if is_whole else 0
    totals = None
    if answer.totals is not None and not report.having:
        then = {(total.level, total.row[:count]): total for total in other.totals or ()}
        totals = tuple(_paired_total(t, then, nothing, days) for t in answer.totals)
        totals = tuple(
            replace(t, row=(*_groups(t.row[:count], report, shift, calendar), *t.row[count:]))
            for t in totals
        )
    notices = (*_left(left), *_alone(alone), *_without_totals(report))
    return Compared(_label(compare, shift), rows, totals=totals), notices


def _paired_total(
    now: Total, then: Mapping[tuple[int, Row], Total], nothing: Row, days: Earlier
) -> Total:
    """The total of the compared time for one of the result's."""
    groups = now.row[: len(now.row) - len(nothing)]
    found = then.get((now.level, groups), Total(now.level, (*groups, *nothing)))
    if days.has(groups[: now.level]):
        return found
    return replace(found, row=(*groups, *(None,) * len(nothing)))


def _without_totals(report: Report) -> tuple[Notice, ...]:
    if not (report.having and report.has_totals):
        return ()
    text = "The compared columns have no totals, because having chooses other groups at that time."
    return (Notice("COMPARE_NO_TOTALS", text),)


def _over_nothing(asked: Report) -> tuple[Cell, ...]:
    """Return the measures' values where there are no rows: counts and sums are 0."""
    return tuple(value_over_nothing(m.formula) if m.calc is None else None for m in asked.measures)


class Earlier:
    """True if rows have a day at an earlier time: 31 March has none a month before."""

    def __init__(self, report: Report, shifts: tuple[Shift, ...], calendar: Calendar) -> None:
        asked = counterparts_of(report, shifts)
        self._days = None if asked is None else Days(asked, calendar)
        self._bucket = report.time.bucket if report.time is not None else ""
        self._codes = {term.code: number for number, term in enumerate(calendar.terms)}

    def has(self, row: tuple[Cell, ...]) -> bool:
        """Return True if a row, or a total that keeps the time, has one; ``()``: the range."""
        if self._days is None:
            return True
        bucket = row[0] if row and self._bucket else None
        if bucket is None:
            return self._days.has_any
        if isinstance(bucket, datetime):
            return self._days.has(bucket.date())
        if isinstance(bucket, str):
            return self._days.has(self._number(bucket))
        assert isinstance(bucket, date | int), "what buckets are"
        return self._days.has(bucket)

    def _number(self, bucket: str) -> int:
        return self._codes[bucket] if self._bucket == "term" else int(bucket.partition("/")[0])


def offset_notices(report: Report, calendar: Calendar, answer: Answer) -> tuple[Notice, ...]:
    """That measures of an earlier time are empty where nothing can have been before."""
    found: list[Notice] = []
    for measure in report.measures:
        chains = {b.shifts for b in bases_of(measure.formula) if b.shifts and not _looks_back(b)}
        for shifts in sorted(chains, key=str):
            days = Earlier(report, shifts, calendar)
            count = sum(not days.has(row) for row in answer.rows)
            if count:
                text = (
                    f"{measure.label} is empty in {count} rows: the earlier time has no such days."
                )
                if count == 1:
                    text = f"{measure.label} is empty in 1 row: the earlier time has no such days."
                found.append(Notice("OFFSET_NO_COUNTERPART", text))
    return tuple(found)


def _looks_back(base: Base) -> bool:
    return base.window is not None and base.window.looks_back


def _alone(count: int) -> tuple[Notice, ...]:
    if not count:
        return ()
    text = f"{count} rows have no counterpart in the compared time; their cells are empty."
    if count == 1:
        text = "1 row has no counterpart in the compared time; its cells are empty."
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
        return academic_year(int(bucket.partition("/")[0]) - years, is_split="/" in bucket)
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
