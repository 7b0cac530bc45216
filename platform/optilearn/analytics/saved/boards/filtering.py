"""The values that shared filters can have, with the number of records behind each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from optilearn.analytics.services import answer_report
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.jsontext import read_json
from optilearn.core.text import words_of

MAX_VALUES: Final = 500
_GROUPED: Final = {
    "term": ("courses", "termCode", "courses.count"),
    "category": ("courses", "category", "courses.count"),
    "class": ("students", "className", "students.count"),
}


def filter_values(principal: Principal, name: str, text: str = "") -> list[dict[str, str]]:
    """The values of a shared filter in the principal's scope that contain all words of ``text``.

    Each is ``{value, label, note}``. Raises ``AppError``: NOT_FOUND for a filter without values.
    """
    words = words_of(text)
    if name == "course":
        return _courses(principal, words)
    if name in _GROUPED:
        return _groups(principal, words, *_GROUPED[name])
    raise not_found()


def _holding(words: Sequence[str], *fields: str) -> dict[str, Any]:
    """The part of a definition that asks for each word in one of the fields: of all there are."""
    if not words:
        return {}
    found = [{"field": f, "op": "contains", "value": word} for word in words for f in fields]
    count = len(fields)
    places = (range(start, start + count) for start in range(1, len(found) + 1, count))
    logic = " AND ".join(f"({' OR '.join(map(str, place))})" for place in places)
    return {"filters": found, "filterLogic": logic}


def _groups(
    principal: Principal, words: Sequence[str], entity: str, field: str, metric: str
) -> list[dict[str, str]]:
    definition = {
        "version": 1,
        "entity": entity,
        "mode": "categorical",
        "dimensions": [field],
        "measures": [metric],
        "limit": MAX_VALUES,
        **_holding(words, field),
    }
    rows = _rows(principal, definition)
    return [
        {"value": str(value), "label": str(value), "note": "" if count is None else str(count)}
        for value, count in rows
        if value is not None
    ]


def _courses(principal: Principal, words: Sequence[str]) -> list[dict[str, str]]:
    definition = {
        "version": 1,
        "entity": "courses",
        "mode": "rows",
        "columns": ["id", "title", "code"],
        "limit": MAX_VALUES,
        **_holding(words, "title", "code"),
    }
    return [
        {"value": str(number), "label": str(title), "note": str(code or "")}
        for number, title, code in _rows(principal, definition)
    ]


def _rows(principal: Principal, definition: dict[str, Any]) -> list[list[Any]]:
    answer = read_json(answer_report(principal=principal, definition=definition))
    rows: list[list[Any]] = answer["rows"]
    return rows
