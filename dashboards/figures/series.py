"""A result as series over categories: what lines and bars are drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from dashboards.figures.canvas import Canvas
from dashboards.fit import scale_of
from dashboards.formats import number_of
from dashboards.messages import Message
from dashboards.theme import MAX_SERIES
from reports.contracts import Cell

_DAYS: Final = {"day": 1, "week": 7}
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Series:
    """One line or one color of bars; ``rows`` are the result's rows, None where there is none."""

    name: str
    column: int
    rows: tuple[int | None, ...]
    panel: int
    style: int
    """The number of its color, pattern, dash and symbol within its panel."""
    is_before: bool = False
    """True if it shows the compared values."""


@dataclass(frozen=True)
class Frame:
    """Series over categories; ``panels`` holds the first measure of each scale."""

    categories: tuple[tuple[Cell, ...], ...]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    panels: tuple[int, ...]

    def in_panel(self, panel: int) -> tuple[Series, ...]:
        """The series that share an axis."""
        return tuple(s for s in self.series if s.panel == panel)


def frame_of(canvas: Canvas, by: int, maximum: int) -> Frame:
    """Categories by the first ``by`` groups, series by the others and the measures.

    Of more than ``maximum`` categories the first are kept, of too many series those with the
    largest values; both are noted.
    """
    shape = canvas.shape
    places: dict[tuple[Cell, ...], int] = {}
    combos: dict[tuple[Cell, ...], dict[int, int]] = {}
    for number, row in enumerate(shape.result.rows):
        key = tuple(row[:by])
        if shape.is_calendar and key[0] is None:
            continue
        place = places.setdefault(key, len(places))
        combos.setdefault(tuple(row[by : len(shape.groups)]), {})[place] = number
    canvas.note_first(min(len(places), maximum), len(places))
    shown = tuple(places)[:maximum]
    if shape.bucket is not None:
        combos = dict(sorted(combos.items(), key=lambda item: _by_name(item[0])))
    series = _series(canvas, by, combos, len(shown))
    labels = tuple(" · ".join(canvas.group(v, g) for g, v in enumerate(key)) for key in shown)
    panels = tuple({s.panel: s.column for s in reversed(series)}[p] for p in _panels_of(series))
    return Frame(shown, labels, with_compared(canvas, series), panels)


def _by_name(combo: tuple[Cell, ...]) -> tuple[tuple[bool, str], ...]:
    """Series over time in the order of their names, NULL last: rows give them by their dates."""
    return tuple((value is None, str(value)) for value in combo)


def _panels_of(series: Sequence[Series]) -> list[int]:
    return sorted({s.panel for s in series})


def _series(
    canvas: Canvas, by: int, combos: dict[tuple[Cell, ...], dict[int, int]], size: int
) -> tuple[Series, ...]:
    shape = canvas.shape
    scales = list(dict.fromkeys(scale_of(shape, c) for c in shape.measures))
    found: list[Series] = []
    for combo, by_place in _largest(canvas, combos).items():
        words = [canvas.group(v, by + i) for i, v in enumerate(combo)]
        for column in shape.measures:
            panel = scales.index(scale_of(shape, column))
            alone = sum(scale_of(shape, c) == scales[panel] for c in shape.measures) == 1
            label = shape.columns[column].label
            name = " · ".join(words if words and alone else [*words, label])
            rows = tuple(by_place.get(place) for place in range(size))
            style = sum(s.panel == panel for s in found)
            found.append(Series(name, column, rows, panel, style))
    return _restyled(canvas, tuple(s for s in found if s.style < MAX_SERIES), by)


def _restyled(canvas: Canvas, series: tuple[Series, ...], by: int) -> tuple[Series, ...]:
    """The series of categories in the styles that other charts have given them."""
    if canvas.palette is None or by >= len(canvas.shape.groups):
        return series
    found = list(series)
    for panel in _panels_of(series):
        places = [place for place, one in enumerate(series) if one.panel == panel]
        styles = canvas.styles([series[place].name for place in places])
        for place, style in zip(places, styles, strict=True):
            found[place] = replace(series[place], style=style)
    return tuple(found)


