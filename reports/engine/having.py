"""Conditions on finished values, for the one case in which SQL can't be asked.

Where small cells are hidden, groups are chosen after the hiding: a condition on a hidden
number would reveal it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from reports.contracts import Cell
from reports.engine.calendar import Calendar
from reports.language.folding import composed, folded
from reports.language.report import Constant, Having, Relative

_COMPARISONS: Final = MappingProxyType(
    {
        "eq": lambda value, one: value == one,
        "lt": lambda value, one: value < one,
        "lte": lambda value, one: value <= one,
        "gt": lambda value, one: value > one,
        "gte": lambda value, one: value >= one,
        "contains": lambda value, one: folded(one) in folded(value),
        "startsWith": lambda value, one: folded(value).startswith(folded(one)),
        "endsWith": lambda value, one: folded(value).endswith(folded(one)),
    }
)
_NEGATIONS: Final = MappingProxyType({"ne": "eq", "notContains": "contains"})


def passes(having: Having, value: Cell, calendar: Calendar) -> bool:
    """Return True if a visible value meets the condition; NULL equals nothing, negations keep it.

    A day given for an instant is the whole local day.
    """
    op, values = having.op, having.values
    if op in _NEGATIONS:
        return value is None or not _compare(_NEGATIONS[op], value, values[0], calendar)
    if op in {"isNull", "isEmpty"}:
        return value is None or (op == "isEmpty" and value == "")
    if op == "notIn":
        return value is None or not _is_in(value, values, calendar)
    if value is None:
        return False
    if having.relative is not None:
        return _is_within(having.relative, value, calendar)
    return _of_known(op, value, values, calendar)


def _of_known(op: str, value: Cell, values: tuple[Any, ...], calendar: Calendar) -> bool:
    match op:
        case "isNotNull":
            return True
        case "isNotEmpty":
            return bool(value != "")
        case "in":
            return _is_in(value, values, calendar)
        case "between":
            upper = "lt" if isinstance(value, date) else "lte"
            is_from = _compare("gte", value, values[0], calendar)
            return is_from and _compare(upper, value, values[1], calendar)
        case "isTrue" | "isFalse":
            return value is (op == "isTrue")
        case _:
            return _compare(op, value, values[0], calendar)


def _is_in(value: Cell, values: tuple[Any, ...], calendar: Calendar) -> bool:
    return any(_compare("eq", value, one, calendar) for one in values)


def _is_within(relative: Relative, value: Cell, calendar: Calendar) -> bool:
    day = calendar.day_of(value) if isinstance(value, datetime) else value
    assert isinstance(day, date), "asked of dates and instants alone"
    lower, upper = calendar.range_of(relative)
    if upper is None or day >= upper:
        return False
    return relative.op == "olderThan" or (lower is not None and lower <= day)


def _compare(op: str, value: Cell, one: Constant, calendar: Calendar) -> bool:
    compare: Callable[[object, object], bool] = _COMPARISONS[op]
    if isinstance(value, datetime):
        if not isinstance(one, datetime):
            return bool(compare(calendar.day_of(value), one))
        return bool(compare(value.replace(tzinfo=None), calendar.instant(one)))
    if isinstance(value, str) and isinstance(one, str):
        value, one = composed(value), composed(one)
    return value is not None and bool(compare(value, one))
