"""Conditions as SQL over a source. NULL never equals anything; negations keep NULL rows."""

from __future__ import annotations

from datetime import date, datetime

from reports.catalog.model import FieldType
from reports.compiler.guarded_tables import GuardedTables
from reports.compiler.parameters import Edge, Instant, Parameters
from reports.language.folding import composed, folded, folded_sql
from reports.language.logic import AND
from reports.language.report import Condition, Constant, Relative

SEARCHES = frozenset(("contains", "notContains", "startsWith", "endsWith"))
_COMPARISONS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def condition_sql(source: GuardedTables, condition: Condition, parameters: Parameters) -> str:
    """A condition on a field, as a predicate."""
    return compared_sql(source, condition, source.field(condition.path), parameters)


def compared_sql(
    source: GuardedTables, condition: Condition, left: str, parameters: Parameters
) -> str:
    """A condition, with SQL for what is compared."""
    kind = condition.path.field.type
    if condition.relative:
        return relative_sql(left, condition.relative, kind, parameters)
    if condition.other:
        return _compared(left, condition.op, source.field(condition.other))
    return constants_sql(left, condition.op, condition.values, kind, parameters)


def constants_sql(
    left: str, op: str, values: tuple[Constant, ...], kind: FieldType, parameters: Parameters
) -> str:
    """A comparison with constants: a day given for an instant is the whole local day."""
    if kind is FieldType.TEXT:
        alike = folded if op in SEARCHES else composed
        values = tuple(alike(v) if isinstance(v, str) else v for v in values)
    if kind is not FieldType.TIMESTAMP:
        return value_sql(left, op, tuple(parameters.add(v) for v in values), kind)
    if op != "between" and any(is_day(v) for v in values):
        return _against_days(left, op, values, parameters)
    return value_sql(left, op, tuple(parameters.add(Instant(v)) for v in values), kind)


def is_day(value: object) -> bool:
    """Return True if a constant is a day, not a moment."""
    return isinstance(value, date) and not isinstance(value, datetime)


def _against_days(left: str, op: str, values: tuple[Constant, ...], parameters: Parameters) -> str:
    if op in {"lt", "gte"}:
        return f"({left} {_COMPARISONS[op]} {parameters.add(Instant(values[0]))})"
    if op in {"lte", "gt"}:
        found = _until(left, values[0], parameters)
        return f"({found})" if op == "lte" else f"(NOT {found})"
    parts = [_on(left, value, parameters) for value in values]
    found = f"({' OR '.join(parts)})"
    return f"({left} IS NULL OR NOT {found})" if op in {"ne", "notIn"} else found


def _on(left: str, value: Constant, parameters: Parameters) -> str:
    first = parameters.add(Instant(value))
    if not is_day(value):
        return f"{left} = {first}"
    return f"({left} >= {first} AND {_until(left, value, parameters)})"


def _until(left: str, day: Constant, parameters: Parameters) -> str:
    """Return SQL for an instant before the end of a day: none comes after the last of all."""
    return (
        f"{left} {'<=' if day == date.max else '<'} {parameters.add(Instant(day, is_after=True))}"
    )


def relative_sql(left: str, relative: Relative, kind: FieldType, parameters: Parameters) -> str:
    """Return SQL for a date or an instant in a range relative to the snapshot's day."""
    as_instant = kind is FieldType.TIMESTAMP
    upper = parameters.add(Edge(relative, "to", as_instant))
    if relative.op == "olderThan":
        return f"({left} < {upper})"
    lower = parameters.add(Edge(relative, "from", as_instant))
    return f"({left} >= {lower} AND {left} < {upper})"


def _compared(left: str, op: str, right: str) -> str:
    if op == "eq":
        return f"({left} = {right})"
    if op == "ne":
        return f"({left} IS NULL OR {right} IS NULL OR {left} <> {right})"
    return f"({left} {_COMPARISONS[op]} {right})"


def value_sql(left: str, op: str, names: tuple[str, ...], kind: FieldType) -> str:
    """A comparison with constants, as a predicate: one return for each kind of operator."""
    if op in {"in", "notIn"}:
        return _membership(left, op, names)
    if op in SEARCHES:
        return _text_search(left, op, names[0])
    if op == "between":
        upper = "<" if kind.is_time else "<="
        return f"({left} >= {names[0]} AND {left} {upper} {names[1]})"
    if op in {"eq", "ne"} or op in _COMPARISONS:
        return _compared_with_value(left, op, names[0])
    if op in {"isTrue", "isFalse"}:
        return f"({left} = {'TRUE' if op == 'isTrue' else 'FALSE'})"
    empty = f"({left} IS NULL OR {left} = '')"
    fixed = {
        "isNull": f"({left} IS NULL)",
        "isNotNull": f"({left} IS NOT NULL)",
        "isEmpty": empty,
        "isNotEmpty": f"(NOT {empty})",
    }
    return fixed[op]


def _compared_with_value(left: str, op: str, name: str) -> str:
    if op == "ne":
        return f"({left} IS NULL OR {left} <> {name})"
    return f"({left} {_COMPARISONS.get(op, '=')} {name})"


def _membership(left: str, op: str, names: tuple[str, ...]) -> str:
    if not names:
        return "(1 = 0)" if op == "in" else "(1 = 1)"
    listed = ", ".join(names)
    if op == "in":
        return f"({left} IN ({listed}))"
    return f"({left} IS NULL OR {left} NOT IN ({listed}))"


def _text_search(left: str, op: str, name: str) -> str:
    function = {"startsWith": "starts_with", "endsWith": "ends_with"}.get(op, "contains")
    found = f"{function}({folded_sql(left)}, {name})"
    return f"({left} IS NULL OR NOT {found})" if op == "notContains" else f"({found})"


def logic_sql(logic: tuple[int | str, ...], predicates: tuple[str | None, ...]) -> str | None:
    """Predicates combined by a logic in reverse Polish notation; None if there are none.

    Neighbors under one operator are joined flat, so that a long logic isn't a deep one. A
    predicate of None, one of those that are ANDed with all the rest, is left out.
    """
    stack: list[tuple[str, list[str]]] = []
    for token in logic:
        if isinstance(token, int):
            predicate = predicates[token]
            stack.append(("", [] if predicate is None else [predicate]))
            continue
        (right_op, right), (left_op, left) = stack.pop(), stack.pop()
        if not left or not right:
            stack.append((right_op, right) if not left else (left_op, left))
            continue
        parts = left if left_op == token else [_grouped(left_op, left)]
        parts = parts + (right if right_op == token else [_grouped(right_op, right)])
        stack.append((token, parts))
    return _grouped(*stack[0]) if stack and stack[0][1] else None


def _grouped(operator: str, parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return "(" + f" {operator or AND} ".join(parts) + ")"
