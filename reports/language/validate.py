"""From a JSON document to a report: every problem is noted, not only the first."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from reports.catalog.model import Catalog, Entity
from reports.catalog.paths import Path
from reports.errors import Problem, ReportInvalid
from reports.language.axes import read_dimensions, read_shown_fields, read_time
from reports.language.binding import Names
from reports.language.comparison import (
    has_shift,
    previous_period,
    read_compare,
    shifted_dates,
)
from reports.language.conditions import (
    canonical_value,
    read_operator,
    read_relative,
    read_values,
)
from reports.language.filters import Filters, read_filters
from reports.language.measures import read_measure
from reports.language.problems import Problems, did_you_mean, pointer, shown
from reports.language.reach import check_reach, check_windows
from reports.language.report import Compare, Having, Measure, Report, Sort, TimeAxis
from reports.language.shape import Node
from reports.language.values import BadValue, canonical
from reports.language.values import number as read_number
from reports.language.words import (
    CHARTS,
    MAX_HAVING,
    MAX_LIMIT,
    MAX_MEASURES,
    MAX_SORTS,
    MODES,
    TIME_OPS,
    TOP_KEYS,
    TOTALS,
)

MAX_BYTES: Final = 1_000_000
"""Of a definition, as JSON in UTF-8."""


def validate_definition(definition: Mapping[str, Any], catalog: Catalog) -> Report:
    """The definition checked, completed and bound to the catalog.

    Raises :class:`~reports.errors.ReportInvalid`.
    """
    problems = Problems()
    check_size(definition)
    node = Node(definition, "", problems, TOP_KEYS)
    problems.raise_if_any() if not node.ok else None
    _version(node)
    mode = node.choice("mode", MODES)
    entity = _entity(node, catalog)
    if entity is None or mode is None:
        problems.raise_if_any()
    assert entity is not None
    assert mode is not None
    return _Reader(node, Names(catalog, entity, problems), mode).read()


def check_size(definition: Mapping[str, Any]) -> None:
    """Refuse a definition of more than :data:`MAX_BYTES` of JSON in UTF-8."""
    try:
        text = json.dumps(definition, ensure_ascii=False, separators=(",", ":"), default=str)
    except (TypeError, ValueError, RecursionError):
        return  # its faults are reported with their places
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        message = "A definition may have 1 MB of JSON at most."
        raise ReportInvalid([Problem("TOO_LONG", "", message, "Use fewer or wider conditions.")])


def _version(node: Node) -> None:
    version = node.get("version")
    if version is None:
        node.refuse("version", 'The key "version" is required.', "It is 1.", "MISSING")
    elif isinstance(version, bool) or version != 1:
        node.refuse("version", f"There is no version {shown(version)}.", "It is 1.", "WRONG_VALUE")


def _entity(node: Node, catalog: Catalog) -> Entity | None:
    text = node.text("entity", needed=True)
    if text is None:
        return None
    found = catalog.roots.get(text)
    if found is None:
        hint = did_you_mean(text, catalog.roots)
        node.refuse("entity", f"There is no entity {shown(text)}.", hint, "UNKNOWN_ENTITY")
    return found


class _Reader:
    """Reads the parts of one definition, in the order of the canonical form."""

    def __init__(self, node: Node, names: Names, mode: str) -> None:
        self.node = node
        self.names = names
        self.mode = mode
        self.form: dict[str, Any] = {"version": 1, "entity": names.root.key, "mode": mode}

    def read(self) -> Report:
        """The whole report."""
        self._only_of_mode()
        columns, self.form["columns"] = read_shown_fields(self.node, self.names, self.mode)
        dimensions, self.form["dimensions"] = read_dimensions(self.node, self.names, self.mode)
        time, self.form["time"] = read_time(self.node, self.names, self.mode)
        measures = self._measures()
        filters = read_filters(self.node, self.names)
        self.form |= {"filters": list(filters.forms), "filterLogic": filters.logic_text}
        if self.mode == "categorical" and not dimensions and not measures:
            self._needs_something()
        names = [c.key for c in columns] + [d.key for d in dimensions] + [m.key for m in measures]
        self._unique(([time.key] if time else []) + names)
        check_reach(self.node, self.names, dimensions, time, measures, filters)
        check_windows(self.node, self.names, time, measures, filters)
        compare, shifted = self._compare(time, measures, filters)
        having = self._having(measures)
        sort = self._sort(([time.key] if time else []) + names, measures)
        limit, totals = self._limit(), self._totals()
        self.form["asOf"] = self.node.text("asOf")
        self._chart()
        self.names.problems.raise_if_any()
        return Report(
            definition=self.form,
            digest=digest_of(self.form),
            catalog_digest=self.names.catalog.digest,
            entity=self.names.root.key,
            mode=self.mode,  # type: ignore[arg-type]  # one of MODES, as choice() has checked
            columns=columns,
            dimensions=dimensions,
            time=time,
            measures=measures,
            filters=filters.conditions,
            logic=filters.logic,
            having=having,
            sort=sort,
            limit=limit,
            totals=totals,
            compare=compare,
            as_of=self.form["asOf"],
            shifted=shifted,
        )

    def _only_of_mode(self) -> None:
        foreign = {
            "rows": ("dimensions", "time", "measures", "having"),
            "categorical": ("columns", "time"),
            "temporal": ("columns",),
        }[self.mode]
        for key in foreign:
            if self.node.get(key) not in (None, [], {}):
                message = f"{key} has no meaning in the mode {self.mode}."
                self.node.refuse(key, message, code="WRONG_MODE")
        if self.mode == "rows" and self.node.get("totals") not in (None, "none"):
            message = "Rows have no totals."
            self.node.refuse("totals", message, "Use the mode categorical.", "WRONG_MODE")

    def _needs_something(self) -> None:
        if len(self.names.problems) == 0:
            message = "The report asks for nothing. Give dimensions, measures or both."
            self.names.problems.add("MISSING", "/measures", message)

    def _measures(self) -> tuple[Measure, ...]:
        found: list[Measure] = []
        forms: list[Any] = []
        if self.mode != "rows":
            for number, raw in enumerate(self.node.items("measures", MAX_MEASURES)):
                place = pointer(self.node.at("measures"), number)
                earlier = {m.key: m for m in found}
                measure, form = read_measure(raw, place, self.names, earlier)
                if measure:
                    found.append(measure)
                    forms.append(form)
        self.form["measures"] = forms
        return tuple(found)

    def _unique(self, keys: list[str]) -> None:
        for key, count in Counter(keys).items():
            if count > 1:
                self.names.problems.add(
                    "DUPLICATE_KEY",
                    "",
                    f"{count} columns have the key {shown(key)}.",
                    'Give a measure a "key" of its own.',
                )

    def _having(self, measures: tuple[Measure, ...]) -> tuple[Having, ...]:
        by_key = {m.key: m for m in measures}
        found: list[Having] = []
        forms: list[Any] = []
        raws = [] if self.mode == "rows" else self.node.items("having", MAX_HAVING)
        for number, raw in enumerate(raws):
            place = pointer(self.node.at("having"), number)
            node = Node(raw, place, self.names.problems, ("measure", "op", "value"))
            key = node.text("measure", needed=True)
            if key is None:
                continue
            if key not in by_key:
                hint = did_you_mean(key, by_key) if by_key else ""
                node.refuse(
                    "measure", f"There is no measure {shown(key)}.", hint, "UNKNOWN_MEASURE"
                )
                continue
            if by_key[key].calc is not None:
                hint = "Calculations come after having; filter by the measure they are made of."
                message = f"{key} is a calculation."
                node.refuse("measure", message, hint, "HAVING_CALC")
                continue
            op = read_operator(node, by_key[key].type)
            if op in TIME_OPS:
                relative, value = read_relative(node, op)
                if relative is not None:
                    found.append(Having(key, op, relative=relative))
                    forms.append({"measure": key, "op": op, "value": value})
                continue
            values = read_values(node, op, by_key[key].type) if op else None
            if op is not None and values is not None:
                found.append(Having(key, op, values))
                forms.append({"measure": key, "op": op} | canonical_value(op, values))
        self.form["having"] = forms
        return tuple(found)

    def _compare(
        self, time: TimeAxis | None, measures: tuple[Measure, ...], filters: Filters
    ) -> tuple[Compare | None, tuple[Path, ...]]:
        compare, self.form["compare"] = read_compare(self.node, self.names, self.mode)
        is_in_time = compare is not None and compare.to != "snapshot"
        if is_in_time and not measures and len(self.names.problems) == 0:
            message = "There is no measure to compare."
            self.names.problems.add("MISSING", "/measures", message)
        if not is_in_time and not has_shift(measures):
            return compare, ()
        place = self.node.at("compare" if is_in_time else "measures")
        shifted = shifted_dates(self.names, time, filters, place)
        if compare is None or compare.to != "previousPeriod" or not shifted:
            return compare, shifted
        shift, days = previous_period(filters.conditions, shifted, time)
        if shift is None and days is None:
            message = "The filters leave the period open, so there is no period before it."
            hint = "Give it a start and an end, or use previousYear or previousTerm."
            self.names.problems.add("NO_DATE", place, message, hint)
        return replace(compare, shift=shift, days=days), shifted

    def _sort(self, keys: list[str], measures: tuple[Measure, ...]) -> tuple[Sort, ...]:
        ordered = {m.key for m in measures if m.calc and m.calc.needs_order}
        found: list[Sort] = []
        for number, raw in enumerate(self.node.items("sort", MAX_SORTS)):
            place = pointer(self.node.at("sort"), number)
            node = Node(raw, place, self.names.problems, ("by", "dir"))
            by = node.text("by", needed=True)
            direction = node.choice("dir", ("asc", "desc"), default="asc")
            if by is not None and by not in keys:
                hint = did_you_mean(by, keys) if keys else ""
                node.refuse("by", f"There is no column {shown(by)}.", hint, "UNKNOWN_COLUMN")
            elif by in ordered and self.mode == "categorical":
                message = f"{by} is calculated in the report's order, which it can't decide."
                node.refuse("by", message, "Sort by another column.", "SORT_BY_CALC")
            elif by is not None and direction is not None:
                found.append(Sort(by, direction == "desc"))
        self.form["sort"] = [{"by": s.by, "dir": "desc" if s.descending else "asc"} for s in found]
        return tuple(found)

    def _limit(self) -> int | None:
        self.form["limit"] = self.node.integer("limit", 1, MAX_LIMIT)
        return self.form["limit"]  # type: ignore[no-any-return]  # the dict holds any JSON

    def _totals(self) -> str:
        totals = self.node.choice("totals", TOTALS, default="none") or "none"
        self.form["totals"] = totals
        return totals

    def _chart(self) -> None:
        if not self.node.has("chart"):
            self.form["chart"] = None
            return
        raw = self.node.get("chart")
        chart = Node(raw, self.node.at("chart"), self.names.problems, ("type", "goal"))
        kind = chart.choice("type", CHARTS)
        goal = None
        if chart.has("goal"):
            try:
                goal = canonical(read_number(chart.get("goal")))
            except BadValue as error:
                chart.refuse("goal", str(error))
        self.form["chart"] = {"type": kind, "goal": goal}


def digest_of(form: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a definition."""
    text = json.dumps(form, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
