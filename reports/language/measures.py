"""Reading measures: metrics, ad-hoc aggregates, ratios, formulas and calculations."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from reports.catalog.model import Aggregate, Declared, Entity, FieldType, Metric
from reports.catalog.paths import resolve
from reports.errors import CatalogInvalid
from reports.language.aggregates import COUNTS, read_aggregate
from reports.language.binding import Names
from reports.language.conditions import read_condition
from reports.language.formulas import (
    FormulaError,
    bases_of,
    parse_formula,
    type_of,
    with_bases,
)
from reports.language.problems import Problems, pointer
from reports.language.report import (
    Arithmetic,
    Base,
    Calculation,
    Condition,
    Formula,
    Measure,
)
from reports.language.shape import Node
from reports.language.windows import WINDOW_KEYS, read_offset, read_window
from reports.language.words import CALCULATIONS, MAX_FILTERS, MAX_MOVING

KEYS: Final = (
    *("key", "metric", "field", "agg", "filters", "orderBy", "ratio", "formula", "calc", "of", "n"),
    *("offset", *WINDOW_KEYS),
)
_KINDS: Final = {
    "metric": ("key", "metric", "filters", "offset", *WINDOW_KEYS),
    "field": ("key", "field", "agg", "filters", "orderBy", "offset", *WINDOW_KEYS),
    "ratio": ("key", "ratio", "filters", "offset"),
    "formula": ("key", "formula", "filters", "offset"),
    "calc": ("key", "calc", "of", "n"),
}
_MAX_KEY: Final = 100
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NUMBERS: Final = frozenset((FieldType.INTEGER, FieldType.DECIMAL, FieldType.FLOAT))

Earlier = Mapping[str, Measure]
"""The measures of the report that stand before this one, by key."""


def read_measure(
    raw: object, path: str, names: Names, earlier: Earlier | None = None
) -> tuple[Measure | None, Any]:
    """A measure and its canonical form."""
    if isinstance(raw, str):
        node = Node({"metric": raw}, path, names.problems, KEYS)
        return _Reader(node, names, earlier or {}).metric(path)
    node = Node(raw, path, names.problems, KEYS)
    if not node.ok:
        return None, None
    kinds = [k for k in ("metric", "ratio", "formula", "calc") if node.has(k)]
    if node.has("field") or node.has("agg"):
        kinds.append("field")
    if len(kinds) != 1:
        names.problems.add(
            "AMBIGUOUS_MEASURE" if kinds else "MISSING",
            path,
            "A measure is one of: a metric, a field with an aggregate, a ratio of two metrics, "
            "a formula, a calculation.",
        )
        return None, None
    for key in KEYS:
        if node.has(key) and key not in _KINDS[kinds[0]]:
            node.refuse(key, f"{key} has no meaning in this measure.", code="UNKNOWN_KEY")
    reader = _Reader(node, names, earlier or {})
    readers = {
        "metric": reader.metric,
        "field": reader.field,
        "ratio": reader.ratio,
        "formula": reader.formula,
        "calc": reader.calc,
    }
    return readers[kinds[0]](node.at(kinds[0]))


@dataclass(frozen=True)
class _Named:
    """The meaning of a name in a formula, and its canonical form."""

    formula: Formula
    name: str
    unit: str | None


@dataclass(frozen=True)
class _Reader:
    """Reads one measure, by its kind. ``where`` is the place of what names it."""

    node: Node
    names: Names
    earlier: Earlier

    def metric(self, where: str) -> tuple[Measure | None, Any]:
        """A declared metric, over the rows that meet the measure's own filters."""
        text = self.node.text("metric")
        found = self.names.metric(text, where) if text is not None else None
        key = self._key(text)
        entity = found[0].key if found else self.names.root.key
        finished = self._finished(metric_formula(self.names, *found) if found else None, entity)
        if found is None or key is None or finished is None:
            return None, None
        formula, options = finished
        owner, metric = found
        label = metric.label if key == text else humanized(key)
        kind = type_of(formula)
        measure = Measure(key, formula, label, kind, metric.unit, metric.format)
        return measure, {"key": key, "metric": f"{owner.key}.{metric.name}"} | options

    def ratio(self, where: str) -> tuple[Measure | None, Any]:
        """One metric divided by another."""
        key = self._key(None)
        raw = self.node.items("ratio", 2)
        if len(raw) != 2 or not all(isinstance(text, str) for text in raw):
            self.node.refuse("ratio", "A ratio is a list of two metrics' names.")
            return None, None
        parts = [self._named(text, pointer(where, i)) for i, text in enumerate(raw)]
        formula = None
        if parts[0] and parts[1]:
            formula = Arithmetic("/", parts[0].formula, parts[1].formula)
        finished = self._finished(formula)
        if key is None or finished is None or not self._is_number(finished[0], where):
            return None, None
        form = {"key": key, "ratio": [part.name for part in parts if part]}
        return Measure(key, finished[0], humanized(key), FieldType.FLOAT), form | finished[1]

    def formula(self, where: str) -> tuple[Measure | None, Any]:
        """Metrics and numbers combined."""
        key = self._key(None)
        text = self.node.text("formula")
        formula = None
        try:
            formula = parse_formula(text or "", lambda name: self._formula_of(name, where))
        except FormulaError as error:
            self.node.refuse("formula", str(error), code="FORMULA")
        finished = self._finished(formula)
        if key is None or finished is None or not self._is_number(finished[0], where):
            return None, None
        form = {"key": key, "formula": " ".join((text or "").split())}
        return Measure(key, finished[0], humanized(key), type_of(finished[0])), form | finished[1]

    def calc(self, where: str) -> tuple[Measure | None, Any]:
        """A calculation over the finished cells of another measure."""
        key = self._key(None)
        kind = self.node.choice("calc", CALCULATIONS)
        of = self.node.text("of", needed=True)
        part = self._named(of, self.node.at("of")) if of is not None else None
        n = self._moving(kind)
        if key is None or kind is None or part is None or n is None:
            return None, None
        if not self._is_number(part.formula, where):
            return None, None
        is_share = kind.startswith("percent")
        form: dict[str, Any] = {"key": key, "calc": kind, "of": part.name}
        form |= {"n": n} if kind == "movingAverage" else {}
        return Measure(
            key,
            part.formula,
            humanized(key),
            _type_of_calculation(kind, type_of(part.formula)),
            unit=None if is_share or kind == "rank" else part.unit,
            format="percent" if is_share else None,
            calc=Calculation(kind, n),
        ), form

    def _moving(self, kind: str | None) -> int | None:
        if kind == "movingAverage":
            return self.node.integer("n", 1, MAX_MOVING, needed=True)
        if self.node.has("n"):
            self.node.refuse("n", "n belongs to movingAverage alone.", code="UNKNOWN_KEY")
            return None
        return 1

    def field(self, where: str) -> tuple[Measure | None, Any]:
        """An ad-hoc aggregate over a field."""
        read = read_aggregate(self.node, self.names, where)
        key = self._key(None)
        entity = read.entity if read else self.names.root.key
        finished = self._finished(read.base if read else None, entity)
        if read is None or key is None or finished is None:
            return None, None
        formula, options = finished
        measure = Measure(key, formula, humanized(key), type_of(formula))
        operand = read.base.operand
        if operand is not None and read.base.agg not in COUNTS:
            is_same = measure.type is operand.field.type
            form = operand.field.format if is_same else None
            measure = replace(measure, unit=operand.field.unit, format=form)
        return measure, {"key": key} | read.form | options

    # -- what the kinds share

    def _key(self, default: str | None) -> str | None:
        key = self.node.text("key", needed=default is None)
        if key is None:
            return default
        if not key.strip() or len(key) > _MAX_KEY:
            message = f"A key has 1 to {_MAX_KEY} characters."
            self.node.refuse("key", message, code="WRONG_VALUE")
            return None
        return key

    def _named(self, text: str, where: str) -> _Named | None:
        """An earlier measure, or a metric."""
        known = self.earlier.get(text)
        if known is not None:
            if known.calc is None:
                return _Named(known.formula, text, known.unit)
            message = f"{text} is a calculation, and can't be part of another."
            self.names.problems.add("CALC_OF_CALC", where, message, "Name a measure before it.")
            return None
        found = self.names.metric(text, where)
        if found is None:
            return None
        entity, metric = found
        name = f"{entity.key}.{metric.name}"
        return _Named(metric_formula(self.names, *found), name, metric.unit)

    def _formula_of(self, text: str, where: str) -> Formula | None:
        found = self._named(text, where)
        return found.formula if found else None

    def _is_number(self, formula: Formula, where: str) -> bool:
        wrong = [b for b in bases_of(formula) if type_of(b) not in _NUMBERS]
        for base in wrong:
            message = f"{base.agg} of {base.operand.text if base.operand else ''} is no number."
            self.names.problems.add("WRONG_AGGREGATE", where, message)
        return not wrong

    def _finished(
        self, formula: Formula | None, entity: str = ""
    ) -> tuple[Formula, dict[str, Any]] | None:
        """The formula with the measure's own filters, window and offset."""
        before = len(self.node.problems)
        bases = bases_of(formula) if formula is not None else ()
        entity = entity or (bases[0].entity if bases else self.names.root.key)
        conditions, forms = self._conditions(entity)
        window, window_form = read_window(self.node, self.names, entity)
        shift, shift_form = read_offset(self.node)
        if len(self.node.problems) > before or formula is None or conditions is None:
            return None
        if conditions and any(base.entity != entity for base in bases):
            others = ", ".join(sorted({base.entity for base in bases}))
            message = f"The measure combines {others}; filters need a measure of one entity."
            self.node.refuse("filters", message, "Filter each part on its own.", "MANY_ENTITIES")
            return None
        if window and any(base.window or base.entity != entity for base in bases):
            message = "A window needs a measure of one entity that has no window yet."
            self.node.refuse(next(iter(window_form)), message, code="WRONG_WINDOW")
            return None

        def changed(base: Base) -> Base:
            return replace(
                base,
                conditions=base.conditions + conditions,
                window=window or base.window,
                shifts=(*base.shifts, shift) if shift else base.shifts,
            )

        options = ({"filters": forms} if forms else {}) | window_form | shift_form
        return with_bases(formula, changed), options

    def _conditions(self, entity: str) -> tuple[tuple[Condition, ...] | None, list[Any]]:
        conditions: list[Condition] = []
        forms: list[Any] = []
        before = len(self.node.problems)
        for number, raw in enumerate(self.node.items("filters", MAX_FILTERS)):
            place = pointer(self.node.at("filters"), number)
            condition, form = read_condition(raw, place, self.names, entity)
            if condition:
                conditions.append(condition)
                forms.append(form)
        return (tuple(conditions) if len(self.node.problems) == before else None), forms


