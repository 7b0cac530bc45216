"""The parts of a definition: its measures as trees of aggregates, its groups, its filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from reports.catalog.model import FieldType
from tests.reports.oracle.aggregates import FRACTIONS, NUMERIC
from tests.reports.oracle.declared import METRICS, Fold, Get
from tests.reports.oracle.formulas import Op, Tree, leaves, mapped, parse
from tests.reports.oracle.schema import Path, Schema

Wire = Mapping[str, Any]
_CALCULATED = ("sum", "avg", "stddev", "quantile", *FRACTIONS)


@dataclass(frozen=True)
class Shift:
    """As if each date were ``n`` units later; dates after ``until`` are left out."""

    n: int
    unit: str
    until: date | None = None


@dataclass(frozen=True)
class Window:
    """The window of a measure: the last ``n`` units, or the unit so far."""

    kind: str
    path: Path
    unit: str
    n: int = 1


@dataclass(frozen=True)
class Edge:
    """Only the rows at the last (or first) ``over`` count, for each ``by`` if given."""

    over: Path
    is_last: bool
    by: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class Atom:
    """One aggregate over the rows of one entity."""

    entity: str
    agg: str
    operand: Path | None = None
    where: Callable[[Get], bool] | None = None
    filters: tuple[Wire, ...] = ()
    fraction: Fraction | None = None
    order: Path | None = None
    shifts: tuple[Shift, ...] = ()
    window: Window | None = None
    edge: Edge | None = None


Formula: TypeAlias = Tree[Atom]


@dataclass(frozen=True)
class Measure:
    """A column: a formula, or (``calc``) a calculation over its cells."""

    key: str
    formula: Formula
    kind: FieldType
    calc: str = ""
    n: int = 1

    @property
    def needs_order(self) -> bool:
        """True if it goes by the order of the rows."""
        return self.calc in {"runningTotal", "movingAverage", "difference", "percentChange"}

    @property
    def is_loose(self) -> bool:
        """True if rounding may tell two equal values apart.

        Floats are what they are, but they are added up, and quantiles between two of them are
        calculated, as doubles.
        """
        if self.calc or not isinstance(self.formula, Atom):
            return True
        operand, agg = self.formula.operand, self.formula.agg
        return operand is not None and operand.kind is FieldType.FLOAT and agg in _CALCULATED


class Reader:
    """Reads the measures of one definition."""

    def __init__(self, schema: Schema, root: str) -> None:
        self.schema = schema
        self.root = root
        self._known: dict[str, Measure] = {}

    def measures(self, wires: list[Any]) -> list[Measure]:
        """All measures, in order; each may name those before it."""
        for wire in wires:
            measure = self.measure({"metric": wire} if isinstance(wire, str) else wire)
            self._known[measure.key] = measure
        return list(self._known.values())

    def measure(self, wire: Wire) -> Measure:
        """One measure."""
        if "calc" in wire:
            inner = self._named(wire["of"])
            kind = kind_of(inner)
            if wire["calc"] == "rank":
                kind = FieldType.INTEGER
            elif wire["calc"] not in {"runningTotal", "difference"}:
                kind = FieldType.FLOAT
            return Measure(wire["key"], inner, kind, wire["calc"], wire.get("n", 1))
        formula = self._formula(wire)
        shifts = _shifts(wire)
        formula = mapped(formula, lambda atom: self._extended(atom, wire, shifts))
        key = wire.get("key") or wire["metric"]
        return Measure(key, formula, kind_of(formula))

    def _formula(self, wire: Wire) -> Formula:
        if "metric" in wire:
            return self.metric(wire["metric"])
        if "ratio" in wire:
            above, below = wire["ratio"]
            return Op("/", self.metric(above), self.metric(below))
        if "formula" in wire:
            return parse(wire["formula"], self._named)
        return self._ad_hoc(wire)

    def _named(self, name: str) -> Formula:
        if name in self._known:
            return self._known[name].formula
        return self.metric(name)

    def metric(self, name: str) -> Formula:
        """A declared metric: of the root, or ``entity.metric``."""
        entity, _, short = name.rpartition(".")
        entity = entity or self.root
        value = METRICS[f"{entity}.{short}"]
        if isinstance(value, Fold):
            return self._fold(entity, value)
        return Op("/", self._fold(entity, value.of), self._fold(entity, value.among))

    def _fold(self, entity: str, fold: Fold) -> Atom:
        operand = self.schema.path(entity, fold.field) if fold.field else None
        return Atom(entity, fold.agg, operand, fold.where)

    def _ad_hoc(self, wire: Wire) -> Atom:
        entity, operand = self.root, None
        if wire.get("field"):
            entity, operand = self._measured(wire["field"])
        agg: Any = wire["agg"]
        fraction = None
        if isinstance(agg, Mapping):
            agg, fraction = "quantile", Fraction(Decimal(repr(agg["quantile"])))
        order = None
        if agg in {"first", "last"}:
            text = wire.get("orderBy") or self.schema.shapes[entity].main_date
            order = self.schema.path(entity, text)
        return Atom(entity, agg, operand, fraction=fraction, order=order)

    def _measured(self, text: str) -> tuple[str, Path]:
        """``x.y`` is the relation x of the root if it has one, else the entity x."""
        root = self.schema.shapes[self.root]
        head, _, rest = text.partition(".")
        if text not in root.kinds and head not in root.hops and head in self.schema.shapes:
            return head, self.schema.path(head, rest)
        return self.root, self.schema.path(self.root, text)

    def _extended(self, atom: Atom, wire: Wire, shifts: tuple[Shift, ...]) -> Atom:
        filters = (*atom.filters, *wire.get("filters", ()))
        made = replace(atom, filters=filters, shifts=(*atom.shifts, *shifts))
        spec: Wire | None
        for kind in ("trailing", "toDate"):
            if spec := wire.get(kind):
                path = self.schema.path(atom.entity, spec["field"])
                made = replace(made, window=Window(kind, path, spec["unit"], spec.get("n", 1)))
        if spec := wire.get("semiAdditive"):
            over = self.schema.path(atom.entity, spec["over"])
            by = tuple(self.schema.path(atom.entity, text) for text in spec.get("by", ()))
            made = replace(made, edge=Edge(over, spec.get("take", "last") == "last", by))
        return made


def _shifts(wire: Wire) -> tuple[Shift, ...]:
    offset = wire.get("offset")
    return (Shift(offset["n"], offset["unit"]),) if offset else ()


def atoms(measures: list[Measure]) -> Iterator[Atom]:
    """All aggregates of some measures."""
    for measure in measures:
        yield from leaves(measure.formula)


def kind_of(formula: Formula) -> FieldType:
    """The type of a formula's value."""
    if isinstance(formula, Decimal):
        whole = formula == formula.to_integral_value()
        return FieldType.INTEGER if whole else FieldType.FLOAT
    if isinstance(formula, Op):
        kinds = {kind_of(formula.left), kind_of(formula.right)}
        exact = formula.sign != "/" and kinds == {FieldType.INTEGER}
        return FieldType.INTEGER if exact else FieldType.FLOAT
    if formula.agg in {"count", "countDistinct"}:
        return FieldType.INTEGER
    if formula.agg == "listDistinct":
        return FieldType.LIST
    averaged = formula.agg in NUMERIC and formula.agg != "sum"
    return FieldType.FLOAT if averaged or formula.operand is None else formula.operand.kind
