"""Reading what the numbers are compared with, and which dates a shift in time moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from reports.catalog.paths import Path, resolve
from reports.language.binding import Names
from reports.language.filters import Filters
from reports.language.formulas import bases_of
from reports.language.report import Compare, Condition, Measure, Relative, Shift, TimeAxis
from reports.language.shape import Node
from reports.language.words import COMPARISONS, RANGE_OPS

_UNIT_OF_PART: Final = {
    "hourOfDay": "day",
    "dayOfWeek": "week",
    "dayOfMonth": "month",
    "monthOfYear": "year",
    "weekOfTerm": "term",
    "academicYear": "year",
}
_FIXED: Final = {
    "previousYear": Shift(1, "year", partial=True),
    "previousTerm": Shift(1, "term", partial=True),
}
_NEEDS_DATE: Final = "Filter by a date, or use the mode temporal."


def read_compare(node: Node, names: Names, mode: str) -> tuple[Compare | None, Any]:
    """The comparison asked for, its shift still open where the filters decide it."""
    if not node.has("compare"):
        return None, None
    inner = Node(node.get("compare"), node.at("compare"), names.problems, ("to", "snapshot"))
    to = inner.choice("to", COMPARISONS) if inner.ok else None
    if to is None:
        return None, None
    if to == "snapshot":
        snapshot = inner.text("snapshot", needed=True)
        form = {"to": to, "snapshot": snapshot}
        return (Compare(to, snapshot=snapshot), form) if snapshot else (None, None)
    if inner.has("snapshot"):
        inner.refuse("snapshot", f"snapshot has no meaning with {to}.", code="UNKNOWN_KEY")
    if mode == "rows":
        hint = "Rows are compared with those of another snapshot."
        inner.refuse("to", f"Rows can't be compared with the {to}.", hint, "WRONG_MODE")
    return Compare(to, _FIXED.get(to)), {"to": to}


def shifted_dates(
    names: Names, time: TimeAxis | None, filters: Filters, place: str
) -> tuple[Path, ...]:
    """The dates, seen from the root, that a shift moves in the report's filters.

    In time: the date of the axis. Else the date that the filters are about.
    """
    root = names.root
    if time is not None:
        if time.path is not None:
            return (time.path,)
        return (resolve(names.catalog, root.key, root.time),) if root.time else ()
    found = {(p.hops, p.field.name): p for p in _filtered_dates(filters)}
    if len(found) > 1 and ((), root.time) in found:
        return (found[(), root.time],)
    if len(found) == 1:
        return tuple(found.values())
    message = "The report has no date to find an earlier time by."
    if found:
        texts = ", ".join(sorted(p.text for p in found.values()))
        message = f"The filters are about several dates ({texts}), so the period is ambiguous."
    names.problems.add("NO_DATE", place, message, _NEEDS_DATE)
    return ()


def _filtered_dates(filters: Filters) -> Iterator[Path]:
    for condition in filters.conditions:
        if not isinstance(condition, Condition) or condition.other is not None:
            continue
        if condition.path.field.type.is_time and condition.op in RANGE_OPS:
            yield condition.path


def has_shift(measures: Iterable[Measure]) -> bool:
    """Return True if a measure is moved in time."""
    return any(base.shifts for m in measures for base in bases_of(m.formula))


def previous_period(
    filters: Iterable[object], dates: tuple[Path, ...], time: TimeAxis | None
) -> tuple[Shift | None, tuple[date, date] | None]:
    """By how much the period before is earlier.

    The second value is an absolute range of days, whose length in calendar units only the
    institution's calendar tells.
    """
    places = {(p.hops, p.field) for p in dates}
    lower: date | None = None
    upper: date | None = None
    for condition in filters:
        if not isinstance(condition, Condition) or condition.other is not None:
            continue
        if (condition.path.hops, condition.path.field) not in places:
            continue
        if condition.relative is not None and condition.op != "olderThan":
            return _of_relative(condition.relative), None
        lower, upper = _narrowed(condition, lower, upper)
    if lower is not None and upper is not None and lower < upper:
        return None, (lower, upper)
    if time is not None:
        unit = _UNIT_OF_PART.get(time.bucket, "day" if time.bucket == "hour" else time.bucket)
        return Shift(1, unit, partial=True), None
    return None, None


def _of_relative(relative: Relative) -> Shift:
    n = relative.n if relative.op in {"inLast", "inNext"} else 1
    return Shift(n, relative.unit, partial=True)


def _narrowed(
    condition: Condition, lower: date | None, upper: date | None
) -> tuple[date | None, date | None]:
    days = [_day(value) for value in condition.values]
    if not days or condition.op not in RANGE_OPS:
        return lower, upper
    one = timedelta(days=1)
    if condition.op in {"gte", "between", "eq"}:
        lower = max(lower or days[0], days[0])
    if condition.op == "gt":
        lower = max(lower or date.min, days[0] + one)
    if condition.op in {"lt", "between"}:
        upper = min(upper or days[-1], days[-1])
    if condition.op in {"lte", "eq"}:
        upper = min(upper or date.max, days[-1] + one)
    return lower, upper


def _day(value: object) -> date:
    assert isinstance(value, date)
    return value.date() if isinstance(value, datetime) else value
