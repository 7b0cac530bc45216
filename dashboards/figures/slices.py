"""Parts of one whole: pie, donut, treemap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.figures.canvas import BOLD, HOVER, Canvas
from dashboards.formats import Number, escaped, number_of, plain
from dashboards.messages import Message
from dashboards.theme import PATTERNS, readable
from reports.contracts import Cell

MAX_SLICES: Final = 8
MAX_TILES: Final = 200
_NARROW: Final = 0.04


@dataclass(frozen=True)
class Slice:
    """One part; ``rest`` is the number of groups it stands for, if it is what is left over."""

    label: str
    value: Number
    rest: int = 0


def draw_pie(canvas: Canvas) -> None:
    """A pie."""
    _draw(canvas, hole=0)


def draw_donut(canvas: Canvas) -> None:
    """A pie with the total in its middle."""
    whole = _draw(canvas, hole=0.58)
    column = canvas.columns[canvas.shape.measures[0]]
    text = escaped(canvas.fmt.number(whole, column))
    font = {"size": 18, "color": canvas.theme.ink, "weight": BOLD}
    canvas.annotate(text, x=0.5, y=0.5, xanchor="center", yanchor="middle", font=font)


def _draw(canvas: Canvas, *, hole: float) -> Cell:
    column = canvas.shape.measures[0]
    parts, whole = slices_of(canvas)
    texts = [_share(part.value, whole) for part in parts]
    shown = canvas.columns[column]
    own = iter(canvas.styles([part.label for part in parts if not part.rest]))
    styles = [0 if part.rest else next(own) for part in parts]
    marker = {
        "colors": [
            canvas.theme.muted if p.rest else canvas.color(style)
            for p, style in zip(parts, styles, strict=True)
        ],
        "line": {"color": canvas.theme.ground, "width": 2},
        "pattern": {
            "shape": [
                "" if p.rest else PATTERNS[style] for p, style in zip(parts, styles, strict=True)
            ],
            "fgcolor": canvas.theme.ground,
            "fgopacity": 0.6,
            "size": 8,
            "solidity": 0.18,
            "fillmode": "overlay",
        },
    }
    canvas.data.append(
        {
            "type": "pie",
            "labels": [canvas.name(p.label) for p in parts],
            "values": [p.value for p in parts],
            "hole": hole,
            "sort": False,
            "direction": "clockwise",
            "marker": marker,
            "text": texts,
            "textinfo": "label+text",
            "textposition": "outside",
            "textfont": {"size": 12, "color": canvas.theme.ink},
            "automargin": True,
            "hovertext": [
                canvas.hover(p.label, [(shown.label, f"{canvas.fmt.number(p.value, shown)} · {t}")])
                for p, t in zip(parts, texts, strict=True)
            ],
            "hovertemplate": HOVER,
        }
    )
    canvas.layout["uniformtext"] = {"minsize": 10, "mode": "show"}
    canvas.note_missing([column])
    canvas.note_undrawn(canvas.shape.measures[1:])
    return whole


def _share(value: Number, whole: Number) -> str:
    return f"{plain(value / whole * 100, 1)}\u00a0%" if whole else ""


def slices_of(canvas: Canvas) -> tuple[tuple[Slice, ...], Number]:
    """The slices in the result's order, largest kept, and the whole they are parts of.

    Where there are more groups than slices, or the list was cut by a limit, what is left is
    one slice: the parts are counts or sums, so it is exactly the computed total less the
    slices.
    """
    shape = canvas.shape
    column = shape.measures[0]
    values = [shape.number(row, column) for row in range(len(shape.result.rows))]
    found = [
        Slice(" · ".join(canvas.group(shape.result.rows[row][g], g) for g in shape.groups), value)
        for row, value in enumerate(values)
        if value
    ]
    whole = _whole(canvas, found)
    parts = _largest(found)
    rest = whole - sum(s.value for s in parts)
    left = shape.result.meta.total_row_count - sum(v is not None for v in values) + len(found)
    left -= len(parts)
    if rest > 1e-9 * (whole or 1) and left > 0:
        parts = [*parts, Slice(canvas.fmt.say(Message.REST, count=f"{left:,}"), rest, left)]
    return tuple(parts), whole


def _largest(found: list[Slice]) -> list[Slice]:
    """The largest slices in their own order, with room for one more; all if they are few."""
    if len(found) <= MAX_SLICES:
        return found
    order = sorted(range(len(found)), key=lambda i: (-found[i].value, i))
    return [found[i] for i in sorted(order[: MAX_SLICES - 1])]


def _whole(canvas: Canvas, found: list[Slice]) -> Number:
    shape = canvas.shape
    total = number_of(shape.grand_total(shape.measures[0]))
    if total is not None:
        return total
    return sum(s.value for s in found)


def draw_treemap(canvas: Canvas) -> None:
    """Rectangles as large as their values, nested by group; the largest ones if there are many."""
    shape = canvas.shape
    column = shape.measures[0]
    rows = [r for r in range(len(shape.result.rows)) if (shape.number(r, column) or 0) > 0]
    shown = sorted(rows, key=lambda r: (-(shape.number(r, column) or 0), r))[:MAX_TILES]
    canvas.note_first(len(shown), len(rows))
    nodes: dict[tuple[str, ...], Number] = {}
    for row in sorted(shown):
        path: tuple[str, ...] = ()
        for group in shape.groups:
            path = (*path, canvas.group(shape.result.rows[row][group], group))
            nodes[path] = nodes.get(path, 0) + (shape.number(row, column) or 0)
    _treemap_trace(canvas, nodes)
    canvas.note_missing([column])
    canvas.note_undrawn(shape.measures[1:])


def _treemap_trace(canvas: Canvas, nodes: dict[tuple[str, ...], Number]) -> None:
    column = canvas.columns[canvas.shape.measures[0]]
    ids = {path: str(number) for number, path in enumerate(nodes, start=1)}
    tops = list(dict.fromkeys(path[0] for path in nodes))
    by_top = dict(zip(tops, canvas.styles(tops), strict=True))
    styles = [by_top[path[0]] % len(canvas.theme.series) for path in nodes]
    is_flat = len(canvas.shape.groups) == 1
    colors = [canvas.theme.series[0] if is_flat else canvas.theme.series[s] for s in styles]
    names = [canvas.name(path[-1]) for path in nodes]
    texts = [canvas.fmt.number(value, column) for value in nodes.values()]
    canvas.layout["uniformtext"] = {"minsize": 10, "mode": "hide"}
    canvas.data.append(
        {
            "type": "treemap",
            "ids": list(ids.values()),
            "labels": names,
            "parents": [ids.get(path[:-1], "") for path in nodes],
            "values": list(nodes.values()),
            "branchvalues": "total",
            "text": texts,
            "textinfo": "label+text",
            "textfont": {"size": 13, "color": [readable(c) for c in colors]},
            "tiling": {"pad": 2},
            "pathbar": {"visible": False},
            "marker": {
                "colors": colors,
                "line": {"color": canvas.theme.ground, "width": 2},
                "pattern": {
                    "shape": [
                        "" if is_flat or len(p) > 1 else PATTERNS[s]
                        for p, s in zip(nodes, styles, strict=True)
                    ],
                    "fgcolor": canvas.theme.ground,
                    "fgopacity": 0.5,
                    "size": 8,
                    "solidity": 0.15,
                    "fillmode": "overlay",
                },
            },
            "hovertext": [
                canvas.hover(" › ".join(path), [(column.label, text)])
                for path, text in zip(nodes, texts, strict=True)
            ],
            "hovertemplate": HOVER,
        }
    )
