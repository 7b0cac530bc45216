"""Single rows: a scatter of two numbers, a histogram of one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dashboards.figures.canvas import HOVER, Canvas, Spec, value_axis
from dashboards.figures.panels import panel_axes
from dashboards.formats import Number
from dashboards.messages import Message
from dashboards.theme import MAX_SERIES, SYMBOLS
from reports.contracts import Cell

MAX_DRAWN: Final = 2_000
"""More are thinned: WebGL, which would draw all, needs what a strict policy forbids."""
STRIPS: Final = 96
"""The parts of the x axis that show their extremes, shared among the colors."""


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
    drawn = thinned_points(families.values())
    largest = max((p.size or 0 for p in points), default=0)
    for style, name in enumerate(families):
        cloud = _cloud(canvas, drawn[style], largest, style)
        canvas.data.append(cloud | {"type": "scatter", "name": name})
    canvas.layout["showlegend"] = len(families) > 1
    x, y, *more = shape.measures
    own = value_axis(canvas, y, [p.y for p in points], from_zero=False)
    shared = value_axis(canvas, x, [p.x for p in points], from_zero=False)
    panel_axes(canvas, shared | {"showgrid": True}, [own], across=False)
    for axis in ("xaxis", "yaxis"):
        low, high = canvas.layout[axis]["range"]
        canvas.layout[axis]["range"] = [low - (high - low) * 0.03, high]
    _note_thinned(canvas, sum(map(len, drawn)), len(points))
    canvas.note_missing(shape.measures[:3])
    canvas.note_undrawn(more[1:])


def thinned_points(families: Iterable[list[Point]]) -> list[list[Point]]:
    """At most about :data:`MAX_DRAWN` points: all extremes, and every n-th of the others.

    The x axis is cut into strips; of each, every color keeps its highest, lowest, leftmost,
    rightmost and largest point, so that no outlier and no rare color gets lost. The same
    points give the same picture.
    """
    clouds = [list(members) for members in families]
    total = sum(map(len, clouds))
    if total <= MAX_DRAWN:
        return clouds
    ends = [_extremes(cloud, max(1, STRIPS // len(clouds))) for cloud in clouds]
    spare = max(1, MAX_DRAWN - sum(map(len, ends)))
    step = math.ceil(total / spare)
    return [
        [p for place, p in enumerate(cloud) if place % step == 0 or p.row in rows]
        for cloud, rows in zip(clouds, ends, strict=True)
    ]


def _extremes(cloud: list[Point], strips: int) -> set[int]:
    low, high = min(p.x for p in cloud), max(p.x for p in cloud)
    width = (high - low) / strips or 1
    found: dict[int, list[Point]] = {}
    for point in cloud:
        found.setdefault(min(strips - 1, int((point.x - low) / width)), []).append(point)
    rows: set[int] = set()
    for strip in found.values():
        for chosen in (min, max):
            rows.add(chosen(strip, key=lambda p: p.y).row)
            rows.add(chosen(strip, key=lambda p: p.x).row)
        rows.add(max(strip, key=lambda p: p.size or 0).row)
    return rows


def _note_thinned(canvas: Canvas, shown: int, of: int) -> None:
    if shown < of:
        words = {"shown": f"{shown:,}", "all": f"{of:,}"}
        canvas.notes.append(canvas.fmt.say(Message.NOTE_THINNED, **words))


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
            "opacity": 0.75 if len(points) < MAX_DRAWN // 2 else 0.5,
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
