"""The contents of a chart: categories and series, read from a result by its definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from reports.contracts import Cell, Column, Result
from reports.export.show import cell_text
from reports.export.totals import axis_count
from reports.export.wording import ENGLISH, Wording

NUMBERS = frozenset(("integer", "decimal", "float"))


@dataclass(frozen=True)
class Series:
    """A named run of values, one for each category; None where there is none."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Figure:
    """Categories, series, and the column that formats their values."""

    categories: tuple[str, ...]
    series: tuple[Series, ...]
    column: Column
    goal: float | None = None
    is_ordered: bool = False
    """True if the categories are dates or numbers, which say nothing when cut short."""


def figure_of(result: Result, wording: Wording = ENGLISH) -> Figure | None:
    """Categories from the first dimension, series from the others, or from the measures.

    None where there is no number to show.
    """
    axes = axis_count(result.definition, result.columns, result.totals)
    measures = [i for i in range(axes, len(result.columns)) if result.columns[i].type in NUMBERS]
    if not measures:
        return None
    hidden = set(result.suppressed)
    cells = [
        tuple(None if (n, i) in hidden else number(value) for i, value in enumerate(row))
        for n, row in enumerate(result.rows)
    ]
    zone = result.meta.snapshot.time_zone
    names = [
        [cell_text(row[i], result.columns[i], zone, wording) for i in range(axes)]
        for row in result.rows
    ]
    column = result.columns[measures[0]]
    is_ordered = axes > 0 and result.columns[0].type != "text"
    goal = number((result.definition.get("chart") or {}).get("goal"))
    if axes >= 2:
        categories, series = _by_dimension(names, [row[measures[0]] for row in cells])
        if len(series) == 1:
            series = (Series(column.label, series[0].values),)
        return Figure(categories, series, column, goal, is_ordered)
    series = tuple(
        Series(result.columns[i].label, tuple(row[i] for row in cells))
        for i in measures
        if _is_like(result.columns[i], column)
    )
    return Figure(
        tuple(name[0] if name else "" for name in names), series, column, goal, is_ordered
    )


def _is_like(column: Column, first: Column) -> bool:
    """Return True if two measures can share an axis."""
    return (column.format, column.unit) == (first.format, first.unit)


def _by_dimension(
    names: Sequence[Sequence[str]], values: Sequence[float | None]
) -> tuple[tuple[str, ...], tuple[Series, ...]]:
    """The first dimension along the axis, a series for each combination of the others."""
    if len({tuple(name[1:]) for name in names}) == len(names):  # each group lies in one other
        return tuple(" · ".join(name[1:]) for name in names), (Series("", tuple(values)),)
    categories = list(dict.fromkeys(name[0] for name in names))
    found: dict[str, dict[str, float | None]] = {}
    for name, value in zip(names, values, strict=True):
        found.setdefault(" · ".join(name[1:]), {})[name[0]] = value
    return tuple(categories), tuple(
        Series(label, tuple(row.get(category) for category in categories))
        for label, row in found.items()
    )


def number(value: Cell) -> float | None:
    """A cell as a length; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return float(value)
