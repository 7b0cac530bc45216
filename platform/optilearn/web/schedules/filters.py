"""The filters of a schedule: those that the report's author opened, or the dashboard's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from django.http import QueryDict
from django.utils.translation import gettext as _

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.saved.boards.selectors import board_detail
from optilearn.analytics.saved.labels import Labels
from optilearn.analytics.saved.selectors import readable_item
from optilearn.core.access.principal import Principal
from optilearn.core.jsontext import read_json

Row = dict[str, Any]
DATES: Final = "dateRange"
_NUMBERS: Final = frozenset({"integer", "decimal", "number", "float"})


@dataclass(frozen=True)
class Filters:
    """The values by the name of their field: one, or several with commas between.

    ``more`` are conditions that these fields can't say; they stay as they are.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    more: tuple[Mapping[str, Any], ...] = ()
    is_board: bool = False
    numbers: frozenset[str] = frozenset()
    """The fields whose values are numbers."""

    @classmethod
    def of_post(cls, post: QueryDict, item: Mapping[str, Any] | None) -> Self:
        """Read what the form sent."""
        values = {
            name.removeprefix("filter:"): str(post[name])[:2_000].replace("\x00", "")
            for name in post
            if name.startswith("filter:") and str(post[name]).strip()
        }
        more = _listed(post.get("filters_more", ""))
        return cls(values, more, bool(item and item["kind"] == "DASHBOARD"), _numbers(item))

    @classmethod
    def of_stored(cls, stored: Any, item: Mapping[str, Any] | None) -> Self:
        """Read what a schedule has."""
        if isinstance(stored, Mapping):
            values = {key: _range(v) if key == DATES else _joined(v) for key, v in stored.items()}
            return cls(values, (), is_board=True)
        values, more = {}, []
        for one in stored:
            is_plain = one["op"] in {"eq", "in"} and not isinstance(one.get("value"), Mapping)
            if is_plain and one["field"] not in values:
                values[one["field"]] = _joined(one["value"])
            else:
                more.append(one)
        return cls(values, tuple(more), is_board=False, numbers=_numbers(item))

    def data(self) -> Any:
        """Return them as the API has them."""
        if self.is_board:
            return {key: _value_of(key, text, self.numbers) for key, text in self.values.items()}
        plain = [
            _condition(path, _value_of(path, text, self.numbers))
            for path, text in self.values.items()
        ]
        return [*plain, *(dict(one) for one in self.more)]


def item_of(principal: Principal, item_id: str) -> Row | None:
    """Return the report or dashboard that a form names, with what it can be filtered by.

    ``{id, name, kind, isPublished, fields: [{name, label, type}]}``; None for nothing that the
    principal may read. Raises ``AppError`` NOT_FOUND.
    """
    if not (item_id.isascii() and item_id.isdecimal() and len(item_id) < 18):
        return None
    item = readable_item(principal, int(item_id))
    found = {
        "id": item.id,
        "name": item.name,
        "kind": str(item.kind),
        "isPublished": item.published_version is not None,
    }
    if item.kind == "DASHBOARD":
        filters = board_detail(principal, item_id)["filters"]
        fields = [{"name": f["key"], "label": f["title"], "type": "text"} for f in filters]
        return found | {"fields": fields}
    return found | {"fields": _reader_fields(item.body, item.entity)}


def shown_fields(item: Mapping[str, Any] | None, filters: Filters) -> list[Row]:
    """Return the fields of the form with their values."""
    fields = item["fields"] if item else []
    return [
        one | {"value": filters.values.get(one["name"], ""), "isRange": one["name"] == DATES}
        for one in fields
    ]


def ranges() -> list[tuple[str, str]]:
    """Return the ranges of dates that can be chosen for a dashboard."""
    return [
        ("7 day", _("the last 7 days")),
        ("30 day", _("the last 30 days")),
        ("90 day", _("the last 90 days")),
    ]


def _reader_fields(body: Mapping[str, Any], entity: str) -> list[Row]:
    catalog = current_catalog()
    labels = Labels(catalog, entity)
    return [
        {"name": path, "label": labels.field(path), "type": _type_of(catalog, entity, path)}
        for path in body.get("readerFilters", ())
    ]


def _type_of(catalog: Any, entity: str, path: str) -> str:
    *relations, name = path.split(".")
    at = catalog.by_key.get(entity)
    for step in relations:
        relation = at.relations_by_name.get(step) if at else None
        at = catalog.by_key.get(relation.to) if relation else None
    found = at.fields_by_name.get(name) if at else None
    return str(found.type) if found else "text"


def _numbers(item: Mapping[str, Any] | None) -> frozenset[str]:
    fields = item["fields"] if item else []
    return frozenset(f["name"] for f in fields if f["type"] in _NUMBERS)


def _value_of(name: str, text: str, numbers: frozenset[str]) -> Any:
    if name == DATES:
        count, _space, unit = text.partition(" ")
        number = int(count) if count.isascii() and count.isdecimal() else 30
        return {"op": "inLast", "value": {"n": number, "unit": unit or "day"}}
    parts = [part.strip() for part in text.split(",") if part.strip()]
    values = [_number(part) if name in numbers or name == "course" else part for part in parts]
    return values[0] if len(values) == 1 else values


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _condition(path: str, value: Any) -> Row:
    return {"field": path, "op": "in" if isinstance(value, list) else "eq", "value": value}


def _joined(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _range(value: Any) -> str:
    inner = value.get("value") if isinstance(value, Mapping) else None
    return f"{inner.get('n', 30)} {inner.get('unit', 'day')}" if isinstance(inner, Mapping) else ""


def _listed(text: str) -> tuple[Mapping[str, Any], ...]:
    try:
        found = read_json((text or "[]").encode(errors="surrogatepass"))
    except ValueError:
        return ()
    is_list = isinstance(found, list)
    return tuple(one for one in found if isinstance(one, dict)) if is_list else ()
