"""Ranges in which nothing can lie: answered, with a word about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from reports.contracts import Notice
from reports.engine.calendar import Calendar
from reports.language.formulas import bases_of
from reports.language.report import Condition, Having, MetricCondition, Relative, Report

_REVERSED = "Put the smaller value first."
_SAME_DAY = "A range of dates ends before its second date: give the day after the last one."
_NO_TERM = "Ask for a range of dates, or look at the terms of the calendar."
Ranged = Condition | MetricCondition | Having


def range_notices(report: Report, calendar: Calendar) -> tuple[Notice, ...]:
    """A warning for each condition whose range is empty or reversed."""
    return tuple(
        notice
        for path, condition in _placed(report)
        if (notice := _notice(path, condition, calendar)) is not None
    )


def _placed(report: Report) -> Iterator[tuple[str, Ranged]]:
    """The conditions of a report, with their places."""
    for number, condition in enumerate(report.filters):
        yield f"/filters/{number}/value", condition
        if isinstance(condition, MetricCondition):
            for base in bases_of(condition.measure.formula):
                yield from ((f"/filters/{number}/filters", c) for c in base.conditions)
    for number, measure in enumerate(report.measures):
        conditions = (c for base in bases_of(measure.formula) for c in base.conditions)
        for condition in dict.fromkeys(conditions):
            yield f"/measures/{number}/filters", condition
    for number, having in enumerate(report.having):
        yield f"/having/{number}/value", having


def _notice(path: str, condition: Ranged, calendar: Calendar) -> Notice | None:
    relative = None if isinstance(condition, MetricCondition) else condition.relative
    if relative is not None:
        return _of_relative(path, relative, calendar)
    if condition.op != "between":
        return None
    low, high = condition.values
    first, last = _comparable(low, calendar), _comparable(high, calendar)
    if first > last:
        text = f"The range from {low} to {high} is reversed, so it holds nothing."
        return Notice("REVERSED_RANGE", text, path, _REVERSED)
    if first == last and isinstance(low, date):
        text = f"The range from {low} to {high} is empty: it ends where it begins."
        return Notice("EMPTY_RANGE", text, path, _SAME_DAY)
    return None


def _comparable(value: Any, calendar: Calendar) -> Any:  # noqa: ANN401 - of whatever type a field is
    return calendar.instant(value) if isinstance(value, date) else value


def _of_relative(path: str, relative: Relative, calendar: Calendar) -> Notice | None:
    lower, upper = calendar.range_of(relative)
    if upper is not None and (lower is None or lower < upper):
        return None
    if relative.unit != "term":
        return Notice("EMPTY_RANGE", "The range is empty: it holds no day.", path)
    which = {"inCurrent": "current ", "inPrevious": "previous "}.get(relative.op, "")
    text = f"The range is empty: on {calendar.today} there is no {which}term to count by."
    return Notice("EMPTY_RANGE", text, path, _NO_TERM)
