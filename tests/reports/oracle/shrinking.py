"""Making a failing definition smaller while it still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Wire = dict[str, Any]
_LISTS = ("filters", "measures", "dimensions", "having", "sort", "columns")
_SINGLE = ("limit", "totals", "compare", "filterLogic")


def smallest(definition: Wire, fails: Callable[[Wire], bool]) -> Wire:
    """A smaller definition that fails too; ``fails`` may also mean "is refused": not so."""
    shrunk = True
    while shrunk:
        shrunk = False
        for candidate in _smaller(definition):
            if fails(candidate):
                definition, shrunk = candidate, True
                break
    return definition


def _smaller(definition: Wire) -> Iterator[Wire]:
    for key in _SINGLE:
        if key in definition:
            yield {k: v for k, v in definition.items() if k != key}
    for key in _LISTS:
        items = definition.get(key) or []
        if key == "filters" and "filterLogic" in definition:
            continue
        for number in range(len(items)):
            yield definition | {key: items[:number] + items[number + 1 :]}
    for number, measure in enumerate(definition.get("measures") or []):
        if isinstance(measure, dict) and measure.get("filters"):
            less = {k: v for k, v in measure.items() if k != "filters"}
            measures = list(definition["measures"])
            yield definition | {"measures": [*measures[:number], less, *measures[number + 1 :]]}
    if (definition.get("time") or {}).get("fill"):
        yield definition | {"time": definition["time"] | {"fill": False}}
