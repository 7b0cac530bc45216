"""The choices of a dashboard, put into the definition of each tile that can take them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboards.messages import Locale, Message, say
from dashboards.presets.model import Definition, FilterKind, Tile
from dashboards.presets.shorthand import FILTERS
from reports.api import Catalog, validate
from reports.errors import Problem, ReportInvalid

Value = str | int | list[str] | list[int] | Mapping[str, Any]
"""One value or several; of a range of dates, ``{"op": …, "value": …}`` as the language has it."""

_PATHS: Final[Mapping[str, tuple[str, ...]]] = {
    "term": ("course.termCode", "termCode", "assignment.course.termCode"),
    "category": ("course.category", "category", "assignment.course.category"),
    "class": ("student.className", "className"),
    "course": ("courseId",),
}
_OF_ENROLLMENT: Final[Mapping[str, str]] = {
    "term": "course.termCode",
    "category": "course.category",
    "course": "courseId",
}
"""The conditions of a student: "with an enrollment in this term"."""


@dataclass(frozen=True)
class Skipped:
    """A choice that doesn't touch a tile, whose records have no such field."""

    key: FilterKind
    entity: str
    """The label of the entity that the tile counts."""

    def reason(self, locale: Locale) -> str:
        """Return the reason for the reader."""
        words = {"entity": self.entity, "filter": FILTERS[self.key].in_(locale)}
        return say(locale, Message.FILTER_SKIPPED, **words)


@dataclass(frozen=True)
class Filtered:
    """A tile's definition with the choices in it."""

    definition: Definition
    applied: tuple[FilterKind, ...]
    skipped: tuple[Skipped, ...]


def with_filters(tile: Tile, filters: Mapping[FilterKind, Value], catalog: Catalog) -> Filtered:
    """The tile's definition, restricted by each choice that every one of its measures reaches.

    A tile of students takes a term, category or course as "with an enrollment there" (one
    enrollment that meets all of them). What
    a tile can't be restricted by is left out and listed in ``skipped``. A chosen range of
    dates brings the comparison with the period before, where the tile asks for it.
    """
    filtered = dict(tile.definition)
    known = _problems(filtered, catalog)
    own = len(filtered.get("filters", ()))
    applied: list[FilterKind] = []
    skipped: list[Skipped] = []
    for key, value in filters.items():
        tried = (_restricted(filtered, c, own) for c in _conditions(tile, key, value, catalog))
        found = next((t for t in tried if _problems(t, catalog) <= known), None)
        if found is None:
            label = catalog.by_key[filtered["entity"]].label
            skipped.append(Skipped(key, label))
        else:
            filtered = found
            applied.append(key)
    if tile.compares and "dateRange" in applied:
        compared = filtered | {"compare": {"to": "previousPeriod"}}
        filtered = compared if _problems(compared, catalog) <= known else filtered
    return Filtered(filtered, tuple(applied), tuple(skipped))


def _conditions(
    tile: Tile, key: FilterKind, value: Value, catalog: Catalog
) -> Iterator[dict[str, Any]]:
    """The ways to say it, best first."""
    entity = tile.definition["entity"]
    if key == "dateRange":
        field = tile.date or catalog.by_key[entity].time
        if field and isinstance(value, Mapping):
            yield {"field": field, **value}
        return
    wanted = {"op": "in" if isinstance(value, list) else "eq", "value": value}
    if key == "course" and entity == "courses":
        yield {"field": "id"} | wanted
    for path in _PATHS[key]:
        yield {"field": path} | wanted
    if entity == "students" and key in _OF_ENROLLMENT:
        inner = {"field": _OF_ENROLLMENT[key]} | wanted
        yield {"metric": "enrollments.count", "filters": [inner], "op": "gt", "value": 0}


def is_closed(logic: object) -> bool:
    """Return True unless a logic closes a bracket that it didn't open: ``1) OR (2``.

    Such a one isn't valid, and must not become so by brackets around it.
    """
    depth = 0
    for character in logic if isinstance(logic, str) else "":
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return False
    return True


def _restricted(definition: Definition, condition: Mapping[str, Any], own: int) -> Definition:
    """One more filter that every row must meet, whatever the logic of the others.

    ``own`` is the number of the tile's own filters, which stay as they are.
    """
    filters = list(definition.get("filters", ()))
    last = filters[-1] if len(filters) > own else {}
    if "metric" in condition and {**last, "filters": []} == {**condition, "filters": []}:
        both = [*last["filters"], *condition["filters"]]
        return definition | {"filters": [*filters[:-1], last | {"filters": both}]}
    filters.append(dict(condition))
    filtered = definition | {"filters": filters}
    logic = definition.get("filterLogic")
    if logic and is_closed(logic):
        filtered["filterLogic"] = f"({logic}) AND {len(filters)}"
    return filtered


def _problems(definition: Definition, catalog: Catalog) -> frozenset[Problem]:
    try:
        validate(definition, catalog)
    except ReportInvalid as error:
        return frozenset(error.problems)
    return frozenset()
