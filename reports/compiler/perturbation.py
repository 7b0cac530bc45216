"""Noise in numbers about people, by the cell-key method of official statistics (ADR 22).

Each record and each person has a number that is made of a secret key. Those of the records that a
cell counts, taken together, are the key of the cell, and the key decides the cell's noise. So the
same people have the same noise in every question and on every surface, asking again averages
nothing away, and of two questions that differ by one person the difference says little.

A count moves by less than half of the smallest group, for each row that a person has; a mean by a
part of the range of its values that one person could have caused; a sum is the one times the other.
"""

from __future__ import annotations

from typing import Final

from reports.catalog.model import Entity, FieldType
from reports.compiler.aggregates import counted_sql
from reports.compiler.guarded_tables import GuardedTables
from reports.compiler.guards import quoted
from reports.compiler.plan import Layer, Output
from reports.compiler.settings import Settings
from reports.language.report import Base

KEY_PARAMETER: Final = "noise"
"""The parameter that holds the institution's secret key."""
PERTURBED: Final = frozenset(("count", "countDistinct", "sum", "avg"))
"""The aggregates that can have noise; the others are hidden instead."""
_PARTS: Final = 1_000_003
"""Into how many parts the range of the noise is divided."""


def can_perturb(base: Base) -> bool:
    """Return True if an aggregate about people can be shown with noise."""
    looks_back = base.window is not None and base.window.looks_back
    return base.agg in PERTURBED and not looks_back and base.without is None


def has_noise(base: Base, entity: Entity, settings: Settings) -> bool:
    """Return True if an aggregate over the rows of ``entity`` is shown with noise."""
    return settings.noise_below > 0 and bool(entity.scope.person) and can_perturb(base)


def exact_name(name: str) -> str:
    """The column of an aggregate without its noise."""
    return f"{name}_exact"


def key_parts(
    name: str, base: Base, source: GuardedTables, condition: str | None
) -> tuple[Output, ...]:
    """The key of a cell, and the least and greatest value where the aggregate is of values."""
    counted = counted_sql(base, source, condition)
    only = f" FILTER (WHERE {counted})" if counted else ""
    column = source.column((), source.entity.scope.person)
    person, counts, records = quoted(source.output(column)), "count(*)", source.key()
    if base.agg == "countDistinct":
        assert base.operand is not None
        field = source.field(base.operand)
        counts, records = f"count(DISTINCT {quoted(source.output(field))})", (field,)
    # What each person has one of are the people: however they are counted, the noise is the same.
    key = (
        f"CASE WHEN {counts}{only} = count(DISTINCT {person}){only} "
        f"THEN bit_xor(DISTINCT {_number(source, column)}){only} "
        f"ELSE bit_xor(DISTINCT {_number(source, *records)}){only} END"
    )
    parts = (Output(f"{name}_key", key),)
    if base.agg in {"count", "countDistinct"}:
        return parts
    assert base.operand is not None
    field, path = source.field(base.operand), base.operand
    value = quoted(source.output(field))
    # By the values too: a mark that changes moves the noise with it, and each field has its own.
    valued = _number(source, f"'{path.owner}.{path.field.name}'", *source.key(), field)
    return (
        *parts,
        Output(f"{name}_values", f"bit_xor({valued}){only}"),
        Output(f"{name}_low", f"min({value}){only}"),
        Output(f"{name}_high", f"max({value}){only}"),
    )


def _number(source: GuardedTables, *columns: str) -> str:
    """The number of a record, a person or a value, of its key."""
    text = ", ':', ".join(columns)
    return quoted(source.output(f"hash(concat(${KEY_PARAMETER}, ':', {text}))"))


def noise_layer(name: str, base: Base, smallest: int) -> Layer:
    """The aggregate ``name`` with its noise; nothing over nothing has none."""
    if base.agg in {"count", "countDistinct"}:
        noise = _of_count(name, exact_name(name), smallest)
        sql = f"{quoted(exact_name(name))} + {noise}"
        sql = f"CASE WHEN {quoted(exact_name(name))} > 0 THEN greatest({sql}, 1) ELSE 0 END"
        return (Output(name, sql),)
    rows, exact = quoted(f"{name}_rows"), quoted(exact_name(name))
    if base.agg == "avg":
        return (Output(name, _moved(name, exact)),)
    mean = _moved(name, f"(CAST({exact} AS DOUBLE) / nullif({rows}, 0))")
    total = f"({mean} * ({rows} + {_of_count(name, f'{name}_rows', smallest)}))"
    return (Output(name, _as_sum(total, base)),)


def _of_count(name: str, counted: str, smallest: int) -> str:
    """A whole number, evenly spread around 0; more where people have several of what is counted.

    ``counted`` is the column that says how many there are.
    """
    width = 2 * ((smallest - 1) // 2) + 1
    unit = f"(CAST({quoted(f'{name}_key')} % {_PARTS} AS DOUBLE) / {_PARTS} - 0.5) * {width}"
    several = f"{quoted(counted)} / nullif({quoted(f'{name}_people')}, 0)"
    return f"coalesce(CAST(floor({unit} * greatest({several}, 1) + 0.5) AS BIGINT), 0)"


def _moved(name: str, mean: str) -> str:
    """A mean, moved by up to what one person makes of it, and back inside the range of values."""
    low, high = (f"CAST({quoted(f'{name}_{end}')} AS DOUBLE)" for end in ("low", "high"))
    second = f"CAST({quoted(f'{name}_values')} % {_PARTS} AS DOUBLE)"
    people = f"nullif({quoted(f'{name}_people')}, 0)"
    by = f"({second} * 2 / {_PARTS} - 1) * ({high} - {low}) / {people}"
    moved = f"({mean} + coalesce({by}, 0))"
    return (
        f"CASE WHEN {moved} < {low} THEN 2 * {low} - {moved} "
        f"WHEN {moved} > {high} THEN 2 * {high} - {moved} ELSE {moved} END"
    )


def _as_sum(total: str, base: Base) -> str:
    assert base.operand is not None
    field = base.operand.field
    if field.type is FieldType.INTEGER:
        return f"CAST(round({total}) AS HUGEINT)"
    if field.type is FieldType.DECIMAL:
        return f"CAST({total} AS DECIMAL(38,{field.digits[1]}))"
    return total
