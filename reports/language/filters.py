"""Reading the report's filters and how they are combined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.catalog.paths import PathAmbiguous, route
from reports.language.binding import Names
from reports.language.conditions import (
    canonical_value,
    read_condition,
    read_operator,
    read_values,
)
from reports.language.logic import LogicError, all_of, parse_logic
from reports.language.measures import read_measure
from reports.language.problems import pointer, shown
from reports.language.report import Condition, Measure, MetricCondition
from reports.language.shape import Node
from reports.language.words import MAX_FILTERS


@dataclass(frozen=True)
class Filters:
    """The filters of a report; ``logic`` is in reverse Polish notation."""

    conditions: tuple[Condition | MetricCondition, ...]
    logic: tuple[int | str, ...]
    forms: tuple[Any, ...]
    logic_text: str | None


def read_filters(node: Node, names: Names) -> Filters:
    """The filters and their logic."""
    raws = node.items("filters", MAX_FILTERS)
    before = len(node.problems)
    conditions: list[Condition | MetricCondition] = []
    forms: list[Any] = []
    for number, raw in enumerate(raws):
        place = pointer(node.at("filters"), number)
        condition, form = _filter(raw, place, names)
        if condition:
            conditions.append(condition)
            forms.append(form)
    logic, text = _logic(node, len(raws))
    if len(node.problems) > before:
        logic = ()
    return Filters(tuple(conditions), logic, tuple(forms), text)


def _filter(
    raw: object, place: str, names: Names
) -> tuple[Condition | MetricCondition | None, dict[str, Any]]:
    if isinstance(raw, Mapping) and "metric" in raw:
        return _metric_filter(raw, place, names)
    return read_condition(raw, place, names, names.root.key)


def _metric_filter(
    raw: Mapping[str, Any], place: str, names: Names
) -> tuple[MetricCondition | None, dict[str, Any]]:
    node = Node(raw, place, names.problems, ("metric", "filters", "op", "value"))
    inner = {key: raw[key] for key in ("metric", "filters") if key in raw}
    if not isinstance(raw.get("metric"), str):
        node.refuse("metric", f"Expected the name of a metric, not {shown(raw.get('metric'))}.")
        return None, {}
    measure, form = read_measure(inner, place, names)
    if measure is None:
        return None, {}
    way = _way_to_root(node, names, form["metric"].split(".")[0])
    op = read_operator(node, measure.type)
    values = read_values(node, op, measure.type) if op else None
    if way is None or op is None or values is None:
        return None, {}
    del form["key"]
    form |= {"op": op} | canonical_value(op, values)
    named = Measure(form["metric"], measure.formula, measure.label, measure.type)
    return MetricCondition(named, way, op, values), form


def _way_to_root(node: Node, names: Names, entity: str) -> tuple[str, ...] | None:
    root = names.root.key
    if entity == root:
        message = f"The metric must belong to a child of {root}, of which each row has some."
        node.refuse("metric", message, "Use having for a measure of the root.", "NOT_A_CHILD")
        return None
    try:
        way = route(names.catalog, entity, root)
    except PathAmbiguous as error:
        message = f"{entity} can reach {root} in two ways: {error}."
        node.refuse("metric", message, code="AMBIGUOUS_PATH")
        return None
    if way is None:
        node.refuse("metric", f"{entity} doesn't belong to {root}.", code="NOT_A_CHILD")
    return way


def _logic(node: Node, filters: int) -> tuple[tuple[int | str, ...], str | None]:
    """The logic and its canonical text, which is None if all filters are ANDed."""
    if node.get("filterLogic") is None:
        return all_of(filters), None
    text = node.get("filterLogic")
    if not isinstance(text, str):
        node.refuse("filterLogic", f"Expected a text, not {shown(text)}.")
        return (), None
    if not text.strip() and filters == 0:
        return (), None
    try:
        logic = parse_logic(text, filters)
    except LogicError as error:
        node.refuse("filterLogic", str(error), error.hint, "FILTER_LOGIC")
        return (), None
    words = text.upper().replace("(", " ( ").replace(")", " ) ").split()
    canonical = " ".join(words).replace("( ", "(").replace(" )", ")")
    return logic, None if logic == all_of(filters) else canonical
