"""One row of numbers: kpi and gauge."""

from __future__ import annotations

from typing import Any, Final

from dashboards.errors import ChartMismatch
from dashboards.figures.canvas import Canvas, Spec, nice_ticks
from dashboards.formats import Number, escaped, number_of, shortened
from dashboards.messages import Message
from dashboards.refusals import Refusal
from reports.contracts import Cell

MAX_KPIS: Final = 6
_MAX_LABEL: Final = 30
_LARGE, _SMALL = 40, 30
_LINE: Final = 0.16
"""The height of a line below the number, of the plot's."""
_DOWN, _UP, _LEVEL = "▼", "▲", "●"


def draw_kpi(canvas: Canvas) -> None:
    """Each measure as a large number, with what it is compared with and its goal below."""
    canvas.hide_axes()
    canvas.height = 120
    canvas.layout["margin"] = {"l": 4, "r": 4, "t": 4, "b": 6}
    shown = canvas.shape.measures[:MAX_KPIS]
    below = [_below(canvas, column, is_first=not place) for place, column in enumerate(shown)]
    floor = _LINE * max(map(len, below), default=0)
    for place, column in enumerate(shown):
        start, end = place / len(shown), (place + 1) / len(shown)
        _one(canvas, column, (start, end), floor)
        for number, line in enumerate(below[place]):
            height = floor - _LINE * (number + 1)
            middle = (start + end) / 2
            canvas.annotate(escaped(line), x=middle, y=height, yanchor="bottom", xanchor="center")
    canvas.note_missing(shown)
    canvas.note_undrawn(canvas.shape.measures[MAX_KPIS:])


def _one(canvas: Canvas, column: int, across: tuple[float, float], floor: float) -> None:
    value = canvas.shape.number(0, column)
    middle = (across[0] + across[1]) / 2
    label = escaped(shortened(canvas.fmt.label(canvas.columns[column]), _MAX_LABEL))
    canvas.annotate(label, x=middle, y=1, yanchor="top", xanchor="center")
    if value is None:
        is_withheld = (0, column) in canvas.shape.withheld
        text = canvas.fmt.say(Message.WITHHELD if is_withheld else Message.NO_VALUE)
        font = {"size": 16, "color": canvas.theme.muted}
        canvas.annotate(text, x=middle, y=(floor + 0.84) / 2, xanchor="center", font=font)
        return
    domain = {"x": list(across), "y": [floor, 0.84]}
    trace = _indicator(canvas, column, value) | {"mode": "number", "domain": domain}
    trace["number"]["font"]["size"] = _SMALL if floor else _LARGE
    canvas.data.append(trace)


def _indicator(canvas: Canvas, column: int, value: Number) -> Spec:
    """A number that reads exactly as the formatter writes it."""
    text = canvas.fmt.number(value, canvas.columns[column])
    is_percent = text.endswith("%")
    digits = text.removesuffix("%").strip()
    decimals = len(digits.partition(".")[2])
    number: Spec = {
        "valueformat": f",.{decimals}f",
        "font": {"color": canvas.theme.ink, "size": _SMALL},
    }
    if is_percent:
        number["suffix"] = "\u00a0%"
    scale = 100 if canvas.columns[column].format == "percent" else 1
    return {"type": "indicator", "value": value * scale, "number": number}


def _below(canvas: Canvas, column: int, *, is_first: bool) -> list[str]:
    shown = canvas.columns[column]
    cell = canvas.shape.cell(0, column)
    lines: list[str] = []
    if canvas.shape.is_compared:
        before = canvas.shape.before(0, column)
        label = canvas.fmt.compared(canvas.shape.result)
        lines.append(f"{label}: {canvas.fmt.cell(before, shown)}")
        if number_of(before) is not None and number_of(cell) is not None:
            lines.insert(0, f"{_arrow(before, cell)} {canvas.fmt.change(before, cell, shown)}")
    if is_first and canvas.choice.goal is not None:
        goal = canvas.fmt.number(canvas.choice.goal, shown)
        lines.append(canvas.fmt.say(Message.GOAL, value=goal))
    return lines


def _arrow(before: Cell, after: Cell) -> str:
    first, last = number_of(before) or 0, number_of(after) or 0
    return _UP if last > first else _DOWN if last < first else _LEVEL


def draw_gauge(canvas: Canvas) -> None:
    """The first measure on a half circle, from 0 to its natural end or beyond the goal.

    Raises :class:`~dashboards.errors.ChartMismatch` where nothing says what is much.
    """
    canvas.hide_axes()
    column = canvas.shape.measures[0]
    value = canvas.shape.number(0, column)
    if value is None:
        draw_kpi(canvas)
        return
    end = _end(canvas, column, value)
    percent = canvas.columns[column].format == "percent"
    scale = 100 if percent else 1
    ticks = nice_ticks(0, end, 5)
    axis: Spec = {
        "range": [0, end * scale],
        "tickvals": [t * scale for t in ticks],
        "ticktext": [canvas.fmt.number(t, canvas.columns[column]) for t in ticks],
        "tickcolor": canvas.theme.muted,
        "tickfont": {"size": 12, "color": canvas.theme.muted},
    }
    gauge: dict[str, Any] = {
        "axis": axis,
        "bar": {"color": canvas.color(0), "thickness": 0.7},
        "bgcolor": canvas.theme.rule,
        "borderwidth": 0,
    }
    if canvas.choice.goal is not None:
        line = {"color": canvas.theme.goal, "width": 4}
        gauge["threshold"] = {"line": line, "thickness": 1, "value": canvas.choice.goal * scale}
        text = canvas.fmt.number(canvas.choice.goal, canvas.columns[column])
        font = {"size": 13, "color": canvas.theme.goal}
        goal = escaped(canvas.fmt.say(Message.GOAL, value=text))
        canvas.annotate(goal, x=0.5, y=0, xanchor="center", yanchor="bottom", font=font)
    domain = {"x": [0.05, 0.95], "y": [0.12, 0.92]}
    trace = _indicator(canvas, column, value) | {"mode": "gauge+number", "gauge": gauge}
    canvas.data.append(trace | {"domain": domain})
    canvas.height = 220
    canvas.note_undrawn(canvas.shape.measures[1:])


def _end(canvas: Canvas, column: int, value: Number) -> float:
    shown = canvas.columns[column]
    goal = canvas.choice.goal
    if shown.format == "percent":
        natural = 1.0
    elif shown.unit in {"%", "points"}:
        natural = 100.0
    elif goal is None:
        raise ChartMismatch(Refusal.NO_GOAL, label=shown.label)
    else:
        natural = 0.0
    return max(
        natural,
        nice_ticks(0, max(value, goal or 0) or 1, 5)[-1]
        if natural < max(value, goal or 0)
        else natural,
    )
