"""Aggregates as SQL, exact and the same however many threads add up.

Floating-point sums depend on the order of the rows, and threads change that order; so those of
decimals are exact until the last step, and floats are added up in the order of their size.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reports.catalog.model import FieldType
from reports.compiler.guards import quoted
from reports.compiler.parameters import Parameters
from reports.compiler.source import Source
from reports.language.report import Base
from reports.language.words import QUANTILES

_SQUARABLE: Final = {FieldType.INTEGER: "DECIMAL(38,0)", FieldType.DECIMAL: "DECIMAL(38,6)"}


def aggregate_sql(base: Base, source: Source, parameters: Parameters, condition: str | None) -> str:
    """SQL for one aggregate over the rows of ``source``; ``condition`` is a row's flag."""
    only = f" FILTER (WHERE {quoted(condition)})" if condition else ""
    if base.operand is None:
        return f"count(*){only}"
    name = quoted(source.output(source.field(base.operand)))
    kind = base.operand.field.type
    fraction = base.quantile if base.quantile is not None else QUANTILES.get(base.agg)
    if fraction is not None:
        place = parameters.add(Decimal(fraction))
        return f"quantile_cont(CAST({name} AS DOUBLE), CAST({place} AS DOUBLE)){only}"
    if base.agg in {"first", "last"}:
        return _edge(base, source, name, only)
    if base.agg == "listDistinct":
        return _list(name, condition)
    if base.agg == "stddev":
        return _deviation(name, kind, condition)
    is_float = base.agg in {"sum", "avg"} and kind is FieldType.FLOAT
    return _in_one_order(base.agg, name, condition) if is_float else _simple(base.agg, name, only)


def _simple(agg: str, name: str, only: str) -> str:
    if agg == "countDistinct":
        return f"count(DISTINCT {name}){only}"
    return f"{agg}({name}){only}"


def _in_one_order(function: str, name: str, condition: str | None) -> str:
    """A sum, mean or deviation of floats: they may be of any size, and one order has one sum."""
    known = f"{name} IS NOT NULL" + (f" AND {quoted(condition)}" if condition else "")
    return f"list_{function}(list({name} ORDER BY {name}) FILTER (WHERE {known}))"


def _edge(base: Base, source: Source, name: str, only: str) -> str:
    assert base.order is not None
    order = quoted(source.output(source.field(base.order)))
    # Rows without a key that tie can only be told apart by what is asked for.
    ties = [quoted(source.output(sql)) for sql in source.key()] or [name]
    nulls = "LAST" if base.agg == "first" else "FIRST"
    by = ", ".join(f"{tie} ASC" for tie in ties)
    return f"{base.agg}({name} ORDER BY {order} ASC NULLS {nulls}, {by}){only}"


def _list(name: str, condition: str | None) -> str:
    known = f"{name} IS NOT NULL" + (f" AND {quoted(condition)}" if condition else "")
    return f"list(DISTINCT {name} ORDER BY {name}) FILTER (WHERE {known})"


def _deviation(name: str, kind: FieldType, condition: str | None) -> str:
    only = f" FILTER (WHERE {quoted(condition)})" if condition else ""
    if kind is FieldType.FLOAT:
        return _in_one_order("stddev_samp", name, condition)
    exact = f"CAST({name} AS {_SQUARABLE[kind]})"
    n = f"count({name}){only}"
    total = f"CAST(sum({exact}){only} AS DOUBLE)"
    squares = f"CAST(sum({exact} * {exact}){only} AS DOUBLE)"
    # greatest() passes over NULL, so a single value has to be left out by itself.
    spread = f"sqrt(greatest(0.0, ({squares} - {total} * {total} / {n}) / ({n} - 1)))"
    return f"(CASE WHEN {n} > 1 THEN {spread} END)"


@dataclass(frozen=True)
class PeopleSql:
    """Whom an aggregate is about: its rows that have a value, their people, and the others'."""

    rows: str
    people: str
    others: str


def people_sql(base: Base, source: Source, condition: str | None) -> PeopleSql | None:
    """Whom an aggregate is about; None if its rows aren't about people.

    The others are the people of the rows that the aggregate passes over: those that its
    condition leaves out, and those without a value.
    """
    column = source.entity.scope.person
    if not column:
        return None
    person = quoted(source.output(source.column((), column)))
    tests = [f"coalesce({quoted(condition)}, FALSE)"] if condition else []
    if base.operand is not None:
        tests.append(f"{quoted(source.output(source.field(base.operand)))} IS NOT NULL")
    if not tests:
        return PeopleSql("count(*)", f"count(DISTINCT {person})", "0")
    counted = " AND ".join(tests)
    return PeopleSql(
        f"count(*) FILTER (WHERE {counted})",
        f"count(DISTINCT {person}) FILTER (WHERE {counted})",
        f"count(DISTINCT {person}) FILTER (WHERE NOT ({counted}))",
    )
