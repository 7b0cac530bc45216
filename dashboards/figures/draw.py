"""From a result to a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import plotly.graph_objects as go

from dashboards import fit
from dashboards.figures import (
    bars,
    grids,
    histograms,
    lines,
    numbers,
    points,
    slices,
    steps,
    tables,
)
from dashboards.figures.canvas import Canvas, Spec, with_notes
from dashboards.formats import Formatter
from dashboards.messages import Locale, Message
from dashboards.palette import Palette
from dashboards.shape import Shape
from dashboards.summary import summary_of
from dashboards.theme import THEMES, ThemeName
from reports.api import ChartType
from reports.contracts import Result


def figure(
    result: Result,
    *,
    chart: Mapping[str, Any] | None = None,
    theme: ThemeName = "light",
    locale: Locale = "en",
) -> go.Figure:
    """A Plotly figure of ``result``, checked property by property.

    ``chart`` (``{"type": …, "goal": …}``) wins over the definition's; without either the
    best fitting type is taken. Labels and values are shown as the result has them, so a
    caller translates the columns' labels before. ``layout.meta`` holds the ``chart`` type,
    its text ``summary``, the ``notes`` on what isn't drawn, and the least ``height`` in
    pixels. Nothing outside is fetched. Raises :class:`~dashboards.errors.ChartMismatch`.
    """
    return go.Figure(spec(result, chart=chart, theme=theme, locale=locale))


def spec(
    result: Result,
    *,
    chart: Mapping[str, Any] | None = None,
    theme: ThemeName = "light",
    locale: Locale = "en",
    palette: Palette | None = None,
) -> Spec:
    """Return what :func:`figure` holds, as plain values.

    Charts that are given one ``palette`` show a category in one color; ``layout.meta.styles`` then
    says which style each category got.
    """
    shape = Shape.of(result)
    choice = fit.choice_for(shape, chart)
    zone = result.meta.snapshot.time_zone
    canvas = Canvas(shape, choice, THEMES[theme], Formatter(locale, zone), palette=palette)
    if result.rows:
        _DRAW[choice.kind](canvas)
        _name_once(canvas)
        with_notes(canvas)
    else:
        _draw_nothing(canvas)
    canvas.layout["meta"] = canvas.layout.get("meta", {}) | {
        "chart": choice.kind,
        "summary": summary_of(shape, choice, canvas.fmt, canvas.notes),
        "notes": canvas.notes,
        "height": canvas.height,
    }
    return {"data": canvas.data, "layout": canvas.layout}


def summary(
    result: Result, *, chart: Mapping[str, Any] | None = None, locale: Locale = "en"
) -> str:
    """Describe the chart in words, what it leaves out included: its text alternative."""
    return str(spec(result, chart=chart, locale=locale)["layout"]["meta"]["summary"])


def fitting_charts(result: Result) -> tuple[ChartType, ...]:
    """Return the chart types that suit this result."""
    return fit.fitting_charts(Shape.of(result))


def suggested_chart(result: Result) -> ChartType:
    """Return the chart type that suits this result best."""
    return fit.suggested_chart(Shape.of(result))


def _name_once(canvas: Canvas) -> None:
    """A category that stands in several panels has one entry in the legend, which is for all."""
    named: set[str] = set()
    for trace in canvas.data:
        name = trace.get("name")
        if not canvas.layout.get("showlegend") or not name:
            continue
        trace["legendgroup"] = name
        if name in named:
            trace["showlegend"] = False
        named.add(name)


def _draw_nothing(canvas: Canvas) -> None:
    canvas.hide_axes()
    font = {"size": 15, "color": canvas.theme.muted}
    text = canvas.fmt.say(Message.NO_DATA)
    canvas.annotate(text, x=0.5, y=0.5, xanchor="center", yanchor="middle", font=font)


_DRAW: Final[Mapping[ChartType, Callable[[Canvas], None]]] = MappingProxyType(
    {
        "table": tables.draw_table,
        "kpi": numbers.draw_kpi,
        "line": lines.draw_lines,
        "area": lines.draw_area,
        "bar": bars.draw_bar,
        "stackedBar": bars.draw_stacked,
        "groupedBar": bars.draw_grouped,
        "pie": slices.draw_pie,
        "donut": slices.draw_donut,
        "scatter": points.draw_scatter,
        "heatmap": grids.draw_heatmap,
        "histogram": histograms.draw_histogram,
        "funnel": steps.draw_funnel,
        "cohort": grids.draw_cohort,
        "treemap": slices.draw_treemap,
        "gauge": numbers.draw_gauge,
    }
)
