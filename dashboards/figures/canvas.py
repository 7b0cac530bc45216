"""The base of every chart: the theme, the formatter, axes, goal lines and notes."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dashboards.charts import Choice
from dashboards.formats import Formatter, Number, escaped, number_of, shortened
from dashboards.messages import Message
from dashboards.palette import Palette
from dashboards.shape import Shape
from dashboards.theme import Theme, template
from reports.contracts import Cell, Column

Spec = dict[str, Any]
"""A Plotly figure as plain values: ``data`` and ``layout``, ready for any JSON encoder."""

HOVER: Final = "%{hovertext}<extra></extra>"
BOLD: Final = 600
MAX_TICK: Final = 24
MAX_NAME: Final = 32
NOTE_WIDTH: Final = 84
_NOTE_LINE: Final = 32
"""The height of a title at the bottom for each line after its first, in pixels."""


@dataclass
class Canvas:
    """One chart in the making."""

    shape: Shape
    choice: Choice
    theme: Theme
    fmt: Formatter
    data: list[Spec] = field(default_factory=list)
    layout: Spec = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """Notes for the reader about what is not drawn."""
    height: int = 280
    """The least height in pixels at which the chart can be read."""
    palette: Palette | None = None
    """The colors of categories, where several charts share them."""

    def __post_init__(self) -> None:
        self.layout |= {"template": template(self.theme), "showlegend": False}
        self.layout |= {"annotations": [], "shapes": []}

    @property
    def columns(self) -> tuple[Column, ...]:
        """The result's columns."""
        return self.shape.columns

    def name(self, text: str) -> str:
        """A name for legends."""
        return escaped(shortened(text, MAX_NAME))

    def tick(self, text: str) -> str:
        """A name for axes."""
        return escaped(shortened(text, MAX_TICK))

    def color(self, index: int) -> str:
        """The color of the n-th series."""
        return self.theme.series[index % len(self.theme.series)]

    def styles(self, names: Sequence[str]) -> list[int]:
        """The styles of categories: those that other charts have given them, or in their order."""
        if self.palette is None:
            return list(range(len(names)))
        found = self.palette.styles(names)
        self.layout.setdefault("meta", {}).setdefault("styles", {}).update(
            zip(names, found, strict=True)
        )
        return found

    def group_label(self, group: int) -> str:
        """Return the label of a group: its kind of bucket, or the column's label."""
        if self.shape.bucket is not None and group == 0:
            return self.fmt.bucket_name(self.shape.bucket)
        return self.columns[group].label

    def group(self, value: Cell, group: int) -> str:
        """The value of a group in words."""
        return self.fmt.group(value, self.columns[group], self.shape.kind(group))

    def hover(self, head: str, lines: Iterable[tuple[str, str]]) -> str:
        """The text over a mark: a head, and names with values.

        It has no markup but line breaks: the renderer styles the rest by attributes, which
        a strict Content-Security-Policy blocks. Bold texts are bold by their ``font``.
        """
        rows = [f"{escaped(name)}: {escaped(value)}" for name, value in lines]
        return "<br>".join([f"{escaped(head)}", *rows] if head else rows)

    def annotate(self, text: str, **place: float | str | Spec) -> None:
        """A text on the chart; its place is in fractions of the plot unless said."""
        basic = {"showarrow": False, "xref": "paper", "yref": "paper"}
        basic |= {"font": {"size": 12, "color": self.theme.muted}}
        self.layout["annotations"].append({"text": text} | basic | place)

    def note_missing(self, columns: Sequence[int]) -> None:
        """Count what has no value and what is withheld, among the columns drawn."""
        cells = [(row, c) for row in range(len(self.shape.result.rows)) for c in columns]
        withheld = sum(cell in self.shape.withheld for cell in cells)
        missing = sum(self.shape.cell(*cell) is None for cell in cells) - withheld
        if withheld:
            self.notes.append(self.fmt.say(Message.NOTE_WITHHELD, count=f"{withheld:,}"))
        if missing:
            self.notes.append(self.fmt.say(Message.NOTE_MISSING, count=f"{missing:,}"))

    def note_undrawn(self, columns: Sequence[int]) -> None:
        """Name the measures that this chart has no room for."""
        if columns:
            names = ", ".join(self.columns[c].label for c in columns)
            self.notes.append(self.fmt.say(Message.NOTE_UNDRAWN, names=names))

    def note_first(self, shown: int, of: int) -> None:
        """Say that a list was cut."""
        if shown < of:
            words = {"shown": f"{shown:,}", "all": f"{of:,}"}
            self.notes.append(self.fmt.say(Message.NOTE_SHOWN_FIRST, **words))

    def hide_axes(self) -> None:
        """For charts that have none."""
        self.layout |= {"xaxis": {"visible": False}, "yaxis": {"visible": False}}


