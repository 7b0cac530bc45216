"""An answer as a page shows it: the chart, the table, and the facts about both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from dashboards.errors import ChartMismatch
from dashboards.figures import fitting_charts, spec, suggested_chart
from dashboards.formats import Formatter
from optilearn.analytics.presenting.looks import Look, locale
from optilearn.analytics.presenting.results import result_of_answer
from optilearn.analytics.presenting.tables import Table, table_of
from optilearn.analytics.refusal_words import in_readers_language
from optilearn.analytics.services import Answer
from optilearn.core.access.principal import Principal
from reports.contracts import Result


@dataclass(frozen=True)
class Facts:
    """The line under a result: how much, how fast, how fresh."""

    rows: int
    total_rows: int
    ms: float
    cached: bool
    truncated: bool
    snapshot: str
    taken_at: datetime
    scope: str
    warnings: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class Presented:
    """An answer as a page shows it.

    ``figure`` is None where there is nothing to draw, and where the chart that was asked for
    doesn't fit: ``problem`` says why.
    """

    table: Table
    facts: Facts
    charts: tuple[str, ...]
    suggested: str
    chart: str
    figure: dict[str, Any] | None
    summary: str
    problem: dict[str, str] | None = None
    definition: Mapping[str, Any] = field(default_factory=dict)


def presented(principal: Principal, answer: Answer, look: Look | None = None) -> Presented:
    """The answer with its chart, drawn in the reader's language."""
    return present(result_of_answer(principal, answer), look or Look())


def present(result: Result, look: Look) -> Presented:
    """A result with its chart and its table."""
    fmt = Formatter(locale(), result.meta.snapshot.time_zone)
    suggested = suggested_chart(result)
    wanted = dict(look.chart or result.definition.get("chart") or {})
    wanted = {name: value for name, value in wanted.items() if value is not None}
    wanted.setdefault("type", suggested)
    figure, problem = None, None
    try:
        figure = spec(
            result, chart=wanted, theme=look.theme, locale=fmt.locale, palette=look.palette
        )
    except ChartMismatch as error:
        message, hint = error.said(fmt.locale)
        problem = {"message": message, "hint": hint}
    kind = str(wanted["type"])
    return Presented(
        table=table_of(result, fmt),
        facts=_facts(result),
        charts=fitting_charts(result),
        suggested=suggested,
        chart=kind,
        figure=None if kind == "table" or not result.rows else figure,
        summary=str(figure["layout"]["meta"]["summary"]) if figure else "",
        problem=problem,
        definition=result.definition,
    )


def _facts(result: Result) -> Facts:
    meta = result.meta
    return Facts(
        rows=meta.row_count,
        total_rows=meta.total_row_count,
        ms=meta.ms,
        cached=meta.cached,
        truncated=meta.truncated,
        snapshot=meta.snapshot.id,
        taken_at=meta.snapshot.taken_at,
        scope=meta.scope.kind.value,
        warnings=tuple(_warnings(result)),
    )


def _warnings(result: Result) -> Iterator[dict[str, str]]:
    """The engine's warnings; that rows are left out is said by the facts themselves."""
    for warning in result.meta.warnings:
        if warning.code != "ROWS_CUT":
            yield warning.to_wire() | {
                "message": in_readers_language(warning.message),
                "hint": in_readers_language(warning.hint),
            }
        elif result.totals:
            yield {"message": _("The totals cover all rows, also those that aren't listed.")}
