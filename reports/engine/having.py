"""Conditions on finished values, for the one case in which SQL can't be asked.

Where small cells are hidden, groups are chosen after the hiding: a condition on a hidden
number would tell it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final

from reports.contracts import Cell
from reports.language.report import Having

_COMPARISONS: Final = MappingProxyType(
    {
        "eq": lambda value, one: value == one,
        "lt": lambda value, one: value < one,
        "lte": lambda value, one: value <= one,
        "gt": lambda value, one: value > one,
        "gte": lambda value, one: value >= one,
        "contains": lambda value, one: _folded(one) in _folded(value),
        "startsWith": lambda value, one: _folded(value).startswith(_folded(one)),
        "endsWith": lambda value, one: _folded(value).endswith(_folded(one)),
    }
)
_NEGATIONS: Final = MappingProxyType({"ne": "eq", "notContains": "contains"})


def passes(having: Having, value: Cell) -> bool:
    """Whether a visible value meets the condition; NULL equals nothing, negations keep it."""
    op, values = having.op, having.values
    if op in _NEGATIONS:
        return value is None or not _compare(_NEGATIONS[op], value, values[0])
    if op in {"isNull", "isEmpty"}:
        return value is None or (op == "isEmpty" and value == "")
    if op == "notIn":
        return value is None or value not in values
    if value is None:
        return False
    return _of_known(op, value, values)


def _of_known(op: str, value: Cell, values: tuple[Any, ...]) -> bool:
    match op:
        case "isNotNull":
            return True
        case "isNotEmpty":
            return bool(value != "")
        case "in":
            return value in values
        case "between":
            return _compare("gte", value, values[0]) and _compare("lte", value, values[1])
        case "isTrue" | "isFalse":
            return value is (op == "isTrue")
        case _:
            return _compare(op, value, values[0])


def _compare(op: str, value: Cell, one: object) -> bool:
    compare: Callable[[object, object], bool] = _COMPARISONS[op]
    return value is not None and bool(compare(value, one))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.lower())