def _type_of_calculation(kind: str, of: FieldType) -> FieldType:
    if kind == "rank":
        return FieldType.INTEGER
    return of if kind in {"runningTotal", "difference"} else FieldType.FLOAT


def metric_formula(names: Names, entity: Entity, metric: Metric) -> Formula:
    """Return the formula of a declared metric."""
    value = metric.value
    if isinstance(value, Declared):
        return _declared(names, entity, metric, value)
    if isinstance(value, Aggregate):
        return _base(names, entity, value)
    return Arithmetic(
        "/", _base(names, entity, value.numerator), _base(names, entity, value.denominator)
    )


def _base(names: Names, entity: Entity, value: Aggregate) -> Base:
    operand = resolve(names.catalog, entity.key, value.operand) if value.operand else None
    return Base(entity.key, value.agg, operand, value.where)


def _declared(names: Names, entity: Entity, metric: Metric, value: Declared) -> Formula:
    """A metric that is written in the language itself, bound from its own entity.

    Raises :class:`~reports.errors.CatalogInvalid`, which a catalog's check has excluded.
    """
    name = f"{entity.key}.{metric.name}"
    if name in names.visiting:
        raise CatalogInvalid([f"{name} is made of itself: {' of '.join(names.visiting)}"])
    inner = Names(names.catalog, entity, Problems(), (*names.visiting, name))
    raw = json.loads(value.json) | {"key": metric.name}
    measure, _form = read_measure(raw, "", inner)
    if measure is None or len(inner.problems):
        raise CatalogInvalid([f"{name}: {text}" for text in inner.problems.texts()])
    if measure.calc is not None:
        raise CatalogInvalid([f"{name}: a metric can't be a calculation over a result"])
    return measure.formula


def humanized(key: str) -> str:
    """``avgScore`` as "Avg score", ``lateTMA`` as "Late TMA"; a key with spaces as it is."""
    if " " in key or not key.isascii():
        return key
    words = _WORD.findall(key)
    text = " ".join(w if len(w) > 1 and w.isupper() else w.lower() for w in words)
    return text[:1].upper() + text[1:] or key
