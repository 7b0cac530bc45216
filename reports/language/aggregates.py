"""Reading ad-hoc aggregates: which function, over which field of which entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from reports.catalog.model import FieldType
from reports.catalog.paths import Path
from reports.language.binding import Names
from reports.language.problems import did_you_mean, shown
from reports.language.report import Base
from reports.language.shape import Node
from reports.language.values import BadValue, number
from reports.language.words import AGGREGATES, NUMBER_AGGREGATES, PARENT_AGGREGATES

COUNTS: Final = frozenset(("count", "countDistinct"))


@dataclass(frozen=True)
class ReadAggregate:
    """An aggregate, the entity whose rows it aggregates, and its canonical form."""

    entity: str
    base: Base
    form: dict[str, Any]


def read_aggregate(node: Node, names: Names, where: str) -> ReadAggregate | None:
    """The aggregate that ``agg``, ``field`` and ``orderBy`` of a measure say."""
    agg, quantile = _function(node)
    text = node.text("field")
    if text is None and agg not in {"count", None}:
        node.refuse("field", "The aggregate needs a field.", code="MISSING")
        agg = None
    found = names.measured(text, where) if text is not None else (names.root.key, None)
    if found is None:
        return None
    entity, operand = found
    order = _order(node, names, entity, agg)
    if agg is None or (operand and not _fits(node, operand, agg)):
        return None
    form: dict[str, Any] = {"agg": node.get("agg")}
    if quantile is not None:
        form["agg"] = {"quantile": float(quantile)}
    form |= {"field": text} if text is not None else {}
    form |= {"orderBy": order.text} if order else {}
    return ReadAggregate(entity, Base(entity, agg, operand, "", (), quantile, order), form)


def _function(node: Node) -> tuple[str | None, Decimal | None]:
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
        if node.has("orderBy"):
            node.refuse("orderBy", "orderBy belongs to first and last.", code="UNKNOWN_KEY")
        return None
    text = node.text("orderBy")
    if text is None:
        text = names.catalog.by_key[entity].time
        if not text:
            message = f"{entity} has no main date to order by."
            node.refuse("orderBy", message, "Name a field in orderBy.", "MISSING")
            return None
    return names.path(text, node.at("orderBy"), entity)


def _fits(node: Node, operand: Path, agg: str) -> bool:
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
