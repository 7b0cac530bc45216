"""Conditions on one value: true, false, or unknown (None)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from reports.catalog.model import FieldType
from tests.reports.oracle.calendar import DAY, Calendar, Span

RELATIVE = ("inLast", "inNext", "inCurrent", "inPrevious", "olderThan")
RANGES = ("lt", "lte", "gt", "gte", "between", *RELATIVE)
Truth = bool | None


def constant(value: Any, kind: FieldType, calendar: Calendar) -> Any:
    """A constant of the definition as a value of the field's type."""
    if isinstance(value, list):
        return [constant(v, kind, calendar) for v in value]
    if kind is FieldType.DATE and isinstance(value, str):
        return date.fromisoformat(value)
    if kind is FieldType.TIMESTAMP and isinstance(value, str):
        whole_day = len(value) == 10
        return calendar.instant(
            date.fromisoformat(value) if whole_day else datetime.fromisoformat(value)
        )
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    return Decimal(repr(value)) if isinstance(value, float) else value


def holds(left: Any, condition: dict[str, Any], kind: FieldType, calendar: Calendar) -> Truth:
    """Return the truth of: ``left op value``, the value being constants or a relative range."""
    op = condition["op"]
    if op in RELATIVE:
        value = condition["value"]
        span = calendar.span(op, value.get("n", 1), value["unit"])
        return inside(left, span, kind, calendar)
    if kind is FieldType.TIMESTAMP and op not in {"between", "isNull", "isNotNull"}:
        return _among_moments(left, op, condition.get("value"), calendar)
    return compared(left, op, constant(condition.get("value"), kind, calendar), kind)


def _among_moments(left: Any, op: str, value: Any, calendar: Calendar) -> Truth:
    """An instant against moments and whole local days: before, within or after each."""
    if left is None:
        return True if op in {"ne", "notIn"} else (None if value or op != "in" else False)
    places: list[int] = []
    for text in value if isinstance(value, list) else [value]:
        first = last = constant(text, FieldType.TIMESTAMP, calendar)
        if len(text) == 10:
            last = calendar.instant(date.fromisoformat(text) + DAY) - timedelta(microseconds=1)
        places.append(-1 if left < first else int(left > last))
    if op in {"in", "notIn"}:
        return (0 in places) == (op == "in")
    return _SIMPLE[op](places[0], 0)


def inside(left: Any, span: Span, kind: FieldType, calendar: Calendar) -> Truth:
    """Return the truth of: a date or an instant lies in a span of days."""
    if left is None or span.is_empty:
        return None
    lower: Any = span.lower
    upper: Any = span.upper
    if kind is FieldType.TIMESTAMP:
        lower = calendar.instant(lower) if lower else None
        upper = calendar.instant(upper) if upper else None
    return (lower is None or left >= lower) and (upper is None or left < upper)


def compared(left: Any, op: str, right: Any, kind: FieldType) -> Truth:
    """Return the truth of: ``left op right``; NULL equals nothing, and negations keep it."""
    if op in {"isNull", "isNotNull"}:
        return (left is None) == (op == "isNull")
    if op in {"isEmpty", "isNotEmpty"}:
        return (left is None or left == "") == (op == "isEmpty")
    if op in {"in", "notIn"}:
        return _among(left, right, is_in=op == "in")
    if left is None or (right is None and op not in {"isTrue", "isFalse"}):
        return True if op in {"ne", "notContains"} else None
    if op == "between":
        low, high = right
        return bool(low <= left and (left < high if kind.is_time else left <= high))
    return bool(_SIMPLE[op](left, right))


def _among(left: Any, right: list[Any], *, is_in: bool) -> Truth:
    if left is None and is_in:
        return None if right else False
    return (left in right) == is_in


def folded(text: str) -> str:
    """The text without regard to case and to how accents are encoded."""
    return unicodedata.normalize("NFC", text.lower())


_SIMPLE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "isTrue": lambda a, _: a is True,
    "isFalse": lambda a, _: a is False,
    "contains": lambda a, b: folded(b) in folded(a),
    "notContains": lambda a, b: folded(b) not in folded(a),
    "startsWith": lambda a, b: folded(a).startswith(folded(b)),
    "endsWith": lambda a, b: folded(a).endswith(folded(b)),
}


# -- how filters are put together

Tree = int | tuple[str, list["Tree"]]
"""The number of a filter, from 0; or AND or OR over parts."""


def parsed(logic: str | None, count: int) -> Tree:
    """The logic as a tree; without one, all filters are ANDed."""
    if not logic or not logic.strip():
        return "AND", list(range(count))
    tokens = re.findall(r"\d+|\(|\)|[A-Za-z]+", logic.upper())

    def either() -> Tree:
        return _joined("OR", tokens, both)

    def both() -> Tree:
        return _joined("AND", tokens, one)

    def one() -> Tree:
        token = tokens.pop(0)
        if token != "(":
            return int(token) - 1
        inner = either()
        tokens.pop(0)
        return inner

    return either()


def _joined(word: str, tokens: list[str], part: Callable[[], Tree]) -> Tree:
    parts = [part()]
    while tokens and tokens[0] == word:
        tokens.pop(0)
        parts.append(part())
    return parts[0] if len(parts) == 1 else (word, parts)


def truth(tree: Tree, of: Callable[[int], Truth]) -> Truth:
    """The logic over the truths of the single filters: unknown is neither true nor false."""
    if isinstance(tree, int):
        return of(tree)
    word, parts = tree
    found = [truth(part, of) for part in parts]
    if word == "AND":
        return False if False in found else None if None in found else True
    return True if True in found else None if None in found else False


def conjuncts(tree: Tree) -> Sequence[Tree]:
    """The parts that every row must meet."""
    if isinstance(tree, int) or tree[0] == "OR":
        return [tree]
    return [inner for part in tree[1] for inner in conjuncts(part)]


def numbers(tree: Tree) -> set[int]:
    """The filters that a part of the logic names."""
    if isinstance(tree, int):
        return {tree}
    return set().union(*(numbers(part) for part in tree[1]))
