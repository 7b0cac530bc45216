"""Aggregates as SQL, exact and the same however many threads add up.

Floating-point sums depend on the order of the rows, and threads change that order; so those of
decimals are exact until the last step (:mod:`.exact`), and floats are added up in the order of
their size.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reports.catalog.model import Field, FieldType
from reports.compiler.exact import Worked, deviation, mean
from reports.compiler.guarded_tables import GuardedTables
from reports.compiler.guards import quoted
from reports.compiler.parameters import Parameters
from reports.compiler.plan import Output
from reports.compiler.settings import Size
from reports.language.report import Base
from reports.language.words import QUANTILES

DIVIDED: Final = frozenset(("avg", "stddev"))
_OF_FLOATS: Final = {"sum": "sum", "avg": "avg", "stddev": "stddev_samp"}
_EXACT_UNITS: Final = 2**44
"""Below it, a double with its rounding error still rounds to the right whole number."""


def worked(
    name: str,
    base: Base,
    source: GuardedTables,
    parameters: Parameters,
    condition: str | None,
    *,
    size: Size,
) -> Worked:
    """One aggregate over the rows of ``source``, called ``name`` in the end.

    ``condition`` is a row's flag. ``size`` is the size of the numbers.
    """
    if base.operand is None or base.agg not in DIVIDED or not _is_exact(base.operand.field):
        return Worked((Output(name, aggregate_sql(base, source, parameters, condition)),))
    only = f" FILTER (WHERE {quoted(condition)})" if condition else ""
    field, value = base.operand.field, quoted(source.output(source.field(base.operand)))
    if base.agg == "avg":
        return mean(name, value, field, only, is_large=size != "usual")
    return deviation(name, value, field, only, is_large=size == "large")


def _is_exact(field: Field) -> bool:
    return field.type in {FieldType.INTEGER, FieldType.DECIMAL}


def aggregate_sql(
    base: Base, source: GuardedTables, parameters: Parameters, condition: str | None
) -> str:
    """SQL for an aggregate of which nothing is left to be calculated."""
    only = f" FILTER (WHERE {quoted(condition)})" if condition else ""
    if base.operand is None:
        return f"count(*){only}"
    name = quoted(source.output(source.field(base.operand)))
    field = base.operand.field
    fraction = base.quantile if base.quantile is not None else QUANTILES.get(base.agg)
    if fraction is not None:
        return _quantile(name, field, Decimal(fraction), parameters, only)
    if base.agg in {"first", "last"}:
        return _edge(base, source, name, only)
    if base.agg == "listDistinct":
        return _list(name, condition)
    if base.agg in _OF_FLOATS and field.type is FieldType.FLOAT:
        return _in_one_order(_OF_FLOATS[base.agg], name, condition)
    return _simple(base.agg, name, only)


def _quantile(name: str, field: Field, fraction: Decimal, parameters: Parameters, only: str) -> str:
    """Between two values, as far as the fraction says; of decimals the nearest double to that.

    In units of the last place of the values by that of the fraction it is a whole number.
    """
    place = parameters.add(fraction)
    about = f"quantile_cont(CAST({name} AS DOUBLE), CAST({place} AS DOUBLE)){only}"
    if not _is_exact(field):
        return about
    exponent = fraction.normalize().as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    places += field.digits[1] if field.type is FieldType.DECIMAL else 0
    unit = f"{10**places}.0"
    small = f"abs({about}) * {unit} < {_EXACT_UNITS}"
    return f"CASE WHEN {small} THEN round({about} * {unit}) / {unit} ELSE {about} END"


def _simple(agg: str, name: str, only: str) -> str:
    if agg == "countDistinct":
        return f"count(DISTINCT {name}){only}"
    return f"{agg}({name}){only}"


def _in_one_order(function: str, name: str, condition: str | None) -> str:
    """A sum, mean or deviation of floats: they may be of any size, and one order has one sum."""
    known = f"{name} IS NOT NULL" + (f" AND {quoted(condition)}" if condition else "")
    return f"list_{function}(list({name} ORDER BY {name}) FILTER (WHERE {known}))"


def _edge(base: Base, source: GuardedTables, name: str, only: str) -> str:
    assert base.order is not None
    order = quoted(source.output(source.field(base.order)))
    # Rows without a key that tie can only be distinguished by what is asked for.
    ties = [quoted(source.output(sql)) for sql in source.key()] or [name]
    nulls = "LAST" if base.agg == "first" else "FIRST"
    by = ", ".join(f"{tie} ASC" for tie in ties)
    return f"{base.agg}({name} ORDER BY {order} ASC NULLS {nulls}, {by}){only}"


def _list(name: str, condition: str | None) -> str:
    known = f"{name} IS NOT NULL" + (f" AND {quoted(condition)}" if condition else "")
    return f"list(DISTINCT {name} ORDER BY {name}) FILTER (WHERE {known})"


@dataclass(frozen=True)
class PeopleSql:
    """The people of an aggregate: its rows that have a value, their people, and the others'."""

    rows: str
    people: str
    others: str


def people_sql(base: Base, source: GuardedTables, condition: str | None) -> PeopleSql | None:
    """Return the people of an aggregate; None if its rows aren't about people.

    The others are the people of the rows that the aggregate passes over: those that its
    condition leaves out, and those without a value.
    """
    column = source.entity.scope.person
    if not column:
        return None
    person = quoted(source.output(source.column((), column)))
    counted = counted_sql(base, source, condition)
    if not counted:
        return PeopleSql("count(*)", f"count(DISTINCT {person})", "0")
    return PeopleSql(
        f"count(*) FILTER (WHERE {counted})",
        f"count(DISTINCT {person}) FILTER (WHERE {counted})",
        f"count(DISTINCT {person}) FILTER (WHERE NOT ({counted}))",
    )


def counted_sql(base: Base, source: GuardedTables, condition: str | None) -> str:
    """Return the condition of rows that have a value for an aggregate; empty: all of them."""
    tests = [f"coalesce({quoted(condition)}, FALSE)"] if condition else []
    if base.operand is not None:
        tests.append(f"{quoted(source.output(source.field(base.operand)))} IS NOT NULL")
    return " AND ".join(tests)
