"""Bars, lines, areas and clouds of points: everything that stands between two axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from reports.contracts import Column
from reports.export.pdf.canvas import SERIES, Canvas, Point
from reports.export.pdf.figures import Figure, Series
from reports.export.pdf.scales import Scale, scale_over, tick_texts, value_text

_TOP = 17.0
_RIGHT = 8.0
_LABELS = 34.0
_CHARACTER = 4.1
"""Width of a character of a label, on average."""
_MAX_BARS = 120
_MAX_POINTS = 4_000


def draw_bars(canvas: Canvas, figure: Figure, *, stacked: bool) -> None:
    """Bars beside each other, or stacked (negative ones downwards)."""
    figure = _shortened(canvas, figure, _MAX_BARS)
    ends = _stack_ends(figure) if stacked else _values(figure)
    frame = _Frame(canvas, figure, ends)
    count = 1 if stacked else len(figure.series)
    styles = _styles(canvas, figure)
    slot = frame.slot
    width = slot * 0.72 / count
    for index in range(len(figure.categories)):
        up, down = 0.0, 0.0
        for number, series in enumerate(figure.series):
            value = series.values[index]
            if value is None:
                continue
            base = (up if value >= 0 else down) if stacked else 0.0
            x = frame.left + slot * index + slot * 0.14 + (0 if stacked else number * width)
            top, bottom = sorted((frame.y.at(base), frame.y.at(base + value)))
            canvas.bar(x, top, width * 0.94, max(bottom - top, 0.4), styles[number])
            up, down = (up + value, down) if value >= 0 else (up, down + value)
    frame.finish()


def draw_lines(canvas: Canvas, figure: Figure, *, filled: bool) -> None:
    """A line for each series, broken where there is no value; ``filled`` down to zero."""
    figure = _shortened(canvas, figure, _MAX_POINTS)
    frame = _Frame(canvas, figure, _values(figure), has_lines=True)
    shows_markers = len(figure.categories) <= 40
    for style, series in zip(_styles(canvas, figure), figure.series, strict=True):
        for run in _runs(series, frame):
            if filled and len(run) > 1:
                zero = frame.y.at(0)
                canvas.area([(run[0][0], zero), *run, (run[-1][0], zero)], style, light=True)
            canvas.curve(run, style)
            if shows_markers or len(run) == 1:
                for point in run:
                    canvas.marker(point, style)
    frame.finish()


def draw_points(canvas: Canvas, columns: tuple[Column, Column], points: Sequence[Point]) -> None:
    """A cloud: one measure against another."""
    if len(points) > _MAX_POINTS:
        counts = {"shown": f"{_MAX_POINTS:,}", "count": f"{len(points):,}"}
        canvas.notes.append(canvas.wording.say("somePoints", **counts))
    points = points[:_MAX_POINTS]
    left, bottom = 46.0, canvas.height - _LABELS
    x = scale_over([p[0] for p in points], left, canvas.width - _RIGHT, with_zero=False)
    y = scale_over([p[1] for p in points], bottom, _TOP, with_zero=False)
    _draw_grid(canvas, y, tick_texts(y.ticks, columns[1]), left)
    for tick, text in zip(x.ticks, tick_texts(x.ticks, columns[0]), strict=True):
        canvas.text((x.at(tick), bottom + 9), text, align="center")
    canvas.rule((left, bottom), (canvas.width - _RIGHT, bottom), "axis")
    canvas.text(((left + canvas.width) / 2, bottom + 22), columns[0].label, align="center")
    canvas.text((0, 4), columns[1].label)
    for point in points:
        canvas.marker((x.at(point[0]), y.at(point[1])), 0)


class _Frame:
    """Axes, grid, goal and legend around categories."""

    def __init__(
        self, canvas: Canvas, figure: Figure, values: list[float], *, has_lines: bool = False
    ) -> None:
        self._canvas = canvas
        self._figure = figure
        has_legend = len(figure.series) > 1
        self.bottom = canvas.height - _LABELS
        goal = [] if figure.goal is None else [figure.goal]
        self.y = scale_over([*values, *goal], self.bottom, _TOP)
        texts = tick_texts(self.y.ticks, figure.column)
        self.left = 8 + _CHARACTER * max(len(text) for text in texts)
        self.right = canvas.width - _RIGHT
        self.slot = (self.right - self.left) / max(len(figure.categories), 1)
        _draw_grid(canvas, self.y, texts, self.left)
        if has_legend:
            _draw_legend(canvas, figure, has_lines=has_lines)
        else:
            canvas.text((0, 4), figure.series[0].name if figure.series else "")

    def middle(self, index: int) -> float:
        """The middle of a category's slot."""
        return self.left + self.slot * (index + 0.5)

    def finish(self) -> None:
        """Draw what lies above the data: the base line, the goal, and the names below."""
        canvas, figure = self._canvas, self._figure
        zero = self.y.at(0)
        canvas.rule((self.left, zero), (self.right, zero), "axis")
        if figure.goal is not None:
            y = self.y.at(figure.goal)
            canvas.rule((self.left, y), (self.right, y), "goal")
            text = canvas.wording.say("goal", value=value_text(figure.goal, figure.column))
            canvas.goal((self.right, y - 6), text, align="right")
        longest = max((len(name) for name in figure.categories), default=1)
        room = max(int(self.slot / _CHARACTER), 1)
        if (
            longest > room and self.slot >= 24 and not figure.is_ordered
        ):  # wide slots: names are cut rather than left out
            every, maximum = 1, room
        else:
            maximum = min(longest, 18)
            every = math.ceil((maximum + 2) * _CHARACTER / self.slot)
        for index in range(0, len(figure.categories), max(every, 1)):
            name = _short(figure.categories[index], max(maximum, 4))
            canvas.text((self.middle(index), self.bottom + 9), name, align="center")


