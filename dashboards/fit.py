"""The charts that suit a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from dashboards.charts import Choice, choice_of
from dashboards.errors import ChartMismatch
from dashboards.formats import BINS
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
        _refuse("NEEDS_NUMBERS", f"A {kind} needs a number.", "Add a measure, or use a table.")
    if shape.mode == "rows" and kind not in {"scatter", "histogram"}:
        hint = "Group the rows (mode categorical or temporal), or use a table."
        _refuse("NEEDS_GROUPS", f"A {kind} can't show single rows.", hint)
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
        message = (
            f"{shape.columns[column].label} is a fraction from 0 to 1, so its goal must be one too."
        )
        hint = f"Write {choice.goal / 100:g} for {choice.goal:g} %."
        raise ChartMismatch("GOAL_IS_FRACTION", message, hint)


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


def _refuse(code: str, message: str, hint: str) -> None:
    raise ChartMismatch(code, message, hint)


def _no_groups(shape: Shape) -> None:
    if shape.groups:
        hint = "Leave out the dimensions and the time, or use a bar or a line."
        _refuse("HAS_GROUPS", "This chart shows one row, and the result is grouped.", hint)


def _some_group(shape: Shape) -> None:
    if not shape.groups:
        hint = "Add a dimension or a time, or use a kpi."
        _refuse("NEEDS_GROUPS", "This chart needs something to group by.", hint)


def _two_groups(shape: Shape) -> None:
    if len(shape.groups) != 2:
        message = f"This chart needs two groups, and the result has {len(shape.groups)}."
        hint = "Group by two dimensions, or by a time and one dimension."
        _refuse("NEEDS_TWO_GROUPS", message, hint)


def _bars(shape: Shape) -> None:
    _some_group(shape)
    scales = {scale_of(shape, column) for column in shape.measures}
    if len(scales) > MAX_PANELS:
        message = f"The measures have {len(scales)} different units; at most {MAX_PANELS} fit."
        _refuse("TOO_MANY_SCALES", message, "Leave out measures, or use a table.")


def _lines(shape: Shape) -> None:
    _bars(shape)
    if not shape.is_ordered:
        message = f"A line needs an order, and {shape.columns[0].label} has none."
        _refuse("NEEDS_ORDER", message, "Use a bar, or put a time or a number first.")


def _area(shape: Shape) -> None:
    _lines(shape)
    if len(shape.groups) == 1 and len(shape.measures) == 1:
        return
    _parts(shape, shape.measures, "line")
    _one_scale(shape)
    if any(
        shape.cell(row, c) is None for row in range(len(shape.result.rows)) for c in shape.measures
    ):
        message = "Values that are missing or withheld can't be stacked."
        _refuse("HAS_GAPS", message, "Use a line or a stackedBar.")


def _stacked(shape: Shape) -> None:
    _bars(shape)
    _parts(shape, shape.measures, "groupedBar")
    _one_scale(shape)


def _one_scale(shape: Shape) -> None:
    if len({scale_of(shape, column) for column in shape.measures}) > 1:
        message = "Measures of different units can't be stacked."
        _refuse("MIXED_UNITS", message, "Use a line or a groupedBar.")


def _parts(shape: Shape, columns: tuple[int, ...], instead: str) -> None:
    for column in columns:
        label = shape.columns[column].label
        if not shape.is_part(column):
            message = f"{label} can't be added up, so its values are not parts of a whole."
            _refuse("NOT_PARTS", message, f"Use a {instead}, or a count or a sum.")
        numbers = (shape.number(row, column) for row in range(len(shape.result.rows)))
        if any(value is not None and value < 0 for value in numbers):
            message = f"{label} has negative values, which are not parts of a whole."
            _refuse("NEGATIVE_PARTS", message, f"Use a {instead}.")


def _slices(shape: Shape) -> None:
    _some_group(shape)
    _parts(shape, shape.measures[:1], "bar")


def _pie(shape: Shape) -> None:
    _slices(shape)
    if shape.withheld:
        message = "Some values are withheld, so the parts don't add up to the whole."
        _refuse("HAS_GAPS", message, "Use a bar, which shows the gaps.")
    meta = shape.result.meta
    has_total = shape.grand_total(shape.measures[0]) is not None
    if meta.total_row_count > meta.row_count and not has_total:
        message = "The list was cut, so the parts don't add up to the whole."
        _refuse("CUT_WHOLE", message, 'Ask for totals ("totals": "grand"), or no limit.')


def _treemap(shape: Shape) -> None:
    _slices(shape)
    if len(shape.groups) > 3:
        _refuse("TOO_MANY_GROUPS", "A treemap nests at most three groups.", "Leave out some.")


def _scatter(shape: Shape) -> None:
    if shape.mode != "rows":
        _some_group(shape)
    if len(shape.measures) < 2:
        message = "A scatter needs two measures, and the result has one."
        _refuse("NEEDS_TWO_MEASURES", message, "Add a second measure.")


def _histogram(shape: Shape) -> None:
    if shape.mode == "rows":
        return
    _some_group(shape)
    if len(shape.groups) != 1 or not (
        shape.kind(0) == BINS or (shape.columns[0].type in _NUMBERS and not shape.bucket)
    ):
        message = "A histogram needs one number to group by."
        hint = 'Group by a number with bins, like {"field": "score", "bins": [0, 50, 100]}.'
        _refuse("NEEDS_BINS", message, hint)


def _cohort(shape: Shape) -> None:
    _two_groups(shape)
    if cohort_age(shape) is None:
        message = "A cohort needs an age: a whole number to follow each group by."
        hint = "Use the bucket weekOfTerm, or a number of days, as one of the two groups."
        _refuse("NEEDS_AGE", message, hint)


def _funnel(shape: Shape) -> None:
    if len(shape.groups) > 1:
        _refuse("TOO_MANY_GROUPS", "A funnel has one group of stages.", "Leave out a group.")
    stages = funnel_stages(shape)
    if shape.groups:
        _parts(shape, shape.measures[:1], "bar")
    elif len(stages) < 2:
        hint = "Give a measure for each stage, or one group of stages."
        _refuse("NEEDS_STAGES", "A funnel needs two stages or more.", hint)
    elif len({shape.columns[c].format for c in shape.measures}) > 1:
        _refuse("MIXED_UNITS", "The stages of a funnel count the same thing.", "Use a kpi.")
    known = [value for value in stages if value is not None]
    if any(value < 0 for value in known):
        _refuse("NEGATIVE_PARTS", "A funnel has no negative stages.", "Use a bar.")
    if any(later > earlier for earlier, later in pairwise(known)):
        message = "A funnel narrows from stage to stage, but a later stage is larger here."
        _refuse("NOT_NARROWING", message, "Put the largest stage first, or use a bar.")


def _gauge(shape: Shape) -> None:
    _no_groups(shape)
    value = shape.number(0, shape.measures[0]) if shape.result.rows else None
    if value is not None and value < 0:
        _refuse("NEGATIVE_VALUE", "A gauge starts at 0, but the value is negative.", "Use a kpi.")


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
