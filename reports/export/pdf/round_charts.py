"""Pies, rings, gauges and big numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from reports.contracts import Column
from reports.export.pdf.canvas import SERIES, Canvas, Point
from reports.export.pdf.figures import Figure
from reports.export.pdf.scales import scale_over, value_text

_STEP = math.radians(3)


def draw_pie(canvas: Canvas, figure: Figure, *, hole: float) -> bool:
    """Slices in the order of the rows; ``hole`` is the share of the radius left free.

    False if shares can't be drawn: too many slices to distinguish, or a negative one.
    """
    values = [value or 0.0 for value in figure.series[0].values]
    whole = sum(values)
    if not 0 < len(values) <= SERIES or min(values) < 0 or not whole:
        canvas.notes.append(canvas.wording.say("noShares"))
        return False
    radius = canvas.height / 2 - 8
    middle = (radius + 20, canvas.height / 2)
    angle = -math.pi / 2
    styles = _styles(canvas, figure.categories, values)
    for number, (name, value) in enumerate(zip(figure.categories, values, strict=True)):
        end = angle + 2 * math.pi * value / whole
        if value:
            canvas.area(_ring(middle, radius, radius * hole, angle, end), styles[number])
        angle = end
        y = canvas.height / 2 + (number - (len(values) - 1) / 2) * 15
        x = middle[0] + radius + 28
        canvas.bar(x, y - 4, 12, 8, styles[number])
        share = f"{value_text(value, figure.column)} ({value / whole:.1%})"
        canvas.text((x + 17, y), f"{name}: {share}", size=8)
    return True


def _styles(canvas: Canvas, names: Sequence[str], values: Sequence[float]) -> list[int]:
    """The styles of slices: those that can be seen have theirs first."""
    order = sorted(range(len(names)), key=lambda number: not values[number])
    found = canvas.styles_of([names[number] for number in order])
    by_number = dict(zip(order, found, strict=True))
    return [by_number[number] for number in range(len(names))]


def draw_gauge(canvas: Canvas, figure: Figure) -> None:
    """Half a ring up to the value, with the goal marked, and the value in it."""
    value = figure.series[0].values[0] if figure.series[0].values else None
    goal = figure.goal
    high = 1.0 if figure.column.format == "percent" else 0.0
    ends = [v for v in (value, goal, high) if v is not None]
    scale = scale_over(ends, -math.pi, 0.0)
    radius = min(canvas.height - 30, canvas.width / 2 - 40)
    middle = (canvas.width / 2, canvas.height - 18)
    arc = _arc(middle, radius, -math.pi, 0.0)
    inner = _arc(middle, radius * 0.68, -math.pi, 0.0)
    for side in (arc, inner):
        for start, end in pairwise(side):
            canvas.rule(start, end, "axis")
    if value is not None:
        canvas.area(_ring(middle, radius, radius * 0.68, scale.at(0), scale.at(value)), 0)
    for tick, align in ((scale.ticks[0], "center"), (scale.ticks[-1], "center")):
        place = _on(middle, radius * 0.84, scale.at(tick))
        canvas.text((place[0], place[1] + 8), value_text(tick, figure.column), align=align)
    if goal is not None:
        angle = scale.at(goal)
        canvas.rule(_on(middle, radius * 0.62, angle), _on(middle, radius * 1.06, angle), "goal")
        place = _on(middle, radius * 1.18, angle)
        text = canvas.wording.say("goal", value=value_text(goal, figure.column))
        canvas.goal(place, text, align="center")
    shown = "–" if value is None else value_text(value, figure.column)
    canvas.text((middle[0], middle[1] - 22), shown, align="center", size=24, bold=True)
    canvas.text((middle[0], middle[1]), figure.series[0].name, align="center", size=9)


def draw_numbers(
    canvas: Canvas, found: Sequence[tuple[Column, float | None]], goal: float | None
) -> None:
    """Each measure as a big number, with its name above and the goal below the first."""
    room = canvas.width / max(len(found), 1)
    for index, (column, value) in enumerate(found):
        x = room * index
        canvas.text((x, 12), column.label, size=9)
        shown = "–" if value is None else value_text(value, column)
        canvas.text((x, 36), shown, size=26, bold=True)
        if goal is not None and index == 0:
            text = canvas.wording.say("goal", value=value_text(goal, column))
            canvas.text((x, 60), text, size=9)


def _arc(middle: Point, radius: float, start: float, end: float) -> list[Point]:
    steps = max(int(abs(end - start) / _STEP), 1)
    return [_on(middle, radius, start + (end - start) * step / steps) for step in range(steps + 1)]


def _on(middle: Point, radius: float, angle: float) -> Point:
    return middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle)


def _ring(middle: Point, outer: float, inner: float, start: float, end: float) -> list[Point]:
    far = _arc(middle, outer, start, end)
    near = _arc(middle, inner, end, start) if inner else [middle]
    return [*far, *near]
