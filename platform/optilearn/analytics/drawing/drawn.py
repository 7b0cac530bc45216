"""A result as a page shows it: key figures or a chart, its table, and a sentence about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dashboards import figures, fit
from dashboards.charts import Choice
from dashboards.errors import ChartMismatch
from dashboards.formats import Formatter, number_of
from dashboards.messages import Locale, Message
from dashboards.palette import Palette
from dashboards.shape import Shape
from dashboards.summary import summary_of
from dashboards.theme import ThemeName
from optilearn.analytics.drawing.conditions import Condition, condition_of
from reports.contracts import Cell, Result

MAX_ROWS: Final = 200
"""Rows of a table on a page; files have all."""
MAX_STATS: Final = 6
_ALONE: Final = frozenset({"kpi", "table"})
"""Charts that are HTML."""


@dataclass(frozen=True)
class Look:
    """The reader's ground and language, and the colors that other charts gave to categories."""

    locale: Locale = "en"
    theme: ThemeName = "light"
    palette: Palette | None = None


@dataclass(frozen=True)
class Stat:
    """One key figure with what it is compared with; ``trend`` is up, down, level or empty."""

    label: str
    value: str
    trend: str = ""
    change: str = ""
    before: str = ""
    goal: str = ""
    is_met: bool = False
    is_number: bool = True
    """False: the value is a word, that there is none or that it is withheld."""


@dataclass(frozen=True)
class TableCell:
    """A cell as a text."""

    text: str
    is_number: bool = False
    is_withheld: bool = False


@dataclass(frozen=True)
class TableRow:
    """A row; ``label`` is its first groups' text as the chart has it."""

    cells: tuple[TableCell, ...]
    label: str = ""
    condition: Condition | None = None


@dataclass(frozen=True)
class Table:
    """The first rows, as texts, with the computed total."""

    heads: tuple[TableCell, ...]
    rows: tuple[TableRow, ...]
    total: tuple[TableCell, ...] = ()
    row_count: int = 0

    @property
    def is_cut(self) -> bool:
        """True if there are more rows than are shown."""
        return self.row_count > len(self.rows)


@dataclass(frozen=True)
class Drawn:
    """Everything that a page shows of a result. ``figure`` is None for ``kpi`` and ``table``."""

    kind: str
    table: Table
    summary: str
    figure: Mapping[str, Any] | None = None
    stats: tuple[Stat, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)


def draw(result: Result, look: Look, chart: Mapping[str, Any] | None = None) -> Drawn:
    """Draw a result as its definition, or else ``chart``, asks; as a table where that can't be."""
    zone = result.meta.snapshot.time_zone
    fmt = Formatter(look.locale, zone)
    shape = Shape.of(result)
    notes = [warning.message for warning in result.meta.warnings]
    try:
        choice = fit.choice_for(shape, chart)
    except ChartMismatch as error:
        choice = Choice("table")
        notes.append(error.said(look.locale)[0])
    table = _table(shape, fmt)
    if choice.kind in _ALONE or not result.rows:
        is_kpi = choice.kind == "kpi" and bool(result.rows)
        return Drawn(
            kind="kpi" if is_kpi else "table",
            table=table,
            summary=summary_of(shape, choice, fmt),
            stats=_stats(shape, choice, fmt) if is_kpi else (),
            notes=tuple(notes),
        )
    wanted = {"type": choice.kind} | ({} if choice.goal is None else {"goal": choice.goal})
    spec = figures.spec(
        result, chart=wanted, theme=look.theme, locale=look.locale, palette=look.palette
    )
    summary = str(spec["layout"]["meta"]["summary"])
    return Drawn(choice.kind, table, summary, spec, notes=tuple(notes))


def _table(shape: Shape, fmt: Formatter) -> Table:
    result = shape.result
    shown = range(min(len(result.rows), MAX_ROWS))
    heads = tuple(
        TableCell(_head(shape, fmt, n), is_number=n in shape.measures)
        for n in range(len(result.columns))
    )
    return Table(
        heads=heads,
        rows=tuple(_row(shape, fmt, row) for row in shown),
        total=_total(shape, fmt),
        row_count=max(result.meta.total_row_count, len(result.rows)),
    )


def _head(shape: Shape, fmt: Formatter, column: int) -> str:
    if column == 0 and shape.bucket is not None and column in shape.groups:
        return fmt.bucket_name(shape.bucket)
    if column in shape.groups:
        return shape.columns[column].label
    return fmt.label(shape.columns[column])


def _row(shape: Shape, fmt: Formatter, row: int) -> TableRow:
    cells = []
    for column, value in enumerate(shape.result.rows[row]):
        withheld = (row, column) in shape.withheld
        cells.append(
            TableCell(
                "···" if withheld else _text(shape, fmt, value, column),
                is_number=column in shape.measures,
                is_withheld=withheld,
            )
        )
    condition = condition_of(shape.result, row)
    return TableRow(tuple(cells), cells[0].text if condition else "", condition)


def _text(shape: Shape, fmt: Formatter, value: Cell, column: int) -> str:
    if column in shape.groups:
        return fmt.group(value, shape.columns[column], shape.kind(column))
    return "–" if value is None else fmt.cell(value, shape.columns[column])


def _total(shape: Shape, fmt: Formatter) -> tuple[TableCell, ...]:
    total = next((t for t in shape.result.totals or () if t.level == 0), None)
    if total is None or not shape.groups:
        return ()
    cells = []
    for column, value in enumerate(total.row):
        if column in shape.groups:
            cells.append(TableCell(fmt.say(Message.TOTAL) if column == 0 else ""))
        elif column in total.suppressed:
            cells.append(TableCell("···", is_number=True, is_withheld=True))
        else:
            cells.append(TableCell(_text(shape, fmt, value, column), is_number=True))
    return tuple(cells)


def _stats(shape: Shape, choice: Choice, fmt: Formatter) -> tuple[Stat, ...]:
    shown = shape.measures[:MAX_STATS]
    return tuple(_stat(shape, choice, fmt, column) for column in shown)


def _stat(shape: Shape, choice: Choice, fmt: Formatter, column: int) -> Stat:
    shown = shape.columns[column]
    cell = shape.cell(0, column)
    number = number_of(cell)
    is_withheld = (0, column) in shape.withheld
    value = fmt.say(Message.WITHHELD) if is_withheld else fmt.cell(cell, shown)
    facts: dict[str, Any] = {"is_number": number is not None}
    if shape.is_compared and number is not None:
        before = shape.before(0, column)
        old = number_of(before)
        facts["before"] = f"{fmt.compared(shape.result)}: {fmt.cell(before, shown)}"
        if old is not None:
            facts["change"] = fmt.change(before, cell, shown)
            facts["trend"] = "up" if number > old else "down" if number < old else "level"
    if choice.goal is not None and column == shape.measures[0]:
        facts["goal"] = fmt.say(Message.GOAL, value=fmt.number(choice.goal, shown))
        facts["is_met"] = number is not None and number >= choice.goal
    return Stat(fmt.label(shown), value, **facts)
