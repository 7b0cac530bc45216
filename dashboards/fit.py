"""The charts that suit a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from dashboards.charts import Choice, choice_of
from dashboards.errors import ChartMismatch
from dashboards.formats import BINS
from dashboards.refusals import Refusal
from dashboards.shape import Shape
from dashboards.theme import MAX_SERIES
from reports.api import CHARTS, ChartType

MAX_PANELS: Final = 4
"""Measures of different units stand in panels of their own; more are too small to read."""
MAX_BARS: Final = 60
"""A longer list is suggested as a table."""


def check(shape: Shape, kind: ChartType) -> None:
    """Raise :class:`~dashboards.errors.ChartMismatch` if the chart doesn't suit the result."""
    if kind == "table":
        return
    if not shape.measures:
        raise ChartMismatch(Refusal.NO_NUMBERS, kind=kind)
    if shape.mode == "rows" and kind not in {"scatter", "histogram"}:
        raise ChartMismatch(Refusal.SINGLE_ROWS, kind=kind)
    _RULES[kind](shape)


def choice_for(shape: Shape, chart: Mapping[str, Any] | None) -> Choice:
    """The chart that is asked for, checked against the result."""
    asked = chart if chart is not None else shape.result.definition.get("chart")
    choice = choice_of(asked, suggested_chart(shape))
    check(shape, choice.kind)
    _check_goal(shape, choice)
    return choice


def _check_goal(shape: Shape, choice: Choice) -> None:
    if choice.goal is None or not shape.measures:
        return
    column = shape.measures[0]
    if shape.columns[column].format != "percent" or choice.goal <= 1:
        return
    values = (shape.number(row, column) for row in range(len(shape.result.rows)))
    if all(value is None or value <= 1 for value in values):
        fraction, percent = f"{choice.goal / 100:g}", f"{choice.goal:g}"
        label = shape.columns[column].label
        raise ChartMismatch(
            Refusal.GOAL_IS_FRACTION, label=label, fraction=fraction, percent=percent
        )


def fitting_charts(shape: Shape) -> tuple[ChartType, ...]:
    """Return the charts that suit the result, in the order of the language."""
    return tuple(kind for kind in CHARTS if _fits(shape, kind))


def suggested_chart(shape: Shape) -> ChartType:
    """Return the chart that suits the result best."""
    for kind in _preferences(shape):
        if _fits(shape, kind):
            return kind
    return "table"


def _fits(shape: Shape, kind: ChartType) -> bool:
    try:
        check(shape, kind)
    except ChartMismatch:
        return False
    return True


def _preferences(shape: Shape) -> tuple[ChartType, ...]:
    if shape.mode == "rows" or len(shape.groups) > 2:
        return ()
    if not shape.groups:
        return ("kpi",)
    if shape.is_calendar and (len(shape.groups) == 1 or _count(shape, 1) <= MAX_SERIES):
        return ("line",)
    if len(shape.groups) == 2:
        return ("heatmap",) if _count(shape, 1) > MAX_SERIES else ("stackedBar", "groupedBar")
    if shape.kind(0) == BINS:
        return ("histogram",)
    return ("bar",) if len(shape.result.rows) <= MAX_BARS else ()


def _count(shape: Shape, group: int) -> int:
    return len({value for value, _ in shape.rows_by_group(group)})


def _no_groups(shape: Shape) -> None:
    if shape.groups:
        raise ChartMismatch(Refusal.HAS_GROUPS)


def _some_group(shape: Shape) -> None:
    if not shape.groups:
        raise ChartMismatch(Refusal.NO_GROUPS)


def _two_groups(shape: Shape) -> None:
    if len(shape.groups) != 2:
        raise ChartMismatch(Refusal.NOT_TWO_GROUPS, count=len(shape.groups))


def _bars(shape: Shape) -> None:
    _some_group(shape)
    scales = {scale_of(shape, column) for column in shape.measures}
    if len(scales) > MAX_PANELS:
        raise ChartMismatch(Refusal.TOO_MANY_SCALES, count=len(scales), most=MAX_PANELS)


def _lines(shape: Shape) -> None:
    _bars(shape)
    if not shape.is_ordered:
        raise ChartMismatch(Refusal.NO_ORDER, label=shape.columns[0].label)


def _area(shape: Shape) -> None:
    _lines(shape)
    if len(shape.groups) == 1 and len(shape.measures) == 1:
        return
    _parts(shape, shape.measures, "line")
    _one_scale(shape)
    if any(
        shape.cell(row, c) is None for row in range(len(shape.result.rows)) for c in shape.measures
    ):
        raise ChartMismatch(Refusal.GAPS_IN_STACK)


def _stacked(shape: Shape) -> None:
    _bars(shape)
    _parts(shape, shape.measures, "groupedBar")
    _one_scale(shape)


def _one_scale(shape: Shape) -> None:
    if len({scale_of(shape, column) for column in shape.measures}) > 1:
        raise ChartMismatch(Refusal.MIXED_UNITS)