def nice_ticks(low: Number, high: Number, maximum: int = 6) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``."""
    if high <= low:
        high = low + (abs(low) or 1)
    rough = (high - low) / max(maximum - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 10) for n in range(first, last + 1)]


def value_axis(canvas: Canvas, column: int, values: Iterable[Cell], *, from_zero: bool) -> Spec:
    """The axis of a measure: round ticks in the reader's format, the goal inside."""
    known = [n for n in map(number_of, values) if n is not None] or [0, 1]
    low, high = min(known), max(known)
    if from_zero or 0 < low < high / 3:
        low, high = min(low, 0), max(high, 0)
    is_count = canvas.columns[column].type == "integer"
    ticks = nice_ticks(low, high)
    if is_count:
        ticks = [t for t in ticks if float(t).is_integer()] or [0.0, 1.0]
    shown = [int(t) if is_count else t for t in ticks]
    span = (ticks[-1] - ticks[0]) or 1
    return {
        "title": {"text": canvas.name(canvas.fmt.label(canvas.columns[column]))},
        "tickvals": ticks,
        "ticktext": [canvas.fmt.number(t, canvas.columns[column]) for t in shown],
        "range": [ticks[0] - (span * 0.02 if low < 0 else 0), max(ticks[-1], high) + span * 0.04],
        "zeroline": low < 0 < high,
        "zerolinecolor": canvas.theme.muted,
    }


def thinned(positions: Sequence[Any], maximum: int) -> list[int]:
    """Return the positions that carry a tick: all, or every n-th."""
    step = max(1, math.ceil(len(positions) / maximum))
    return list(range(0, len(positions), step))


def tick_labels(canvas: Canvas, labels: Sequence[str], ticks: Sequence[int]) -> list[str]:
    """The labels of an axis at its ticks: a year stands below its day or month.

    Weeks of term are numbers, as the axis is titled so.
    """
    texts = [canvas.tick(labels[tick]) for tick in ticks]
    if canvas.shape.bucket == "weekOfTerm":
        return [text.split(" ")[-1] for text in texts]
    if canvas.shape.is_calendar and canvas.shape.bucket in {"day", "week", "month"}:
        return [" ".join(text.split(" ")[:-1]) + "<br>" + text.split(" ")[-1] for text in texts]
    return texts


def with_notes(canvas: Canvas) -> None:
    """Write the notes under the plot: the only text of ours that has no axis to stand at."""
    meta = canvas.shape.result.meta
    if meta.total_row_count > meta.row_count:
        words = {"shown": f"{meta.row_count:,}", "all": f"{meta.total_row_count:,}"}
        canvas.notes.append(canvas.fmt.say(Message.NOTE_TRUNCATED, **words))
    lines = textwrap.wrap(" · ".join(canvas.notes), NOTE_WIDTH)
    if lines:
        canvas.height += 24 * len(lines)
        canvas.layout["title"] = {
            "text": "<br>".join(escaped(line) for line in lines),
            "font": {"size": 12, "color": canvas.theme.muted},
            "xref": "container",
            "yref": "container",
            "x": 0,
            "xanchor": "left",
            "y": 0,
            "yanchor": "bottom",
            "pad": {"l": 12, "b": 8 + _NOTE_LINE * (len(lines) - 1), "t": 8},
            "automargin": True,
        }