def _draw_grid(canvas: Canvas, y: Scale, texts: Sequence[str], left: float) -> None:
    for tick, text in zip(y.ticks, texts, strict=True):
        place = y.at(tick)
        canvas.rule((left, place), (canvas.width - _RIGHT, place))
        canvas.text((left - 4, place), text, align="right")


def _styles(canvas: Canvas, figure: Figure) -> list[int]:
    """The styles of the series: categories have theirs in all charts."""
    if not figure.is_split:
        return list(range(len(figure.series)))
    return canvas.styles_of([series.name for series in figure.series])


def _draw_legend(canvas: Canvas, figure: Figure, *, has_lines: bool) -> None:
    names = [series.name for series in figure.series]
    room = canvas.width / max(len(names), 1)
    x = 0.0
    for style, name in zip(_styles(canvas, figure), names, strict=True):
        if has_lines:
            canvas.curve([(x, 4.5), (x + 14, 4.5)], style)
            canvas.marker((x + 7, 4.5), style)
        else:
            canvas.bar(x + 2, 1, 10, 7, style)
        text = _short(name, max(int((room - 22) / _CHARACTER), 3))
        canvas.text((x + 17, 4.5), text)
        x += min(22 + _CHARACTER * 1.15 * len(text) + 8, room)


def _short(text: str, maximum: int) -> str:
    return text if len(text) <= maximum else text[: maximum - 1] + "…"


def _shortened(canvas: Canvas, figure: Figure, maximum: int) -> Figure:
    """As much of the figure as can be read; what is left out is said."""
    count, shown = len(figure.series), figure.series[:SERIES]
    if count > SERIES:
        canvas.notes.append(canvas.wording.say("someSeries", shown=SERIES, count=count))
    maximum = max(maximum // max(len(shown), 1), 1)
    total = len(figure.categories)
    if total > maximum:
        canvas.notes.append(canvas.wording.say("someGroups", shown=maximum, count=f"{total:,}"))
    cut = tuple(Series(series.name, series.values[:maximum]) for series in shown)
    return replace(figure, categories=figure.categories[:maximum], series=cut)


def _values(figure: Figure) -> list[float]:
    return [value for series in figure.series for value in series.values if value is not None]


def _stack_ends(figure: Figure) -> list[float]:
    columns = list(zip(*(series.values for series in figure.series), strict=True))
    ups = [sum(v for v in column if v is not None and v > 0) for column in columns]
    downs = [sum(v for v in column if v is not None and v < 0) for column in columns]
    return [*ups, *downs]


def _runs(series: Series, frame: _Frame) -> list[list[Point]]:
    runs: list[list[Point]] = [[]]
    for index, value in enumerate(series.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((frame.middle(index), frame.y.at(value)))
    return [run for run in runs if run]
