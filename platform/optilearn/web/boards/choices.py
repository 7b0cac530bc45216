"""A reader's choices on a dashboard, as they stand in its address."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from optilearn.analytics.saved.boards.choices import Choices, CrossFilter
from optilearn.core.errors import AppError, ErrorCode
from optilearn.web.formatting import day

MAX_TEXT: Final = 300
MAX_VALUES: Final = 50
"""Of one filter; the API takes as many."""
RANGES: Final[Mapping[str, Mapping[str, Any]]] = {
    "7d": {"op": "inLast", "value": {"n": 7, "unit": "day"}},
    "4w": {"op": "inLast", "value": {"n": 4, "unit": "week"}},
    "12w": {"op": "inLast", "value": {"n": 12, "unit": "week"}},
    "12m": {"op": "inLast", "value": {"n": 12, "unit": "month"}},
    "term": {"op": "inCurrent", "value": {"unit": "term"}},
    "year": {"op": "inCurrent", "value": {"unit": "year"}},
}
"""The ranges that are offered, by their names in the address."""
CROSS: Final = ("x", "xc", "xl")
"""The names of a cross-filter's tile, condition and label."""


@dataclass(frozen=True)
class Chip:
    """A choice that is in force, and the address without it."""

    label: str
    href: str


@dataclass(frozen=True)
class Chosen:
    """The choices in an address; ``label`` is that of the cross-filter, as it was clicked."""

    choices: Choices = field(default_factory=Choices)
    label: str = ""
    as_of: str | None = None

    @property
    def is_narrowed(self) -> bool:
        """True if something is chosen."""
        return bool(self.choices.filters or self.choices.cross or self.as_of)


def range_names() -> dict[str, str]:
    """The names of the ranges, in the reader's language."""
    return {
        "7d": _("Last 7 days"),
        "4w": _("Last 4 weeks"),
        "12w": _("Last 12 weeks"),
        "12m": _("Last 12 months"),
        "term": _("This term"),
        "year": _("This year"),
    }


def chosen_in(query: QueryDict, filters: Sequence[Mapping[str, Any]]) -> Chosen:
    """Read the choices of a dashboard with these shared filters.

    Raises ``AppError`` VALIDATION_ERROR for a date or condition that isn't one.
    """
    found: dict[str, Any] = {}
    for one in filters:
        key = one["key"]
        value = _range(query) if key == "dateRange" else _value(query, key)
        if value is not None:
            found[key] = value
    cross, label = _cross(query)
    return Chosen(Choices(found, cross), label, query.get("asOf", "")[:100] or None)


def values_in(query: QueryDict, key: str) -> list[str]:
    """The values of a filter as they stand in an address: its name once for each of them."""
    texts = (text.strip()[:MAX_TEXT] for text in query.getlist(key))
    return list(dict.fromkeys(text for text in texts if text))[:MAX_VALUES]


def _value(query: QueryDict, key: str) -> str | int | list[str] | list[int] | None:
    """One value as itself, so that it asks what a single choice always asked; several as a list."""
    texts = values_in(query, key)
    if key != "course":
        return texts if len(texts) > 1 else next(iter(texts), None)
    if not all(text.isascii() and text.isdecimal() and len(text) <= 18 for text in texts):
        raise _refused(_("Choose the course from the list."))
    numbers = list(map(int, texts))
    return numbers if len(numbers) > 1 else next(iter(numbers), None)


def _range(query: QueryDict) -> Mapping[str, Any] | None:
    name = query.get("range", "")
    if name in RANGES:
        return RANGES[name]
    start, end = _day(query, "from"), _day(query, "to")
    if start is None and end is None:
        return None
    if end is None:
        return {"op": "gte", "value": str(start)}
    after = str(end + timedelta(days=1)) if end < date.max else str(end)
    if start is None:
        return {"op": "lt", "value": after}
    if end < start:
        raise _refused(_("The end is before the beginning. Choose a later end."))
    return {"op": "between", "value": [str(start), after]}


def _day(query: QueryDict, name: str) -> date | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _refused(_("A date is written as 2026-01-31.")) from error


def _cross(query: QueryDict) -> tuple[CrossFilter | None, str]:
    tile, text = (query.get(name, "") for name in CROSS[:2])
    if not tile or not text:
        return None, ""
    try:
        condition = json.loads(text[:4_000])
    except (ValueError, RecursionError) as error:
        raise _refused(_("This address is damaged. Remove the filter and try again.")) from error
    known = {"field", "op", "value"}
    names = {"field", "op"}
    if not isinstance(condition, dict) or not names <= set(condition) <= known:
        raise _refused(_("This address is damaged. Remove the filter and try again."))
    value = condition.get("value")
    constants = value if isinstance(value, list) else [value]
    is_known = all(isinstance(condition[name], str) for name in names)
    if not is_known or any(isinstance(one, list | dict) for one in constants):
        raise _refused(_("This address is damaged. Remove the filter and try again."))
    return CrossFilter(tile[:60], condition), query.get(CROSS[2], "")[:MAX_TEXT]


def chips_of(
    query: QueryDict, filters: Sequence[Mapping[str, Any]], labels: Mapping[str, Mapping[str, str]]
) -> list[Chip]:
    """The choices in force as chips, one for each value.

    ``labels`` are names of values that the address has not, by filter and value.
    """
    found = []
    for one in filters:
        key, title = one["key"], one["title"]
        if key == "dateRange":
            text = _range_text(query)
            if text:
                found.append(Chip(f"{title}: {text}", _without(query, "range", "from", "to")))
        else:
            named = labels.get(key, {})
            found += [
                Chip(f"{title}: {named.get(value, value)}", _without_value(query, key, value))
                for value in values_in(query, key)
            ]
    if query.get(CROSS[0]) and query.get(CROSS[1]):
        found.append(Chip(query.get(CROSS[2]) or _("Clicked value"), _without(query, *CROSS)))
    if query.get("asOf"):
        found.append(
            Chip(_("As of %(moment)s") % {"moment": query["asOf"]}, _without(query, "asOf"))
        )
    return found


def _range_text(query: QueryDict) -> str:
    name = query.get("range", "")
    if name in RANGES:
        return range_names()[name]
    start, end = _day(query, "from"), _day(query, "to")
    if start and end:
        return f"{day(start)} – {day(end)}"
    if start:
        return _("from %(day)s") % {"day": day(start)}
    return _("until %(day)s") % {"day": day(end)} if end else ""


def _without(query: QueryDict, *names: str) -> str:
    rest = query.copy()
    for name in names:
        rest.pop(name, None)
    return "?" + rest.urlencode()


def _without_value(query: QueryDict, key: str, value: str) -> str:
    rest = query.copy()
    rest.setlist(key, [one for one in values_in(query, key) if one != value])
    return "?" + rest.urlencode()


def _refused(message: str) -> AppError:
    return AppError(ErrorCode.VALIDATION_ERROR, message)
