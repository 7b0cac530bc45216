"""The condition that a row of a result stands for: clicked, it narrows other questions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from reports.contracts import Result, wire_value

Condition = dict[str, Any]
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_DAYS: Final = {"day": 1, "week": 7}


def condition_of(result: Result, row: int) -> Condition | None:
    """The condition of the first group of a row; None where it has none of its own.

    A calendar bucket is the range of its days, half-open as the language has it.
    """
    form = result.definition
    mode = form.get("mode", "categorical")
    if mode == "rows" or not result.rows[row]:
        return None
    value = result.rows[row][0]
    if mode == "temporal":
        return _in_time(form.get("time") or {}, value)
    dimensions = form.get("dimensions") or ()
    return _of_dimension(dimensions[0], value) if dimensions else None


def _of_dimension(dimension: Any, value: Any) -> Condition | None:
    if isinstance(dimension, Mapping):
        if dimension.get("bins"):
            return None
        dimension = dimension.get("field")
    if not isinstance(dimension, str):
        return None
    if value is None:
        return {"field": dimension, "op": "isNull"}
    if isinstance(value, bool):
        return {"field": dimension, "op": "isTrue" if value else "isFalse"}
    if isinstance(value, tuple):
        return None
    return {"field": dimension, "op": "eq", "value": wire_value(value)}


def _in_time(time: Mapping[str, Any], value: Any) -> Condition | None:
    field, bucket = time.get("field"), time.get("bucket")
    if not field or not isinstance(value, date) or isinstance(value, datetime):
        return None
    if bucket in _DAYS:
        end = value + timedelta(days=_DAYS[bucket])
    elif bucket in _MONTHS:
        end = _later(value, _MONTHS[bucket])
    else:
        return None
    return {"field": field, "op": "between", "value": [value.isoformat(), end.isoformat()]}


def _later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1, day=1)
