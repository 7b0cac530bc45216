"""The chart of a definition, where paper can hold it."""

from __future__ import annotations

from typing import Final

from reports.contracts import Result
from reports.export.pdf.axes_charts import draw_bars, draw_lines, draw_points
from reports.export.pdf.canvas import Canvas, Styles
from reports.export.pdf.figures import NUMBERS, Figure, figure_of, number
from reports.export.pdf.round_charts import draw_gauge, draw_numbers, draw_pie
from reports.export.show import cell_text
from reports.export.totals import axis_count
from reports.export.wording import ENGLISH, Wording

DRAWN: Final = frozenset(
    (
        "kpi",
        "line",
        "area",
        "bar",
        "stackedBar",
        "groupedBar",
        "histogram",
        "pie",
        "donut",
        "scatter",
        "gauge",
    )
)
"""The chart types that are drawn; of the others the table alone is shown."""

_HEIGHT: Final = 190.0
_LOW: Final = 72.0


def chart_of(
    result: Result, width: float, wording: Wording = ENGLISH, styles: Styles | None = None
) -> Canvas | None:
    """The chart, ``width`` points wide; None if there is none to draw."""
    kind = (result.definition.get("chart") or {}).get("type")
    if kind == "treemap" and styles is not None:
        styles(_tops(result, wording))  # not drawn here: later charts have the page's styles
    figure = figure_of(result, wording) if kind in DRAWN and result.rows else None
    if figure is None:
        return None
    canvas = Canvas(width, _LOW if kind == "kpi" else _HEIGHT, wording=wording, styles=styles)
    is_drawn = _draw(str(kind), canvas, result, figure)
    return canvas if is_drawn else _only_notes(canvas)


def _only_notes(canvas: Canvas) -> Canvas | None:
    return Canvas(canvas.width, 0.0, notes=canvas.notes) if canvas.notes else None


def _draw(kind: str, canvas: Canvas, result: Result, figure: Figure) -> bool:
    if kind in {"line", "area"}:
        draw_lines(canvas, figure, filled=kind == "area")
    elif kind in {"pie", "donut"}:
        return draw_pie(canvas, figure, hole=0.55 if kind == "donut" else 0.0)
    elif kind == "scatter":
        return _draw_scatter(canvas, result)
    elif kind == "gauge":
        draw_gauge(canvas, figure)
    elif kind == "kpi":
        _draw_numbers(canvas, result, figure)
    else:
        draw_bars(canvas, figure, stacked=kind == "stackedBar")
    return True


def _tops(result: Result, wording: Wording) -> list[str]:
    """The first dimension's groups that a treemap shows, in their order."""
    measure = next(iter(_measures(result)), None)
    if measure is None:
        return []
    column, zone = result.columns[0], result.meta.snapshot.time_zone
    shown = [row[0] for row in result.rows if (number(row[measure]) or 0) > 0]
    return list(dict.fromkeys(cell_text(value, column, zone, wording) for value in shown))


def _measures(result: Result) -> list[int]:
    axes = axis_count(result.definition, result.columns, result.totals)
    return [i for i in range(axes, len(result.columns)) if result.columns[i].type in NUMBERS]


def _draw_scatter(canvas: Canvas, result: Result) -> bool:
    found = _measures(result)
    if len(found) < 2:
        return False
    x, y = found[:2]
    hidden = set(result.suppressed)
    points = []
    for n, row in enumerate(result.rows):
        across, up = number(row[x]), number(row[y])
        if across is not None and up is not None and not {(n, x), (n, y)} & hidden:
            points.append((across, up))
    if not points:
        return False
    draw_points(canvas, (result.columns[x], result.columns[y]), points)
    return True


def _draw_numbers(canvas: Canvas, result: Result, figure: Figure) -> None:
    """The measures of the only row, or of the last one in time."""
    row = result.rows[-1]
    last = len(result.rows) - 1
    found = [
        (result.columns[i], None if (last, i) in result.suppressed else number(row[i]))
        for i in _measures(result)
    ]
    draw_numbers(canvas, found[:6], figure.goal)
