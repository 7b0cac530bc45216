"""Bars: simple, grouped, stacked."""

from __future__ import annotations

from typing import Any, Final

from dashboards.figures.canvas import HOVER, Canvas, Spec, thinned, tick_labels, value_axis
from dashboards.figures.panels import goal_line, panel_axes
from dashboards.figures.series import Frame, Series, cells_of, frame_of, hover_of, position
from dashboards.formats import number_of
from dashboards.theme import PATTERNS, readable

MAX_HORIZONTAL: Final = 24
MAX_VERTICAL: Final = 12
MAX_OVER_TIME: Final = 400
MAX_LABELED: Final = 12
MAX_TICKS: Final = 6
MAX_LETTERS: Final = 64
"""Of the names under standing bars, each as wide as the longest; more would overlap."""


def draw_bar(canvas: Canvas) -> None:
    """A bar for each group (several dimensions make one list), in a panel for each scale."""
    joined = 1 if canvas.shape.is_calendar else len(canvas.shape.groups)
    _draw(canvas, joined, "group")


def draw_grouped(canvas: Canvas) -> None:
    """Bars side by side: a category for the first group, a color for the others."""
    _draw(canvas, 1, "group")


def draw_stacked(canvas: Canvas) -> None:
    """Parts on each other."""
    _draw(canvas, 1, "stack")


def _draw(canvas: Canvas, by: int, mode: str) -> None:
    shape = canvas.shape
    lying = not shape.is_calendar and _lies(canvas, by)
    maximum = MAX_HORIZONTAL if lying else MAX_OVER_TIME if shape.is_ordered else MAX_VERTICAL
    frame = frame_of(canvas, by, maximum)
    drawn = frame.series
    if mode == "stack":
        drawn = tuple(s for s in drawn if not s.is_before)
    labeled = len(drawn) == len(frame.panels) and len(frame.categories) <= MAX_LABELED
    for series in drawn:
        canvas.data.append(_bars(canvas, frame, series, lying=lying, labeled=labeled))
    canvas.layout |= {"barmode": mode, "bargap": 0.25}
    canvas.layout["showlegend"] = len(drawn) > len(frame.panels)
    _axes(canvas, frame, lying=lying, is_stack=mode == "stack")
    goal_line(canvas, is_upright=lying)
    canvas.note_missing(sorted({s.column for s in drawn}))
    if lying:
        bars = len(frame.categories) * (max(1, len(drawn)) if mode == "group" else 1)
        canvas.height = max(canvas.height, 90 + 26 * len(frame.categories), 90 + 16 * bars)


def _lies(canvas: Canvas, by: int) -> bool:
    """Return True if the bars are horizontal, because there are many or their names are long."""
    if canvas.shape.is_ordered and by == 1:
        return False
    keys = dict.fromkeys(tuple(row[:by]) for row in canvas.shape.result.rows)
    if len(keys) > MAX_VERTICAL:
        return True
    names = [" · ".join(canvas.group(v, g) for g, v in enumerate(key)) for key in keys]
    return len(names) * max(map(len, names)) > MAX_LETTERS


def _bars(canvas: Canvas, frame: Frame, series: Series, *, lying: bool, labeled: bool) -> Spec:
    cells = cells_of(canvas, series)
    places = _places(canvas, frame)
    numbers = [number_of(cell) for cell in cells]
    column = canvas.columns[series.column]
    texts = [canvas.fmt.number(c, column) if c is not None else "" for c in cells]
    mine = "" if series.panel == 0 else str(series.panel + 1)
    return {
        "type": "bar",
        "orientation": "h" if lying else "v",
        "name": canvas.name(series.name),
        "x": numbers if lying else places,
        "y": places if lying else numbers,
        "hovertext": hover_of(canvas, frame, series),
        "hovertemplate": HOVER,
        "marker": _marker(canvas, series),
        "xaxis": f"x{mine}" if lying else "x",
        "yaxis": "y" if lying else f"y{mine}",
    } | (_labels(canvas, series, texts, lying=lying) if labeled else {})


def _labels(canvas: Canvas, series: Series, texts: list[str], *, lying: bool) -> Spec:
    """The values at the ends of the bars; inside, where a goal line would cross them.

    Of a lying bar without a pattern inside too, where there is room: beside the longest bar of a
    narrow chart the value would be cut.
    """
    has_goal = canvas.choice.goal is not None
    is_plain = lying and not PATTERNS[series.style]
    within = {"size": 12, "color": readable(canvas.color(series.style))}
    beside = {"size": 12, "color": canvas.theme.ink}
    return {
        "text": texts,
        "textposition": "inside" if has_goal else "auto" if is_plain else "outside",
        "insidetextanchor": "middle" if has_goal else "end",
        "textangle": 0,
        "constraintext": "none",
        "insidetextfont": within,
        "outsidetextfont": beside,
        "cliponaxis": False,
    }


def _marker(canvas: Canvas, series: Series) -> Spec:
    color = canvas.color(series.style)
    pattern: Spec = {"shape": PATTERNS[series.style], "fgcolor": canvas.theme.ground}
    pattern |= {"fgopacity": 0.75, "size": 7, "solidity": 0.22, "fillmode": "overlay"}
    if series.is_before:
        pattern |= {"shape": "/", "fgopacity": 0.9, "solidity": 0.55}
    line = {"color": color if series.is_before else canvas.theme.ground, "width": 1}
    return {"color": color, "line": line, "pattern": pattern}


def _places(canvas: Canvas, frame: Frame) -> list[Any]:
    if canvas.shape.is_calendar:
        return [position(key[0]) for key in frame.categories]
    return list(range(len(frame.categories)))


def _axes(canvas: Canvas, frame: Frame, *, lying: bool, is_stack: bool) -> None:
    places = _places(canvas, frame)
    ticks = thinned(places, len(places) if lying else _max_ticks(canvas))
    shared: Spec = {
        "title": {"text": canvas.name(canvas.group_label(0)) if not lying else ""},
        "tickvals": [places[t] for t in ticks],
        "ticktext": tick_labels(canvas, frame.labels, ticks),
        "tickangle": 0 if canvas.shape.is_calendar else None,
        "type": "date" if canvas.shape.is_calendar else "linear",
        "showgrid": False,
        "showline": True,
    }
    if lying:
        shared |= {"range": [len(places) - 0.5, -0.5], "ticklabelstandoff": 6}
    elif not canvas.shape.is_calendar:
        shared["range"] = [-0.5, len(places) - 0.5]
    own = [_axis(canvas, frame, panel, is_stack=is_stack) for panel in range(len(frame.panels))]
    if lying:
        own = [axis | {"showgrid": True, "showline": False} for axis in own]
    panel_axes(canvas, shared, own, across=lying)


def _max_ticks(canvas: Canvas) -> int:
    return MAX_TICKS if canvas.shape.is_calendar else MAX_VERTICAL


def _axis(canvas: Canvas, frame: Frame, panel: int, *, is_stack: bool) -> Spec:
    members = frame.in_panel(panel)
    cells: list[Any] = [cell for s in members for cell in cells_of(canvas, s)]
    if is_stack:
        parts = [cells_of(canvas, s) for s in members if not s.is_before]
        cells = [sum(number_of(c) or 0 for c in column) for column in zip(*parts, strict=True)]
    if panel == 0 and canvas.choice.goal is not None:
        cells.append(canvas.choice.goal)
    axis = value_axis(canvas, frame.panels[panel], cells, from_zero=True)
    return axis if len({s.column for s in members}) == 1 else axis | {"title": {"text": ""}}
