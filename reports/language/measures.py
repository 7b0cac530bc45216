"""Reading measures: declared metrics, ad-hoc aggregates, ratios."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from reports.catalog.model import Aggregate, Entity, FieldType, Metric
from reports.catalog.paths import Path, resolve
from reports.language.binding import Names
from reports.language.conditions import read_condition
from reports.language.problems import did_you_mean, pointer, shown
from reports.language.report import Base, Condition, Formula, Measure, Ratio
from reports.language.shape import Node
from reports.language.values import BadValue, number
from reports.language.words import (
    AGGREGATES,
    MOST_FILTERS,
    NUMBER_AGGREGATES,
    PARENT_AGGREGATES,
)

_KEYS = ("key", "metric", "field", "agg", "filters", "orderBy", "ratio")
_LATER = ("calc", "of", "offset", "formula", "trailing", "toDate", "semiAdditive", "n")
_MOST_KEY = 100
_COUNTS = frozenset(("count", "countDistinct"))


def read_measure(raw: object, path: str, names: Names) -> tuple[Measure | None, Any]:
    """A measure and its canonical form."""
    if isinstance(raw, str):
        return _metric_measure(Node({"metric": raw}, path, names.problems, _KEYS), path, names)
    node = Node(raw, path, names.problems, (*_KEYS, *_LATER))
    if not node.ok or _has_later_keys(node):
        return None, None
    kinds = [k for k in ("metric", "ratio") if node.has(k)]
    if node.has("field") or node.has("agg"):
        kinds.append("field")
    if len(kinds) != 1:
        names.problems.add(
            "AMBIGUOUS_MEASURE" if kinds else "MISSING",
            path,
            "A measure is one of: a metric, a field with an aggregate, a ratio of two metrics.",
        )
        return None, None
    readers = {"metric": _metric_measure, "ratio": _ratio_measure, "field": _field_measure}
    where = {"metric": node.at("metric"), "ratio": node.at("ratio"), "field": node.at("field")}
    return readers[kinds[0]](node, where[kinds[0]], names)


def _has_later_keys(node: Node) -> bool:
    later = [key for key in _LATER if node.has(key)]
    for key in later:
        node.refuse(key, f"{key} is not supported yet.", code="NOT_SUPPORTED_YET")
    return bool(later)


def _key(node: Node, default: str | None) -> str | None:
    key = node.text("key", needed=default is None)
    if key is None:
        return default
    if not key.strip() or len(key) > _MOST_KEY:
        node.refuse("key", f"A key has 1 to {_MOST_KEY} characters.", code="WRONG_VALUE")
        return None
    return key


def _unwanted(node: Node, *keys: str) -> None:
    for key in keys:
        if node.has(key):
            node.refuse(key, f"{key} has no meaning in this measure.", code="UNKNOWN_KEY")


def metric_formula(
    names: Names, entity: Entity, metric: Metric, conditions: tuple[Condition, ...] = ()
) -> Formula:
    """What a declared metric computes, over the rows that meet ``conditions``."""
    if isinstance(metric.value, Aggregate):
        return _base(names, entity, metric.value, conditions)
    return Ratio(
        _base(names, entity, metric.value.numerator, conditions),
        _base(names, entity, metric.value.denominator, conditions),
    )


def _base(
    names: Names, entity: Entity, value: Aggregate, conditions: tuple[Condition, ...]
) -> Base:
    operand = resolve(names.catalogue, entity.key, value.operand) if value.operand else None
    return Base(entity.key, value.agg, operand, value.where, conditions)


def _type_of(formula: Formula) -> FieldType:
    if isinstance(formula, Ratio):
        return FieldType.FLOAT
    if formula.agg in _COUNTS:
        return FieldType.INTEGER
    if formula.agg == "listDistinct":
        return FieldType.LIST
    if formula.operand and formula.agg in {"sum", "min", "max", "first", "last"}:
        return formula.operand.field.type
    return FieldType.FLOAT


def _metric_measure(node: Node, where: str, names: Names) -> tuple[Measure | None, Any]:
    _unwanted(node, "orderBy")
    text = node.text("metric")
    found = names.metric(text, where) if text is not None else None
    conditions, forms = _conditions(node, names, found[0].key if found else names.root.key)
    key = _key(node, text)
    if found is None or key is None or conditions is None:
        return None, None
    entity, metric = found
    formula = metric_formula(names, entity, metric, conditions)
    own_key = key != text
    label = _humanised(key) if own_key else metric.label
    measure = Measure(key, formula, label, _type_of(formula), metric.unit, metric.format)
    form = {"key": key, "metric": f"{entity.key}.{metric.name}"}
    return measure, form | ({"filters": forms} if forms else {})


def _conditions(
    node: Node, names: Names, entity: str
) -> tuple[tuple[Condition, ...] | None, list[Any]]:
    conditions: list[Condition] = []
    forms: list[Any] = []
    before = len(node.problems)
    for number_, raw in enumerate(node.items("filters", MOST_FILTERS)):
        place = pointer(node.at("filters"), number_)
        condition, form = read_condition(raw, place, names, entity)
        if condition:
            conditions.append(condition)
            forms.append(form)
    return (tuple(conditions) if len(node.problems) == before else None), forms


def _ratio_measure(node: Node, where: str, names: Names) -> tuple[Measure | None, Any]:
    _unwanted(node, "orderBy")
    if node.has("filters"):
        node.refuse("filters", "Filters of a ratio are not supported yet.", "", "NOT_SUPPORTED_YET")
    key = _key(node, None)
    raw = node.items("ratio", 2)
    if len(raw) != 2 or not all(isinstance(text, str) for text in raw):
        node.refuse("ratio", "A ratio is a list of two metrics' names.")
        return None, None
    found = [names.metric(text, pointer(where, i)) for i, text in enumerate(raw)]
    formulas = [metric_formula(names, *pair) for pair in found if pair]
    if len(formulas) != 2 or key is None:
        return None, None
    formula = Ratio(*formulas)
    form = {"key": key, "ratio": [f"{pair[0].key}.{pair[1].name}" for pair in found if pair]}
    return Measure(key, formula, _humanised(key), FieldType.FLOAT), form


def _field_measure(node: Node, where: str, names: Names) -> tuple[Measure | None, Any]:
    agg, quantile = _aggregate(node)
    text = node.text("field")
    if text is None and agg not in {"count", None}:
        node.refuse("field", "The aggregate needs a field.", code="MISSING")
        agg = None
    found = names.measured(text, where) if text is not None else (names.root.key, None)
    key = _key(node, None)
    entity = found[0] if found else names.root.key
    conditions, forms = _conditions(node, names, entity)
    order = _order(node, names, entity, agg)
    if found is None or agg is None or key is None or conditions is None:
        return None, None
    operand = found[1]
    if operand and not _agg_fits(node, operand, agg):
        return None, None
    base = Base(entity, agg, operand, "", conditions, quantile, order)
    form: dict[str, Any] = {"key": key, "agg": node.get("agg")}
    if quantile is not None:
        form["agg"] = {"quantile": float(quantile)}
    form |= {"field": text} if text is not None else {}
    form |= {"filters": forms} if forms else {}
    form |= {"orderBy": order.text} if order else {}
    return _described(key, base), form


def _described(key: str, base: Base) -> Measure:
    kind = _type_of(base)
    if base.operand is None or base.agg in _COUNTS:
        return Measure(key, base, _humanised(key), kind)
    field = base.operand.field
    form = field.format if kind is field.type else None
    return Measure(key, base, _humanised(key), kind, field.unit, form)


def _aggregate(node: Node) -> tuple[str | None, Decimal | None]:
    raw = node.get("agg")
    if isinstance(raw, Mapping):
        inner = Node(raw, node.at("agg"), node.problems, ("quantile",))
        try:
            fraction = Decimal(number(inner.get("quantile")))
        except BadValue as error:
            inner.refuse("quantile", str(error))
            return None, None
        if not 0 <= fraction <= 1:
            inner.refuse("quantile", "A quantile is a fraction from 0 to 1.", code="WRONG_VALUE")
            return None, None
        return "quantile", fraction
    if isinstance(raw, str) and raw in AGGREGATES:
        return raw, None
    if raw is None:
        node.refuse("agg", 'The key "agg" is needed.', did_you_mean(None, AGGREGATES), "MISSING")
    else:
        hint = did_you_mean(raw, AGGREGATES)
        node.refuse("agg", f"There is no aggregate {shown(raw)}.", hint, "UNKNOWN_VALUE")
    return None, None


def _order(node: Node, names: Names, entity: str, agg: str | None) -> Path | None:
    if agg not in {"first", "last"}:
        _unwanted(node, "orderBy")
        return None
    text = node.text("orderBy")
    if text is None:
        text = names.catalogue.by_key[entity].time
        if not text:
            message = f"{entity} has no main date to order by."
            node.refuse("orderBy", message, "Name a field in orderBy.", "MISSING")
            return None
    return names.path(text, node.at("orderBy"), entity)


def _agg_fits(node: Node, operand: Path, agg: str) -> bool:
    kind = operand.field.type
    is_number = agg in NUMBER_AGGREGATES or agg == "quantile"
    if operand.hops and agg not in PARENT_AGGREGATES:
        text = f"{operand.owner}.{operand.field.name}"
        message = (
            f"{agg} of {operand.text} would weigh each row of {operand.owner} by its "
            f"{operand.start}."
        )
        fits = ", ".join(sorted(PARENT_AGGREGATES))
        hint = f'Use {{"field": "{text}", "agg": "{agg}"}}, or one of: {fits}.'
        node.refuse("agg", message, hint, "PARENT_AGGREGATE")
        return False
    if is_number and not kind.is_number:
        message = f"{agg} needs a number, and {operand.text} is a {kind.value}."
        node.refuse("agg", message, "", "WRONG_AGGREGATE")
        return False
    if agg == "listDistinct" and kind is not FieldType.TEXT:
        message = f"listDistinct needs a text, and {operand.text} is a {kind.value}."
        node.refuse("agg", message, "", "WRONG_AGGREGATE")
        return False
    return True


def _humanised(key: str) -> str:
    """``avgScore`` as "Avg score"; a key with spaces is left as it is written."""
    if " " in key or not key.isascii():
        return key
    text = "".join(f" {c.lower()}" if c.isupper() else c for c in key).replace("_", " ")
    text = text.replace(".", " ").strip()
    return text[:1].upper() + text[1:]


def bases_of(formula: Formula) -> tuple[Base, ...]:
    """The aggregates that a formula is made of."""
    if isinstance(formula, Base):
        return (formula,)
    return bases_of(formula.numerator) + bases_of(formula.denominator)
