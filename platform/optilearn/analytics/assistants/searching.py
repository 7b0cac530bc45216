"""Finding what can be asked: entities, fields and metrics by the words of their labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

MAX_FOUND: Final = 60


def search(catalog: Mapping[str, Any], query: str, entity: str | None) -> dict[str, Any]:
    """Return what has all words of the query; without words, all entities, or all of one.

    At most ``MAX_FOUND`` are listed, with the number of all.
    """
    words = query.lower().split()
    entries = list(_entries(catalog, entity, with_parts=bool(words) or entity is not None))
    found = [entry for entry in entries if all(word in _text(entry) for word in words)]
    return {"found": found[:MAX_FOUND], "count": len(found)}


def _entries(
    catalog: Mapping[str, Any], entity: str | None, *, with_parts: bool
) -> Iterator[dict[str, Any]]:
    for one in catalog["entities"]:
        if entity is not None and one["key"] != entity:
            continue
        key = one["key"]
        yield {
            "kind": "entity",
            "name": key,
            "label": one["label"],
            "row": one["rowLabel"],
            "time": one["time"],
            "startsReports": one["isRoot"],
            "relations": {relation["name"]: relation["to"] for relation in one["relations"]},
        }
        if not with_parts:
            continue
        for field in one["fields"]:
            facts = {name: field[name] for name in ("label", "description", "type", "unit", "pii")}
            yield {"kind": "field", "entity": key, "name": field["name"]} | facts
        for metric in one["metrics"]:
            facts = {name: metric[name] for name in ("label", "description", "unit", "additivity")}
            yield {"kind": "metric", "entity": key, "name": metric["name"]} | facts


def _text(entry: Mapping[str, Any]) -> str:
    names = ("name", "entity", "label", "description", "row")
    return " ".join(str(entry.get(name) or "") for name in names).lower()
