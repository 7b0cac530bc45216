"""Answers for the builder's scripts: a result, the rows behind a number, the values of a field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from optilearn.analytics.presenting.answers import Presented, presented
from optilearn.analytics.presenting.drills import rows_behind
from optilearn.analytics.presenting.looks import Look
from optilearn.analytics.presenting.pivots import can_pivot, pivoted
from optilearn.analytics.presenting.tables import MAX_ROWS
from optilearn.analytics.presenting.values import values_of
from optilearn.analytics.saved.running import Choice, answer_saved_report, saved_definition
from optilearn.analytics.services import Answer, answer_question
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.envelope import answer
from optilearn.core.jsontext import read_json
from optilearn.web import formatting
from optilearn.web.builder.schemas import DrillIn, Question, ValuesIn
from optilearn.web.builder.words import chart_reason
from optilearn.web.library.words import chart_name
from optilearn.web.navigation import READERS
from optilearn.web.pages import WebRequest, body_of, is_script, page, parse, show


@page(roles=READERS)
def run_report(request: WebRequest) -> HttpResponse:
    """Answer a question: as data for a script, as a page for a reader without one."""
    if request.method == "GET" or not is_script(request):
        return _page_of(request)
    question = parse(Question, body_of(request))
    found = presented(request.principal, _answer(request, question), _look(question))
    pivot = question.display.pivot and can_pivot(found.definition)
    across = _pivot_html(request, found) if pivot else ""
    return answer(wire_of(request, found, across))


@page(roles=READERS)
def run_drill(request: WebRequest) -> HttpResponse:
    """List the rows behind a number, with the sum that proves it."""
    question = parse(DrillIn, body_of(request))
    found = rows_behind(
        principal=request.principal,
        definition=_definition(request, question),
        cell=question.cell.model_dump(),
    )
    context = {"behind": found, "table": found.table, "max_rows": MAX_ROWS}
    html = _html("web/builder/_drill.html", context, request)
    return answer({"html": html, "rows": found.rows})


@page(roles=READERS)
def run_values(request: WebRequest) -> HttpResponse:
    """The values of a field with their counts, for a filter's type-ahead."""
    asked = parse(ValuesIn, body_of(request))
    found = values_of(
        principal=request.principal, entity=asked.entity, path=asked.path, text=asked.text
    )
    return answer(found)


def _definition(request: WebRequest, question: Question) -> Mapping[str, Any]:
    if question.report_id is None:
        return question.definition or {}
    choice = Choice(question.conditions(), question.as_of)
    return saved_definition(principal=request.principal, item_id=question.report_id, choice=choice)


def _answer(request: WebRequest, question: Question) -> Answer:
    if question.report_id is None:
        return answer_question(principal=request.principal, definition=question.definition or {})
    choice = Choice(question.conditions(), question.as_of)
    return answer_saved_report(
        principal=request.principal, item_id=question.report_id, choice=choice
    )


def _look(question: Question) -> Look:
    return Look(question.display.chart, question.display.theme)


def wire_of(request: WebRequest, found: Presented, across: str = "") -> dict[str, Any]:
    """A result as the scripts read it; its table and its facts are HTML.

    ``across`` is the table to show in place of the plain one.
    """
    context = context_of(found) | {"without_table": bool(across)}
    return {
        "html": across + _html("web/builder/_result.html", context, request),
        "facts": _html("web/builder/_facts.html", context, request),
        "figure": found.figure,
        "chart": found.chart,
        "suggested": found.suggested,
        "charts": [{"key": key, "label": chart_name(key)} for key in found.charts],
        "reason": str(chart_reason(found.suggested)),
        "summary": found.summary,
        "rows": found.facts.rows,
        "definition": found.definition,
        "columns": [
            {"key": h.key, "label": h.label, "kind": h.kind} for h in found.table.headings if h.key
        ],
    }


def _html(template: str, context: Mapping[str, Any], request: WebRequest) -> str:
    """A rendered template as a plain text, which JSON can hold."""
    return "".join([render_to_string(template, dict(context), request)])


def context_of(found: Presented) -> dict[str, Any]:
    """The values of the template of a result."""
    facts = found.facts
    return {
        "found": found,
        "facts": facts,
        "table": found.table,
        "duration": _duration(facts.ms),
        "max_rows": MAX_ROWS,
        "is_cut": facts.rows > found.table.listed,
        "is_limited": facts.total_rows > facts.rows,
    }


def _pivot_html(request: WebRequest, found: Presented) -> str:
    labels = {heading.key: heading.label for heading in found.table.headings if heading.key}
    try:
        table = pivoted(principal=request.principal, definition=found.definition, labels=labels)
    except AppError as error:
        return _html("web/components/notice.html", {"kind": "info", "text": error.message}, request)
    return _html("web/builder/_pivot.html", {"pivot": table}, request)


def _duration(ms: float) -> str:
    if ms < 1_000:
        return _("%(count)s ms") % {"count": formatting.number(round(ms), 0)}
    return _("%(count)s s") % {"count": formatting.number(ms / 1_000, 1)}


def _page_of(request: WebRequest) -> HttpResponse:
    """The result on a page of its own: without a script, the definition is sent by a form."""
    sent = request.GET if request.method == "GET" else request.POST
    text = sent.get("q", "")
    context: dict[str, Any] = {"text": text, "nav": "reports", "wide": True}
    status = 200
    try:
        definition = _read_definition(text)
        context["text"] = json.dumps(definition, indent=2, ensure_ascii=False)
        found = presented(
            request.principal, answer_question(principal=request.principal, definition=definition)
        )
        context |= context_of(found)
    except AppError as error:
        status = error.code.status
        details = error.details if isinstance(error.details, list) else []
        problems = [{"message": d["message"], "hint": d.get("hint", "")} for d in details]
        context["problems"] = problems or [{"message": error.message}]
    return show(request, "web/builder/plain.html", context, status=status)


def _read_definition(text: str) -> dict[str, Any]:
    try:
        found = read_json(text.encode())
    except (ValueError, UnicodeEncodeError):
        found = None
    if not isinstance(found, dict):
        raise AppError(ErrorCode.VALIDATION_ERROR, _("The definition must be a JSON object."))
    return found
