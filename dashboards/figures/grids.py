"""Two groups against each other: heatmap and cohort."""

from __future__ import annotations

from typing import Final

from dashboards.figures.canvas import HOVER, Canvas, Spec, nice_ticks, thinned, tick_labels
from dashboards.fit import cohort_age
from dashboards.formats import escaped, number_of
from dashboards.messages import Message
from dashboards.theme import on_ramp, readable
from reports.contracts import Cell

MAX_ACROSS: Final = 120
MAX_DOWN: Final = 40
MAX_WRITTEN: Final = 260
"""Cells with their value written on them; more can't be read."""
_MAX_TICKS: Final = 16
_MAX_DATES: Final = 7


def draw_heatmap(canvas: Canvas) -> None:
    """The first group across, the second down (or the other way, if that fits better)."""
    across, down = canvas.shape.groups
    if not canvas.shape.bucket and _count(canvas, across) > _count(canvas, down):
        across, down = down, across
    _draw(canvas, across, down)


def draw_cohort(canvas: Canvas) -> None:
    """Each cohort a line, its age from left to right."""
    age = cohort_age(canvas.shape)
    assert age is not None
    cohort = next(g for g in canvas.shape.groups if g != age)
    _draw(canvas, age, cohort)


def _count(canvas: Canvas, group: int) -> int:
    return len({value for value, _ in canvas.shape.rows_by_group(group)})


def _members(canvas: Canvas, group: int, maximum: int) -> tuple[Cell, ...]:
    """The values of a group in their own order if they have one, else in the result's."""
    found = list(dict.fromkeys(value for value, _ in canvas.shape.rows_by_group(group)))
    if number_of(found[0]) is not None:
        numbers = [v for v in found if v is not None]
        found = [
            *sorted(numbers, key=lambda v: number_of(v) or 0),
            *([None] if None in found else []),
        ]
    canvas.note_first(min(maximum, len(found)), len(found))
    return tuple(found[:maximum])


def _draw(canvas: Canvas, across: int, down: int) -> None:
    shape = canvas.shape
    column = shape.measures[0]
    xs, ys = _members(canvas, across, MAX_ACROSS), _members(canvas, down, MAX_DOWN)
    places = {(row[down], row[across]): number for number, row in enumerate(shape.result.rows)}
    rows = [[places.get((y, x)) for x in xs] for y in ys]
    is_written = len(xs) * len(ys) <= MAX_WRITTEN and len(xs) <= 20
    canvas.data.append(_cells(canvas, rows))
    names = [[canvas.group(v, g) for v in values] for g, values in ((across, xs), (down, ys))]
    canvas.data[0]["hovertext"] = [
        [_about(canvas, f"{y} · {x}", row) for x, row in zip(names[0], line, strict=True)]
        for y, line in zip(names[1], rows, strict=True)
    ]
    if is_written:
        canvas.data.append(_written(canvas, canvas.data[0]))
    if marks := _gaps(canvas, rows, canvas.data[0]["hovertext"]):
        canvas.data.append(marks)
    maximum = _MAX_DATES if shape.is_calendar else _MAX_TICKS
    canvas.layout["xaxis"] = _axis(canvas, across, names[0], maximum)
    canvas.layout["yaxis"] = _axis(canvas, down, names[1], MAX_DOWN) | {"autorange": "reversed"}
    canvas.height = max(canvas.height, 110 + 24 * len(ys))
    canvas.note_missing([column])
    canvas.note_undrawn(shape.measures[1:])


def _cells(canvas: Canvas, rows: list[list[int | None]]) -> Spec:
    shape = canvas.shape
    column = shape.measures[0]
    shown = canvas.columns[column]
    values = [[None if r is None else shape.number(r, column) for r in line] for line in rows]
    known = [v for line in values for v in line if v is not None] or [0]
    ticks = nice_ticks(min(known), max(known), 5)
    whole = [int(t) if shown.type == "integer" else t for t in ticks]
    steps = len(canvas.theme.ramp) - 1
    font = {"size": 12, "color": canvas.theme.muted}
    trace: Spec = {
        "type": "heatmap",
        "z": values,
        "zmin": min(known),
        "zmax": max(known) if max(known) > min(known) else min(known) + 1,
        "colorscale": [[i / steps, color] for i, color in enumerate(canvas.theme.ramp)],
        "xgap": 2 if len(rows[0]) <= 60 else 0,
        "ygap": 2,
        "hoverongaps": True,
        "hovertemplate": HOVER,
        "colorbar": {
            "title": {"text": escaped(canvas.fmt.label(shown)), "side": "right", "font": font},
            "tickfont": font,
            "thickness": 12,
            "outlinewidth": 0,
            "tickvals": ticks,
            "ticktext": [canvas.fmt.number(t, shown) for t in whole],
        },
    }
    return trace


def _written(canvas: Canvas, cells: Spec) -> Spec:
    """The values on the cells, in the ink that can be read on each."""
    shown = canvas.columns[canvas.shape.measures[0]]
    low, high = cells["zmin"], cells["zmax"]
    found = [
        (x, y, v) for y, line in enumerate(cells["z"]) for x, v in enumerate(line) if v is not None
    ]
    under = [on_ramp(canvas.theme, (v - low) / (high - low)) for _, _, v in found]
    return {
        "type": "scatter",
        "mode": "text",
        "x": [x for x, _, _ in found],
        "y": [y for _, y, _ in found],
        "text": [canvas.fmt.number(v, shown) for _, _, v in found],
        "textfont": {"size": 11, "color": [readable(c) for c in under]},
        "hoverinfo": "skip",
    }


def _about(canvas: Canvas, head: str, row: int | None) -> str:
    column = canvas.shape.measures[0]
    shown = canvas.columns[column]
    if row is not None and (row, column) in canvas.shape.withheld:
        return canvas.hover(head, [(shown.label, canvas.fmt.say(Message.WITHHELD))])
    cell = None if row is None else canvas.shape.cell(row, column)
    return canvas.hover(head, [(shown.label, canvas.fmt.cell(cell, shown))])


def _gaps(canvas: Canvas, rows: list[list[int | None]], texts: list[list[str]]) -> Spec | None:
    """Small crosses where a value is missing or withheld, so that no gap reads as a low value."""
    column = canvas.shape.measures[0]
    found = [
        (x, y)
        for y, line in enumerate(rows)
        for x, row in enumerate(line)
        if row is not None and canvas.shape.number(row, column) is None
    ]
    if not found:
        return None
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x for x, _ in found],
        "y": [y for _, y in found],
        "hovertext": [texts[y][x] for x, y in found],
        "hovertemplate": HOVER,
        "marker": {
            "symbol": "x-thin",
            "size": 7,
            "line": {"color": canvas.theme.muted, "width": 1.5},
        },
    }


def _axis(canvas: Canvas, group: int, names: list[str], maximum: int) -> Spec:
    ticks = thinned(names, maximum)
    is_time = canvas.shape.bucket is not None and group == 0
    return {
        "title": {"text": escaped(canvas.group_label(group))},
        "tickvals": ticks,
        "ticktext": tick_labels(canvas, names, ticks)
        if is_time
        else [canvas.tick(names[t]) for t in ticks],
        "showgrid": False,
        "showline": False,
    }
