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
    is_split: bool = False
    """True if the series are categories too, of another dimension."""


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
        is_over_time = result.definition.get("time") is not None
        order = _order(result.rows, axes) if is_over_time else range(len(names))
        categories, series = _by_dimension(names, [row[measures[0]] for row in cells], order)
        is_split = len(series) > 1
        if not is_split:
            series = (Series(column.label, series[0].values),)
        return Figure(categories, series, column, goal, is_ordered, is_split)
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


def _order(rows: Sequence[Sequence[Cell]], axes: int) -> list[int]:
    """Rows by their series: over time these stand in the order of their names, NULL last."""

    def key(number: int) -> list[tuple[bool, str]]:
        return [(value is None, str(value)) for value in rows[number][1:axes]]

    return sorted(range(len(rows)), key=key)


def _by_dimension(
    names: Sequence[Sequence[str]], values: Sequence[float | None], order: Sequence[int]
) -> tuple[tuple[str, ...], tuple[Series, ...]]:
    """The first dimension along the axis, a series for each combination of the others.

    ``order`` has the rows in the order of their series.
    """
    if len({tuple(name[1:]) for name in names}) == len(names):  # each group lies in one other
        return tuple(" · ".join(name[1:]) for name in names), (Series("", tuple(values)),)
    categories = list(dict.fromkeys(name[0] for name in names))
    found: dict[str, dict[str, float | None]] = {}
    for number in order:
        name = names[number]
        found.setdefault(" · ".join(name[1:]), {})[name[0]] = values[number]
    return tuple(categories), tuple(
        Series(label, tuple(row.get(category) for category in categories))
        for label, row in found.items()
    )


def number(value: Cell) -> float | None:
    """A cell as a length; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return float(value)
