"""Reading filters: conditions on fields, and on what a child entity adds up to."""

from __future__ import annotations

from typing import Any

from reports.catalog.model import FieldType
from reports.catalog.paths import Path
from reports.language.binding import Names, is_operator, operator_hint
from reports.language.problems import did_you_mean, pointer, shown
from reports.language.report import Condition, Constant, Relative
from reports.language.shape import Node
from reports.language.values import BadValue, canonical, constant, field_of
from reports.language.words import (
    ALL_OPS,
    FIELD_OPS,
    LIST_OPS,
    MAX_UNITS,
    MAX_VALUES,
    NO_VALUE_OPS,
    PERIODS,
    TIME_OPS,
    UNITS,
    operators_of,
)

FIELD_KEYS = ("field", "op", "value")


def read_condition(
    raw: object, path: str, names: Names, entity: str
) -> tuple[Condition | None, dict[str, Any]]:
    """A condition on a field of ``entity``, and its canonical form."""
    node = Node(raw, path, names.problems, FIELD_KEYS)
    text = node.text("field", needed=True)
    found = names.path(text, node.at("field"), entity) if text is not None else None
    if found is None:
        return None, {}
    op = read_operator(node, found.field.type)
    if op is None:
        return None, {}
    form: dict[str, Any] = {"field": found.text, "op": op}
    condition = _with_value(node, names, found, op, form)
    return condition, form


def read_operator(node: Node, kind: FieldType) -> str | None:
    """The operator, if it fits the type."""
    op = node.get("op")
    known = operators_of(kind)
    if isinstance(op, str) and op in known:
        return op
    if op is None:
        node.refuse("op", 'The key "op" is required.', operator_hint(known), "MISSING")
    elif is_operator(op):
        message = f"{op} doesn't fit a value of type {kind.value}."
        node.refuse("op", message, operator_hint(known), "WRONG_OPERATOR")
    else:
        hint = did_you_mean(op, ALL_OPS)
        node.refuse("op", f"There is no operator {shown(op)}.", hint, "UNKNOWN_OPERATOR")
    return None


def _with_value(
    node: Node, names: Names, found: Path, op: str, form: dict[str, Any]
) -> Condition | None:
    if op in TIME_OPS:
        relative, form["value"] = read_relative(node, op)
        return None if relative is None else Condition(found, op, relative=relative)
    other_text = field_of(node.get("value"))
    if other_text is not None:
        return _with_field(node, names, found, other_text, form)
    values = read_values(node, op, found.field.type)
    if values is None:
        return None
    names.count_values(len(values), node.at("value"))
    form |= canonical_value(op, values)
    return Condition(found, op, values)


def _with_field(
    node: Node, names: Names, found: Path, other_text: str, form: dict[str, Any]
) -> Condition | None:
    op = form["op"]
    if op not in FIELD_OPS:
        node.refuse("value", f"{op} can't compare with another field.", code="WRONG_OPERATOR")
        return None
    other = names.path(other_text, pointer(node.at("value"), "field"), found.start)
    if other is None:
        return None
    ours, theirs = found.field.type, other.field.type
    if ours is not theirs and not (ours.is_number and theirs.is_number):
        node.refuse("value", f"A {ours.value} can't be compared with a {theirs.value}.")
        return None
    form["value"] = {"field": other.text}
    return Condition(found, op, other=other)


def read_relative(node: Node, op: str) -> tuple[Relative | None, dict[str, Any]]:
    """A range of dates relative to the snapshot's day, and its canonical form."""
    periods = op in {"inCurrent", "inPrevious"}
    keys = ("unit",) if periods else ("n", "unit")
    value = Node(node.get("value"), node.at("value"), node.problems, keys)
    if not value.ok:
        return None, {}
    unit = value.choice("unit", PERIODS if periods else UNITS)
    n = 1 if periods else value.integer("n", 1, MAX_UNITS, needed=True)
    if unit is None or n is None:
        return None, {}
    return Relative(op, n, unit), {"unit": unit} | ({} if periods else {"n": n})


def read_values(node: Node, op: str, kind: FieldType) -> tuple[Constant, ...] | None:
    """The constants of a condition; None if they don't fit."""
    if op in NO_VALUE_OPS:
        if node.has("value"):
            node.refuse("value", f"{op} takes no value.", "Leave the key out.")
            return None
        return ()
    if op in LIST_OPS or op == "between":
        return _several(node, op, kind)
    try:
        return (constant(node.get("value"), kind),)
    except BadValue as error:
        node.refuse("value", str(error))
        return None


def _several(node: Node, op: str, kind: FieldType) -> tuple[Constant, ...] | None:
    if not isinstance(node.get("value"), list | tuple):
        node.refuse("value", f"{op} takes a list of values.")
        return None
    raw = node.items("value", MAX_VALUES)
    if op == "between" and len(raw) != 2:
        node.refuse("value", "between takes a list of two values, [from, to].")
        return None
    found: list[Constant] = []
    before = len(node.problems)
    for number, value in enumerate(raw):
        try:
            found.append(constant(value, kind))
        except BadValue as error:
            node.problems.add("WRONG_TYPE", pointer(node.at("value"), number), str(error))
    return tuple(found) if len(node.problems) == before else None


def canonical_value(op: str, values: tuple[Constant, ...]) -> dict[str, Any]:
    """The part of the canonical form that holds the constants."""
    if op in NO_VALUE_OPS:
        return {}
    forms = [canonical(v) for v in values]
    return {"value": forms if op in LIST_OPS or op == "between" else forms[0]}
