"""Frequencies of a number's ranges: of bins that were counted, or of single rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from dashboards.figures.canvas import HOVER, Canvas, Spec, nice_ticks, value_axis
from dashboards.figures.panels import goal_line, panel_axes
from dashboards.formats import BINS, Number, escaped, number_of, plain
from dashboards.messages import Message

MAX_BINS: Final = 24
MAX_EDGES: Final = 12
MAX_LABELED: Final = 16
_OUTSIDE: Final = 1.25
"""The gap between the bins and the bars of what lies outside them, in bars."""


@dataclass(frozen=True)
class Bar:
    """One range: where it stands, how wide, how high, and what it is called."""

    place: float
    width: float
    value: Number | None
    label: str


def draw_histogram(canvas: Canvas) -> None:
    """The ranges side by side without a gap, their edges on the axis."""
    shape = canvas.shape
    if shape.mode == "rows":
        _draw_rows(canvas)
    elif shape.kind(0) == BINS:
        _draw_bins(canvas)
    else:
        _draw_numbers(canvas)
    canvas.note_missing(shape.measures[:1])
    canvas.note_undrawn(shape.measures[1:])


def _draw_bins(canvas: Canvas) -> None:
    """Each bin in its place, so that one without rows leaves a gap as wide as itself."""
    shape = canvas.shape
    edges = [float(edge) for edge in shape.result.definition["dimensions"][0]["bins"]]
    last = len(edges) - 1
    bars, ticks = [], {float(i) - 0.5: plain(edge) for i, edge in enumerate(edges)}
    for row, (value, *_) in enumerate(shape.result.rows):
        place = _bin_place(value, edges)
        label = canvas.group(value, 0)
        bars.append(Bar(place, 1, shape.number(row, shape.measures[0]), label))
        if not 0 <= place < last:
            ticks[place] = escaped(label)
    step = math.ceil(len(edges) / MAX_EDGES)
    shown = {at: text for at, text in ticks.items() if at * 2 % 2 != 1 or (at + 0.5) % step == 0}
    _trace(canvas, bars, canvas.columns[shape.measures[0]].label)
    places = [-0.5, last - 0.5, *(b.place - 0.5 for b in bars), *(b.place + 0.5 for b in bars)]
    axis = _axis(canvas, 0, list(shown), list(shown.values()))
    _axes(canvas, axis | {"range": [min(places) - 0.1, max(places) + 0.1]})


def _bin_place(value: object, edges: Sequence[float]) -> float:
    """The number of a bin; what lies outside and NULL stand apart, at the ends."""
    last = len(edges) - 1
    text = "" if value is None else str(value)
    if text.startswith("["):
        low = float(text[1:].split(",")[0])
        return min(range(last), key=lambda i: abs(edges[i] - low))
    outside = {"<": -_OUTSIDE, ">": last - 1 + _OUTSIDE}
    return outside.get(text[:1], last - 1 + _OUTSIDE * 2)


def _draw_numbers(canvas: Canvas) -> None:
    """A bar at each number that the rows were grouped by; NULL isn't one."""
    shape = canvas.shape
    numbers = [(number_of(value), row) for value, row in shape.rows_by_group(0)]
    known = sorted((n, row) for n, row in numbers if n is not None)
    width = min((b - a for (a, _), (b, _) in pairwise(known) if b > a), default=1)
    column = shape.measures[0]
    bars = [
        Bar(n, width, shape.number(row, column), canvas.group(shape.result.rows[row][0], 0))
        for n, row in known
    ]
    _trace(canvas, bars, canvas.columns[column].label)
    ticks = nice_ticks(known[0][0], known[-1][0], 8) if known else [0.0, 1.0]
    texts = [canvas.fmt.number(t, canvas.columns[0]) for t in ticks]
    ends = [ticks[0] - width / 2, ticks[-1] + width / 2]
    _axes(canvas, _axis(canvas, 0, ticks, texts) | {"range": ends})


def _draw_rows(canvas: Canvas) -> None:
    column = canvas.shape.measures[0]
    edges, counts = distribution(canvas)
    last = len(counts) - 1
    labels = [
        f"{plain(a)} – {'' if i == last else '<'}{plain(b)}"
        for i, (a, b) in enumerate(pairwise(edges))
    ]
    bars = [
        Bar((a + b) / 2, b - a, n, label)
        for (a, b), n, label in zip(pairwise(edges), counts, labels, strict=True)
    ]
    records = canvas.fmt.say(Message.RECORDS)
    _trace(canvas, bars, records)
    ticks = nice_ticks(0, max(counts, default=1))
    whole = [t for t in ticks if float(t).is_integer()]
    own: Spec = {"title": {"text": escaped(records)}, "tickvals": whole}
    own |= {"ticktext": [plain(int(t)) for t in whole], "range": [0, ticks[-1] * 1.04]}
    shown = nice_ticks(edges[0], edges[-1], 8)
    texts = [canvas.fmt.number(t, canvas.columns[column]) for t in shown]
    axis = _axis(canvas, column, shown, texts) | {"range": [edges[0], edges[-1]]}
    panel_axes(canvas, axis, [own], across=False)


def distribution(canvas: Canvas) -> tuple[list[float], list[int]]:
    """Round edges over the column's values, and how many lie between each two.

    The ranges are half-open, the last one closed.
    """
    column = canvas.shape.measures[0]
    rows = range(len(canvas.shape.result.rows))
    known = [v for v in (canvas.shape.number(row, column) for row in rows) if v is not None]
    if not known:
        return [0.0, 1.0], [0]
    wanted = min(MAX_BINS, math.ceil(math.log2(len(known))) + 4)
    edges = nice_ticks(min(known), max(known), wanted + 1)
    step = edges[1] - edges[0]
    last = len(edges) - 2
    places = Counter(min(last, math.floor((v - edges[0]) / step + 1e-9)) for v in known)
    return edges, [places.get(i, 0) for i in range(last + 1)]


def _trace(canvas: Canvas, bars: list[Bar], counted: str) -> None:
    column = canvas.columns[canvas.shape.measures[0]]
    plainly = canvas.shape.mode == "rows"
    texts = [canvas.fmt.cell(b.value, column) if not plainly else plain(b.value or 0) for b in bars]
    trace: Spec = {
        "type": "bar",
        "x": [b.place for b in bars],
        "y": [b.value for b in bars],
        "width": [b.width for b in bars],
        "marker": {"color": canvas.color(0), "line": {"color": canvas.theme.ground, "width": 1}},
        "hovertext": [
            canvas.hover(b.label, [(counted, text)]) for b, text in zip(bars, texts, strict=True)
        ],
        "hovertemplate": HOVER,
    }
    if len(bars) <= MAX_LABELED and canvas.choice.goal is None:
        trace |= {"text": texts, "textposition": "outside", "textangle": 0, "cliponaxis": False}
        trace |= {"constraintext": "none"}
        trace["textfont"] = {"size": 12, "color": canvas.theme.ink}
    canvas.data.append(trace)


def _axis(canvas: Canvas, column: int, places: Sequence[float], texts: Sequence[str]) -> Spec:
    title = escaped(canvas.fmt.label(canvas.columns[column]))
    return {"title": {"text": title}, "tickvals": list(places), "ticktext": list(texts)}


def _axes(canvas: Canvas, shared: Spec) -> None:
    column = canvas.shape.measures[0]
    goal = [] if canvas.choice.goal is None else [canvas.choice.goal]
    cells = [*canvas.shape.values(column), *goal]
    panel_axes(canvas, shared, [value_axis(canvas, column, cells, from_zero=True)], across=False)
    goal_line(canvas, is_upright=False)
