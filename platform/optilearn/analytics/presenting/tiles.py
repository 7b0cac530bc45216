"""A result as a dashboard's tile shows it: key figures or a chart, its table, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboards import figures, fit
from dashboards.charts import Choice
from dashboards.errors import ChartMismatch
from dashboards.formats import Formatter, number_of
from dashboards.messages import Message
from dashboards.shape import Shape
from dashboards.summary import summary_of
from optilearn.analytics.presenting.looks import Look, locale
from optilearn.analytics.presenting.tables import Table, table_of
from optilearn.analytics.refusal_words import in_readers_language
from reports.contracts import Result

MAX_ROWS: Final = 200
"""Rows of a tile's table; files have all."""
MAX_STATS: Final = 6
_ALONE: Final = frozenset({"kpi", "table"})
"""Charts that are HTML."""


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
class Drawn:
    """Everything that a tile shows of a result. ``figure`` is None for ``kpi`` and ``table``."""

    kind: str
    table: Table
    row_count: int
    """Rows of the whole result, of which the table lists the first ones."""
    summary: str
    """The text alternative: the sentences, and what the chart leaves out."""
    sentences: str = ""
    """The sentences alone, where ``notes`` stand beside them."""
    figure: Mapping[str, Any] | None = None
    stats: tuple[Stat, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_cut(self) -> bool:
        """True if there are more rows than are listed."""
        return self.row_count > self.table.listed


def draw(result: Result, look: Look) -> Drawn:
    """Draw a result as ``look`` or its definition asks; as a table where that can't be."""
    fmt = Formatter(locale(), result.meta.snapshot.time_zone)
    shape = Shape.of(result)
    notes = [in_readers_language(warning.message) for warning in result.meta.warnings]
    try:
        choice = fit.choice_for(shape, look.chart)
    except ChartMismatch as error:
        choice = Choice("table")
        notes.append(error.said(fmt.locale)[0])
    figure: Mapping[str, Any] | None = None
    stats: tuple[Stat, ...] = ()
    if choice.kind in _ALONE or not result.rows:
        is_kpi = choice.kind == "kpi" and bool(result.rows)
        kind = "kpi" if is_kpi else "table"
        summary = summary_of(shape, choice, fmt)
        stats = _stats(shape, choice, fmt) if is_kpi else ()
    else:
        kind = choice.kind
        figure = _figure(result, choice, look)
        summary = str(figure["layout"]["meta"]["summary"])
        notes = [*figure["layout"]["meta"]["notes"], *notes]
    return Drawn(
        kind=kind,
        table=table_of(result, fmt, MAX_ROWS),
        row_count=max(result.meta.total_row_count, len(result.rows)),
        summary=summary,
        sentences=summary_of(shape, choice, fmt),
        figure=figure,
        stats=stats,
        notes=tuple(notes),
    )


def _figure(result: Result, choice: Choice, look: Look) -> Mapping[str, Any]:
    wanted = {"type": choice.kind} | ({} if choice.goal is None else {"goal": choice.goal})
    return figures.spec(
        result, chart=wanted, theme=look.theme, locale=locale(), palette=look.palette
    )


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