def _largest(
    canvas: Canvas, combos: dict[tuple[Cell, ...], dict[int, int]]
) -> dict[tuple[Cell, ...], dict[int, int]]:
    """The combinations with the largest values, in their own order."""
    shape = canvas.shape
    per_panel: dict[str, int] = {}
    for column in shape.measures:
        scale = scale_of(shape, column)
        per_panel[scale] = per_panel.get(scale, 0) + 1
    maximum = max(1, MAX_SERIES // max(per_panel.values()))
    if len(combos) <= maximum:
        return combos
    first = shape.measures[0]

    def size(key: tuple[Cell, ...]) -> float:
        known = (shape.number(row, first) for row in combos[key].values())
        return max((abs(v) for v in known if v is not None), default=-1)

    order = {key: place for place, key in enumerate(combos)}
    shown = set(sorted(combos, key=lambda key: (-size(key), order[key]))[:maximum])
    words = {"shown": maximum, "all": f"{len(combos):,}"}
    canvas.notes.append(canvas.fmt.say(Message.NOTE_SHOWN_LARGEST, **words))
    return {key: rows for key, rows in combos.items() if key in shown}


def with_compared(canvas: Canvas, series: tuple[Series, ...]) -> tuple[Series, ...]:
    """Each series, followed by the one it is compared with, if there was anything then."""
    if not canvas.shape.is_compared:
        return series
    label = canvas.fmt.compared(canvas.shape.result)
    if len(canvas.shape.rows_before_the_first) == len(canvas.shape.result.rows):
        canvas.notes.append(canvas.fmt.say(Message.NOTE_NOTHING_BEFORE, label=label))
        return series
    if canvas.shape.rows_before_the_first:
        start = canvas.group(canvas.shape.first_before, 0)
        words = {"label": label, "start": start}
        canvas.notes.append(canvas.fmt.say(Message.NOTE_BEFORE_FROM, **words))
    found: list[Series] = []
    for one in series:
        is_alone = sum(s.panel == one.panel for s in series) == 1
        name = label if is_alone else f"{one.name} ({label})"
        found += [one, replace(one, name=name, is_before=True)]
    return tuple(found)


def cells_of(canvas: Canvas, series: Series) -> tuple[Cell, ...]:
    """The values of a series, None where there is no row or the value is withheld."""
    read = canvas.shape.before if series.is_before else canvas.shape.cell
    return tuple(None if row is None else read(row, series.column) for row in series.rows)


def hover_of(canvas: Canvas, frame: Frame, series: Series) -> list[str]:
    """The text over each mark of a series."""
    column = canvas.columns[series.column]
    cells = cells_of(canvas, series)
    heads = frame.labels
    if series.is_before and canvas.shape.is_calendar:
        heads = tuple(
            _earlier(canvas, row, label) for row, label in zip(series.rows, heads, strict=True)
        )
    return [
        canvas.hover(head, [(series.name, canvas.fmt.cell(cell, column))])
        for head, cell in zip(heads, cells, strict=True)
    ]


def _earlier(canvas: Canvas, row: int | None, label: str) -> str:
    """The earlier bucket's own name, where the comparison has it."""
    start = None if row is None else canvas.shape.before(row, 0)
    return label if start is None else canvas.group(start, 0)


def position(value: Cell) -> str:
    """A date or an instant on a date axis; an instant as the clock of its zone showed it."""
    assert isinstance(value, date | datetime)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat()
    return value.isoformat()


def has_gap(earlier: Cell, later: Cell, bucket: str | None) -> bool:
    """Return True if buckets are missing between two that follow each other."""
    if not isinstance(earlier, date) or not isinstance(later, date):
        return False
    if isinstance(earlier, datetime) and isinstance(later, datetime):
        return later - earlier > timedelta(hours=1)
    if bucket in _DAYS:
        return (later - earlier).days > _DAYS[bucket]
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months > _MONTHS.get(bucket or "", 10**6)


def known(cells: Sequence[Cell]) -> Iterator[float]:
    """The numbers among the cells."""
    return (float(n) for n in map(number_of, cells) if n is not None)
