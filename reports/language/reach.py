"""Reach: each measure's entity must see what the report groups and filters by.

A combination with no right answer is refused, and the message names what would work
(docs/report-reference.md#grain).
"""

from __future__ import annotations

from reports.catalog.paths import Path, is_same
from reports.language.binding import Names
from reports.language.filters import Filters
from reports.language.formulas import bases_of
from reports.language.logic import sole_conjuncts
from reports.language.problems import one_of, pointer
from reports.language.report import Condition, Dimension, Measure, TimeAxis, Window
from reports.language.shape import Node
from reports.language.words import RANGE_OPS, WINDOW_BUCKETS


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
        if not names.catalog.by_key[entity].time:
            names.problems.add("NO_MAIN_DATE", place, f"{entity} has no main date.")


def check_windows(
    node: Node,
    names: Names,
    time: TimeAxis | None,
    measures: tuple[Measure, ...],
    filters: Filters,
) -> None:
    """Note windows that don't fit the axis, and filters that a window can't look past."""
    for number, measure in enumerate(measures):
        place = pointer(node.at("measures"), number)
        for base in bases_of(measure.formula):
            if base.window is None or not base.window.looks_back:
                continue
            if time is not None:
                _check_axis(names, time, base.entity, base.window, place)
            _check_window_filters(names, filters, base.entity, base.window, place)


def _check_axis(names: Names, time: TimeAxis, entity: str, window: Window, place: str) -> None:
    if time.bucket not in WINDOW_BUCKETS:
        fits = one_of(WINDOW_BUCKETS)
        message = f"A measure that looks back can't be shown by {time.bucket}."
        names.problems.add("WRONG_BUCKET", place, message, fits)
        return
    if time.path is None:
        main = names.catalog.by_key[entity].time
        same = not window.path.hops and window.path.field.name == main
    else:
        seen = names.seen(time.path, entity, place)
        same = seen is not None and is_same(seen, window.path)
    if not same:
        message = f"The measure looks back along {window.path.text}, not along this axis."
        hint = f"Use {window.path.text} as the time."
        names.problems.add("WRONG_WINDOW", place, message, hint)


def _check_window_filters(
    names: Names, filters: Filters, entity: str, window: Window, place: str
) -> None:
    single = set(sole_conjuncts(filters.logic))
    for index, condition in enumerate(filters.conditions):
        if not isinstance(condition, Condition):
            continue
        seen = names.seen(condition.path, entity, place)
        if seen is None or not is_same(seen, window.path) or condition.op == "isNotNull":
            continue
        is_range = condition.op in RANGE_OPS and condition.other is None
        if not is_range or index not in single:
            message = (
                f"A measure that looks back along {window.path.text} needs filters on it that "
                "are ranges, each met by every row."
            )
            hint = "Join the filter by AND, and use between, lt, gte or a relative range."
            names.problems.add("WINDOW_FILTER", place, message, hint)


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
                    f"{entity} can't be grouped by {path.text} of {self._names.root.key}.",
                    hint,
                )

    def need_root(self, place: str) -> None:
        """Every measure's entity must belong to one row of the root."""
        for entity in self._entities:
            if not self._names.reaches_root(entity):
                self._names.problems.add(
                    "UNREACHABLE_FILTER",
                    place,
                    f"{entity} doesn't belong to {self._names.root.key}, so this filter doesn't "
                    "apply to it.",
                    self._separate(),
                )

    def _separate(self) -> str:
        return f"Ask for {', '.join(self._entities)} in a report of its own."