def _parts(shape: Shape, columns: tuple[int, ...], instead: str) -> None:
    for column in columns:
        label = shape.columns[column].label
        if not shape.is_part(column):
            raise ChartMismatch(Refusal.NOT_PARTS, label=label, instead=instead)
        numbers = (shape.number(row, column) for row in range(len(shape.result.rows)))
        if any(value is not None and value < 0 for value in numbers):
            raise ChartMismatch(Refusal.NEGATIVE_VALUES, label=label, instead=instead)


def _slices(shape: Shape) -> None:
    _some_group(shape)
    _parts(shape, shape.measures[:1], "bar")


def _pie(shape: Shape) -> None:
    _slices(shape)
    if shape.withheld:
        raise ChartMismatch(Refusal.GAPS_IN_WHOLE)
    meta = shape.result.meta
    has_total = shape.grand_total(shape.measures[0]) is not None
    if meta.total_row_count > meta.row_count and not has_total:
        raise ChartMismatch(Refusal.CUT_WHOLE)


def _treemap(shape: Shape) -> None:
    _slices(shape)
    if len(shape.groups) > 3:
        raise ChartMismatch(Refusal.TOO_MANY_NESTED)


def _scatter(shape: Shape) -> None:
    if shape.mode != "rows":
        _some_group(shape)
    if len(shape.measures) < 2:
        raise ChartMismatch(Refusal.ONE_MEASURE)


def _histogram(shape: Shape) -> None:
    if shape.mode == "rows":
        return
    _some_group(shape)
    if len(shape.groups) != 1 or not (
        shape.kind(0) == BINS or (shape.columns[0].type in _NUMBERS and not shape.bucket)
    ):
        raise ChartMismatch(Refusal.NO_BINS)


def _cohort(shape: Shape) -> None:
    _two_groups(shape)
    if cohort_age(shape) is None:
        raise ChartMismatch(Refusal.NO_AGE)


def _funnel(shape: Shape) -> None:
    if len(shape.groups) > 1:
        raise ChartMismatch(Refusal.TOO_MANY_STAGES)
    stages = funnel_stages(shape)
    if shape.groups:
        _parts(shape, shape.measures[:1], "bar")
    elif len(stages) < 2:
        raise ChartMismatch(Refusal.NO_STAGES)
    elif len({shape.columns[c].format for c in shape.measures}) > 1:
        raise ChartMismatch(Refusal.MIXED_STAGES)
    known = [value for value in stages if value is not None]
    if any(value < 0 for value in known):
        raise ChartMismatch(Refusal.NEGATIVE_STAGES)
    if any(later > earlier for earlier, later in pairwise(known)):
        raise ChartMismatch(Refusal.NOT_NARROWING)


def _gauge(shape: Shape) -> None:
    _no_groups(shape)
    value = shape.number(0, shape.measures[0]) if shape.result.rows else None
    if value is not None and value < 0:
        raise ChartMismatch(Refusal.NEGATIVE_GAUGE)


_IN_UNITS_OF_ITS_MEASURE: Final = frozenset({"movingAverage", "runningTotal", "difference"})
_NUMBERS: Final = frozenset({"integer", "decimal", "float"})
_RULES: Final[Mapping[str, Callable[[Shape], None]]] = MappingProxyType(
    {
        "kpi": _no_groups,
        "line": _lines,
        "area": _area,
        "bar": _bars,
        "stackedBar": _stacked,
        "groupedBar": _bars,
        "pie": _pie,
        "donut": _pie,
        "scatter": _scatter,
        "heatmap": _two_groups,
        "histogram": _histogram,
        "funnel": _funnel,
        "cohort": _cohort,
        "treemap": _treemap,
        "gauge": _gauge,
    }
)


def scale_of(shape: Shape, column: int) -> str:
    """Return the scale that two measures must share to stand on one axis."""
    form = shape.form_of(column)
    if form.get("calc") in _IN_UNITS_OF_ITS_MEASURE:
        names = [c.key.split(".")[-1] for c in shape.columns]
        name = str(form.get("of")).split(".")[-1]
        if name in names and names.index(name) != column:
            return scale_of(shape, names.index(name))
    found = shape.columns[column]
    if found.format == "percent":
        return "percent"
    return found.unit or "number"


def cohort_age(shape: Shape) -> int | None:
    """Return the group that is the age of the cohorts: of two, the one that is a whole number."""
    if len(shape.groups) != 2:
        return None
    found = [group for group in shape.groups if shape.columns[group].type == "integer"]
    return found[0] if found else None


def funnel_stages(shape: Shape) -> tuple[int | float | None, ...]:
    """The values of a funnel's stages, first to last."""
    if not shape.result.rows:
        return tuple(None for _ in shape.measures)
    if not shape.groups:
        return tuple(shape.number(0, column) for column in shape.measures)
    return tuple(shape.number(row, shape.measures[0]) for row in range(len(shape.result.rows)))
