"""Whether each measure's entity can see what the report groups and filters by.

A combination with no right answer is refused, and the message names what would work
(report-dsl.md §2.1 and §2.3).
"""

from __future__ import annotations

from reports.catalog.paths import Path
from reports.language.binding import Names
from reports.language.filters import Filters
from reports.language.measures import bases_of
from reports.language.problems import pointer
from reports.language.report import Condition, Dimension, Measure, TimeAxis
from reports.language.shape import Node


def check_reach(
    node: Node,
    names: Names,
    dimensions: tuple[Dimension, ...],
    time: TimeAxis | None,
    measures: tuple[Measure, ...],
    filters: Filters,
) -> None:
    """Note what no measure's entity can see."""
    entities = {base.entity for m in measures for base in bases_of(m.formula)}
    others = tuple(sorted(entities - {names.root.key}))
    reach = _Reach(names, others)
    for index, dimension in enumerate(dimensions):
        reach.need(dimension.path, pointer(node.at("dimensions"), index), "dimension")
    _check_time(node, names, time, reach, entities)
    for index, condition in enumerate(filters.conditions):
        place = pointer(node.at("filters"), index)
        if isinstance(condition, Condition):
            reach.need(condition.path, place, "filter")
            if condition.other:
                reach.need(condition.other, place, "filter")
        else:
            reach.need_root(place)


def _check_time(
    node: Node, names: Names, time: TimeAxis | None, reach: _Reach, entities: set[str]
) -> None:
    if time is None:
        return
    place = pointer(node.at("time"), "field")
    if time.path is not None:
        reach.need(time.path, place, "time")
        return
    for entity in sorted(entities or {names.root.key}):
        if not names.catalogue.by_key[entity].time:
            names.problems.add("NO_MAIN_DATE", place, f"{entity} has no main date.")


class _Reach:
    def __init__(self, names: Names, entities: tuple[str, ...]) -> None:
        self._names = names
        self._entities = entities

    def need(self, path: Path, place: str, what: str) -> None:
        """Every measure's entity must see ``path``."""
        for entity in self._entities:
            before = len(self._names.problems)
            seen = self._names.seen(path, entity, place)
            if seen is None and len(self._names.problems) == before:
                fits = self._names.shared_dimensions(set(self._entities))
                hint = f"These would work: {', '.join(fits)}." if fits else self._separate()
                self._names.problems.add(
                    f"UNREACHABLE_{what.upper()}",
                    place,
                    f"{entity} can't be told apart by {path.text} of {self._names.root.key}.",
                    hint,
                )

    def need_root(self, place: str) -> None:
        """Every measure's entity must belong to one row of the root."""
        for entity in self._entities:
            if not self._names.reaches_root(entity):
                self._names.problems.add(
                    "UNREACHABLE_FILTER",
                    place,
                    f"{entity} doesn't belong to a row of {self._names.root.key}, so this filter "
                    "can't choose among its rows.",
                    self._separate(),
                )

    def _separate(self) -> str:
        return f"Ask for {', '.join(self._entities)} in a report of its own."
