"""Reading what moves or widens the rows of a measure: windows and offsets."""

from __future__ import annotations

from typing import Any, Final

from reports.catalog.model import FieldType
from reports.catalog.paths import Path
from reports.language.binding import Names
from reports.language.problems import pointer
from reports.language.report import Shift, Window
from reports.language.shape import Node
from reports.language.words import MAX_UNITS

WINDOW_KEYS: Final = ("trailing", "toDate", "semiAdditive")
OFFSET_UNITS: Final = ("day", "week", "month", "quarter", "year", "term")
WINDOW_UNITS: Final = ("hour", *OFFSET_UNITS)
TO_DATE_UNITS: Final = ("hour", *OFFSET_UNITS, "all")
MAX_BY: Final = 8


def read_window(node: Node, names: Names, entity: str) -> tuple[Window | None, dict[str, Any]]:
    """The window of a measure, and the part of its canonical form that says so."""
    found = [key for key in WINDOW_KEYS if node.has(key)]
    if len(found) > 1:
        node.refuse(found[1], f"A measure has {found[0]} or {found[1]}, not both.", code="CLASH")
    if not found:
        return None, {}
    readers = {"trailing": _trailing, "toDate": _to_date, "semiAdditive": _semi_additive}
    window, form = readers[found[0]](node, names, entity)
    return window, {found[0]: form}


def _trailing(node: Node, names: Names, entity: str) -> tuple[Window | None, Any]:
    keys = ("field", "n", "unit")
    inner = Node(node.get("trailing"), node.at("trailing"), node.problems, keys)
    path = _date(inner, names, entity, "field")
    n = inner.integer("n", 1, MAX_UNITS, needed=True)
    unit = inner.choice("unit", WINDOW_UNITS) if inner.ok else None
    if path is None or n is None or unit is None or not _has_hours(inner, path, unit):
        return None, None
    return Window("trailing", path, unit, n), {"field": path.text, "n": n, "unit": unit}


def _to_date(node: Node, names: Names, entity: str) -> tuple[Window | None, Any]:
    inner = Node(node.get("toDate"), node.at("toDate"), node.problems, ("field", "unit"))
    path = _date(inner, names, entity, "field")
    unit = inner.choice("unit", TO_DATE_UNITS) if inner.ok else None
    if path is None or unit is None or not _has_hours(inner, path, unit):
        return None, None
    return Window("toDate", path, unit), {"field": path.text, "unit": unit}


def _semi_additive(node: Node, names: Names, entity: str) -> tuple[Window | None, Any]:
    place = node.at("semiAdditive")
    inner = Node(node.get("semiAdditive"), place, node.problems, ("over", "take", "by"))
    path = _date(inner, names, entity, "over")
    edge = inner.choice("take", ("last", "first"), default="last") if inner.ok else None
    before = len(node.problems)
    by: list[Path] = []
    for number, raw in enumerate(inner.items("by", MAX_BY)):
        at = pointer(inner.at("by"), number)
        text = inner.checked_text(raw, at)
        found = names.path(text, at, entity) if text is not None else None
        if found:
            by.append(found)
    if path is None or edge is None or len(node.problems) > before:
        return None, None
    form = {"over": path.text, "take": edge, "by": [p.text for p in by]}
    kind = "last" if edge == "last" else "first"
    return Window(kind, path, by=tuple(by)), form  # type: ignore[arg-type]  # one of the two


def _has_hours(inner: Node, path: Path, unit: str) -> bool:
    if unit != "hour" or path.field.type is FieldType.TIMESTAMP:
        return True
    inner.refuse("unit", f"{path.text} is a date: it has no hours.", code="WRONG_UNIT")
    return False


def _date(inner: Node, names: Names, entity: str, key: str) -> Path | None:
    text = inner.text(key, needed=True)
    found = names.path(text, inner.at(key), entity) if text is not None else None
    if found is not None and not found.field.type.is_time:
        inner.refuse(key, f"{found.text} is a {found.field.type.value}, not a date.")
        return None
    return found


def read_offset(node: Node) -> tuple[Shift | None, dict[str, Any]]:
    """The offset of a measure, and the part of its canonical form that says so."""
    if not node.has("offset"):
        return None, {}
    inner = Node(node.get("offset"), node.at("offset"), node.problems, ("n", "unit"))
    n = inner.integer("n", 1, MAX_UNITS, needed=True)
    unit = inner.choice("unit", OFFSET_UNITS) if inner.ok else None
    if n is None or unit is None:
        return None, {}
    return Shift(n, unit), {"offset": {"n": n, "unit": unit}}
