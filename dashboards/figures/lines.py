"""Lines and areas over an axis that has an order."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from dashboards.figures.canvas import HOVER, Canvas, Spec, thinned, tick_labels, value_axis
from dashboards.figures.panels import goal_line, panel_axes
from dashboards.figures.series import Frame, Series, cells_of, frame_of, has_gap, hover_of, position
from dashboards.formats import number_of
from dashboards.theme import DASHES, PATTERNS, SYMBOLS, faded

MAX_POINTS: Final = 2_000
MAX_MARKED: Final = 60
"""Beyond this, markers run into each other and the dashes alone distinguish the lines."""
MAX_TICKS: Final = 6


def draw_lines(canvas: Canvas) -> None:
    """One line for each series; NULL and missing buckets break it."""
    frame = frame_of(canvas, 1, MAX_POINTS)
    for series in frame.series:
        canvas.data.append(_line(canvas, frame, series))
    _finish(canvas, frame, from_zero=False)


def draw_area(canvas: Canvas) -> None:
    """One filled line, or parts stacked on each other."""
    frame = frame_of(canvas, 1, MAX_POINTS)
    current = [s for s in frame.series if not s.is_before]
    is_stack = len(current) > 1
    for series in current if is_stack else frame.series:
        trace = _line(canvas, frame, series)
        if not series.is_before:
            trace |= _fill(canvas, series, is_stack=is_stack)
            trace["y"] = [0 if y is None else y for y in trace["y"]] if is_stack else trace["y"]
        canvas.data.append(trace)
    _finish(canvas, frame, from_zero=True, is_stack=is_stack)


def _fill(canvas: Canvas, series: Series, *, is_stack: bool) -> Spec:
    color = canvas.color(series.style)
    if not is_stack:
        return {"fill": "tozeroy", "fillcolor": faded(color, 0.22)}
    pattern = {"shape": PATTERNS[series.style], "fgcolor": canvas.theme.ground, "size": 7}
    return {
        "stackgroup": "all",
        "mode": "lines",
        "line": {"color": color, "width": 1.5},
        "fillpattern": pattern | {"bgcolor": color, "fillmode": "replace"},
    } | ({"fillcolor": color} if series.style == 0 else {})


def _line(canvas: Canvas, frame: Frame, series: Series) -> Spec:
    xs = _positions(canvas, frame)
    ys: list[Any] = [number_of(cell) for cell in cells_of(canvas, series)]
    texts = hover_of(canvas, frame, series)
    if canvas.shape.is_calendar:
        xs, ys, texts = _broken(canvas, frame, (xs, ys, texts))
    color = canvas.color(series.style)
    is_marked = len(frame.categories) <= MAX_MARKED and not series.is_before
    return {
        "type": "scatter",
        "mode": "lines+markers" if is_marked or _has_islands(ys) else "lines",
        "name": canvas.name(series.name),
        "x": xs,
        "y": ys,
        "hovertext": texts,
        "hovertemplate": HOVER,
        "connectgaps": False,
        "opacity": 0.65 if series.is_before else 1,
        "line": {
            "color": color,
            "width": 1.75 if series.is_before else 2.25,
            "dash": "dot" if series.is_before else DASHES[series.style],
        },
        "marker": {"color": color, "size": 7, "symbol": SYMBOLS[series.style]},
        "yaxis": "y" if series.panel == 0 else f"y{series.panel + 1}",
    }


def _positions(canvas: Canvas, frame: Frame) -> list[Any]:
    if canvas.shape.is_calendar:
        return [position(key[0]) for key in frame.categories]
    return list(range(len(frame.categories)))


def _broken(
    canvas: Canvas, frame: Frame, points: tuple[list[Any], list[Any], list[str]]
) -> tuple[list[Any], list[Any], list[str]]:
    """The points with an empty one wherever buckets are missing, so that no line bridges them."""
    xs, ys, texts = points
    out: tuple[list[Any], list[Any], list[str]] = ([], [], [])
    for place, point in enumerate(zip(xs, ys, texts, strict=True)):
        if place and has_gap(
            frame.categories[place - 1][0], frame.categories[place][0], canvas.shape.bucket
        ):
            for values, value in zip(out, (xs[place - 1], None, ""), strict=True):
                values.append(value)
        for values, value in zip(out, point, strict=True):
            values.append(value)
    return out


def _has_islands(ys: list[Any]) -> bool:
    """Return True if a value stands alone between gaps: without a marker nobody would see it."""
    around = [None, *ys, None]
    return any(
        here is not None and before is None and after is None
        for (before, here), after in zip(pairwise(around), around[2:], strict=False)
    )


def _finish(canvas: Canvas, frame: Frame, *, from_zero: bool, is_stack: bool = False) -> None:
    places = _positions(canvas, frame)
    ticks = thinned(places, MAX_TICKS)
    axis: Spec = {
        "title": {"text": canvas.tick(canvas.group_label(0))},
        "tickvals": [places[t] for t in ticks],
        "ticktext": tick_labels(canvas, frame.labels, ticks),
        "tickangle": 0 if canvas.shape.is_calendar else None,
        "type": "date" if canvas.shape.is_calendar else "linear",
    }
    if not canvas.shape.is_calendar:
        axis["range"] = [-0.3, len(places) - 0.7]
    axes = [
        _axis(canvas, frame, panel, from_zero=from_zero, is_stack=is_stack)
        for panel in range(len(frame.panels))
    ]
    panel_axes(canvas, axis, axes, across=False)
    goal_line(canvas, is_upright=False)
    canvas.layout["showlegend"] = len(frame.series) > len(frame.panels)
    canvas.note_missing(canvas.shape.measures)


def _axis(canvas: Canvas, frame: Frame, panel: int, *, from_zero: bool, is_stack: bool) -> Spec:
    members = frame.in_panel(panel)
    cells: list[Any] = [cell for s in members for cell in cells_of(canvas, s)]
    if is_stack:
        columns = zip(*(cells_of(canvas, s) for s in members), strict=True)
        cells = [sum(number_of(c) or 0 for c in column) for column in columns]
    if panel == 0 and canvas.choice.goal is not None:
        cells.append(canvas.choice.goal)
    axis = value_axis(canvas, frame.panels[panel], cells, from_zero=from_zero)
    return axis if len({s.column for s in members}) == 1 else axis | {"title": {"text": ""}}
