"""Two groups against each other: heatmap and cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.figures.canvas import HOVER, Canvas, Spec, nice_ticks, thinned, tick_labels
from dashboards.fit import cohort_age
from dashboards.formats import Number, escaped, number_of
from dashboards.messages import Message
from dashboards.theme import on_ramp, readable
from reports.contracts import Cell

MAX_ACROSS: Final = 120
MAX_DOWN: Final = 40
MAX_WRITTEN: Final = 260
"""Cells with their value written on them; more can't be read."""
MAX_WRITTEN_ACROSS: Final = 12
"""Of so many columns at most: in a tile the numbers of more run into each other."""
_MAX_TICKS: Final = 16
_MAX_DATES: Final = 7
_MAX_SPACED: Final = 60
"""Columns with space between them."""
_GAP: Final = 0.03
"""Around each cell, of its size."""


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
    is_written = len(xs) * len(ys) <= MAX_WRITTEN and len(xs) <= MAX_WRITTEN_ACROSS
    names = [[canvas.group(v, g) for v in values] for g, values in ((across, xs), (down, ys))]
    texts = [
        [_about(canvas, f"{y} · {x}", row) for x, row in zip(names[0], line, strict=True)]
        for y, line in zip(names[1], rows, strict=True)
    ]
    cells = _cells_of(canvas, rows, texts)
    canvas.data.append(_tiles(canvas, cells, len(xs)))
    if is_written:
        canvas.data.append(_written(canvas, cells))
    if marks := _gaps(canvas, rows, texts):
        canvas.data.append(marks)
    _draw_key(canvas, cells)
    maximum = _MAX_DATES if shape.is_calendar else _MAX_TICKS
    canvas.layout["barmode"] = "overlay"
    canvas.layout["xaxis"] = _axis(canvas, across, names[0], maximum)
    canvas.layout["xaxis"]["range"] = [-0.5, len(xs) - 0.5]
    canvas.layout["yaxis"] = _axis(canvas, down, names[1], MAX_DOWN)
    canvas.layout["yaxis"]["range"] = [len(ys) - 0.5, -0.5]
    canvas.height = max(canvas.height, 110 + 24 * len(ys))
    canvas.note_missing([column])
    canvas.note_undrawn(shape.measures[1:])


@dataclass(frozen=True)
class _Cell:
    """A cell that has a number; counted from the left and from the top."""

    x: int
    y: int
    value: Number
    text: str


def _cells_of(canvas: Canvas, rows: list[list[int | None]], texts: list[list[str]]) -> list[_Cell]:
    column = canvas.shape.measures[0]
    found = []
    for y, line in enumerate(rows):
        for x, row in enumerate(line):
            value = None if row is None else canvas.shape.number(row, column)
            if value is not None:
                found.append(_Cell(x, y, value, texts[y][x]))
    return found


def _ends(cells: list[_Cell]) -> tuple[Number, Number]:
    known = [cell.value for cell in cells] or [0]
    low, high = min(known), max(known)
    return low, high if high > low else low + 1


def _tiles(canvas: Canvas, cells: list[_Cell], across: int) -> Spec:
    """The cells as bars of one height, which floats at its line.

    Plotly's own heatmap is an image that is scaled by a style attribute, which a strict
    Content-Security-Policy blocks: it would blur. Bars are as sharp on screen as in print.
    """
    low, high = _ends(cells)
    steps = len(canvas.theme.ramp) - 1
    return {
        "type": "bar",
        "x": [cell.x for cell in cells],
        "y": [1 - 2 * _GAP for _ in cells],
        "base": [cell.y - 0.5 + _GAP for cell in cells],
        "width": 1 - 2 * _GAP if across <= _MAX_SPACED else 1,
        "showlegend": False,
        "marker": {
            "color": [cell.value for cell in cells],
            "cmin": low,
            "cmax": high,
            "colorscale": [[i / steps, color] for i, color in enumerate(canvas.theme.ramp)],
            "line": {"width": 0},
        },
        "hovertext": [cell.text for cell in cells],
        "hovertemplate": HOVER,
    }


def _draw_key(canvas: Canvas, cells: list[_Cell]) -> None:
    """The colors of the ends and of round numbers between, beside the cells, as a legend.

    A color bar of Plotly's has style attributes too.
    """
    shown = canvas.columns[canvas.shape.measures[0]]
    low, high = _ends(cells)
    ticks = [low, *(t for t in nice_ticks(low, high, 5) if low < t < high), high]
    for tick in reversed(ticks):
        color = on_ramp(canvas.theme, (tick - low) / (high - low))
        number = int(tick) if shown.type == "integer" else tick
        canvas.data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [None],
                "y": [None],
                "name": escaped(canvas.fmt.number(number, shown)),
                "hoverinfo": "skip",
                "marker": {"symbol": "square", "size": 14, "color": color},
            }
        )
    canvas.layout |= {
        "showlegend": True,
        "legend": {
            "orientation": "v",
            "x": 1.01,
            "y": 1,
            "yanchor": "top",
            "title": {"text": canvas.name(canvas.fmt.label(shown))},
            "itemclick": False,
            "itemdoubleclick": False,
        },
    }


def _written(canvas: Canvas, cells: list[_Cell]) -> Spec:
    """The values on the cells, in the ink that can be read on each."""
    shown = canvas.columns[canvas.shape.measures[0]]
    low, high = _ends(cells)
    under = [on_ramp(canvas.theme, (c.value - low) / (high - low)) for c in cells]
    return {
        "type": "scatter",
        "mode": "text",
        "x": [cell.x for cell in cells],
        "y": [cell.y for cell in cells],
        "text": [canvas.fmt.number(cell.value, shown) for cell in cells],
        "textfont": {"size": 11, "color": [readable(c) for c in under]},
        "showlegend": False,
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
        "showlegend": False,
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
        "title": {"text": canvas.name(canvas.group_label(group))},
        "tickvals": ticks,
        "ticktext": tick_labels(canvas, names, ticks)
        if is_time
        else [canvas.tick(names[t]) for t in ticks],
        "showgrid": False,
        "showline": False,
    }
