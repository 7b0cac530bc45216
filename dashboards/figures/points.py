"""Single rows: a scatter of two numbers, a histogram of one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from dashboards.figures.canvas import HOVER, Canvas, Spec, value_axis
from dashboards.figures.panels import panel_axes
from dashboards.formats import Number
from dashboards.theme import MAX_SERIES, SYMBOLS
from reports.contracts import Cell

MAX_SVG: Final = 2_000
"""More points are drawn by WebGL."""
MAX_BINS: Final = 24


@dataclass(frozen=True)
class Point:
    """A row with both numbers."""

    row: int
    x: Number
    y: Number
    size: Number | None


def points_of(canvas: Canvas) -> tuple[Point, ...]:
    """The rows that have both numbers (the third measure is the size)."""
    shape = canvas.shape
    x, y, *more = shape.measures
    found = []
    for row in range(len(shape.result.rows)):
        across, up = shape.number(row, x), shape.number(row, y)
        if across is not None and up is not None:
            size = shape.number(row, more[0]) if more else None
            found.append(Point(row, across, up, size))
    return tuple(found)


def draw_scatter(canvas: Canvas) -> None:
    """A point for each row; a color and a symbol for each value of the second group."""
    shape = canvas.shape
    points = points_of(canvas)
    families = _families(canvas, points)
    kind = "scattergl" if len(points) > MAX_SVG else "scatter"
    largest = max((p.size or 0 for p in points), default=0)
    for style, (name, members) in enumerate(families.items()):
        canvas.data.append(_cloud(canvas, members, largest, style) | {"type": kind, "name": name})
    canvas.layout["showlegend"] = len(families) > 1
    x, y, *more = shape.measures
    own = value_axis(canvas, y, [p.y for p in points], from_zero=False)
    shared = value_axis(canvas, x, [p.x for p in points], from_zero=False)
    panel_axes(canvas, shared | {"showgrid": True}, [own], across=False)
    for axis in ("xaxis", "yaxis"):
        low, high = canvas.layout[axis]["range"]
        canvas.layout[axis]["range"] = [low - (high - low) * 0.03, high]
    canvas.note_missing(shape.measures[:3])
    canvas.note_undrawn(more[1:])


def _families(canvas: Canvas, points: tuple[Point, ...]) -> dict[str, list[Point]]:
    shape = canvas.shape
    if len(shape.groups) < 2:
        return {"": list(points)}
    found: dict[Cell, list[Point]] = {}
    for point in points:
        found.setdefault(shape.result.rows[point.row][1], []).append(point)
    if len(found) > MAX_SERIES:
        return {"": list(points)}
    return {canvas.name(canvas.group(value, 1)): members for value, members in found.items()}


def _cloud(canvas: Canvas, points: list[Point], largest: Number, style: int) -> Spec:
    sizes = [6 + 22 * math.sqrt(max(p.size or 0, 0) / largest) for p in points] if largest else 8
    return {
        "mode": "markers",
        "x": [p.x for p in points],
        "y": [p.y for p in points],
        "hovertext": [_about(canvas, p) for p in points],
        "hovertemplate": HOVER,
        "marker": {
            "color": canvas.color(style),
            "symbol": SYMBOLS[style],
            "size": sizes,
            "opacity": 0.75 if len(points) < MAX_SVG else 0.5,
            "line": {"color": canvas.theme.ground, "width": 0.75},
        },
    }


def _about(canvas: Canvas, point: Point) -> str:
    shape = canvas.shape
    row = shape.result.rows[point.row]
    texts = range(len(shape.columns)) if shape.mode == "rows" else shape.groups
    head = " · ".join(
        canvas.group(row[g], g) for g in texts if g not in shape.measures and row[g] is not None
    )
    lines = [
        (canvas.columns[c].label, canvas.fmt.cell(shape.cell(point.row, c), canvas.columns[c]))
        for c in shape.measures[:3]
    ]
    return canvas.hover(head, lines)
