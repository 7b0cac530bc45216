"""Writing an alert: the form, the back-test, saving."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from optilearn.analytics.alerts import selectors, services
from optilearn.analytics.alerts.backtest import drawn_backtest
from optilearn.analytics.alerts.schemas import AlertIn
from optilearn.analytics.alerts.watched import Reports, Watched
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.listing import items_list
from optilearn.analytics.saved.schemas.items import ItemQuery
from optilearn.core.access.policies import STAFF
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.jsontext import read_json
from optilearn.web.alerts import chart, words
from optilearn.web.alerts.days import last_day
from optilearn.web.alerts.form import Draft, draft_of, draft_of_stored, field_of
from optilearn.web.pages import (
    WebRequest,
    flash,
    page,
    parse,
    placed,
    problems_in,
    redirect_to,
    show,
)

Row = dict[str, Any]
_NOTHING: Final = Watched("")


@page(roles=STAFF)
def new(request: WebRequest) -> HttpResponse:
    """An empty form, or one that was sent."""
    if request.method == "POST":
        return _posted(request, None)
    draft = Draft(report_id=request.GET.get("report", ""))
    watched = _watched(request, draft)
    if watched.measures:
        draft = replace(draft, measure=watched.measures[0].key, name=watched.name)
    return _form(request, draft, watched, alert=None)


@page(roles=STAFF)
def edit(request: WebRequest, alert_id: int) -> HttpResponse:
    """The form of an alert that is there."""
    row = selectors.alert_detail(request.principal, alert_id)
    if request.method == "POST":
        return _posted(request, row)
    watched = Reports(request.principal).of_alert(row)
    draft = draft_of_stored(row, watched, last_day(row["expiresAt"]))
    return _form(request, draft, watched, alert=row)


@require_POST
@page(roles=STAFF)
def backtest(request: WebRequest) -> HttpResponse:
    """Show on which days it would have fired, on the snapshots that are there; nothing is saved."""
    draft = draft_of(request.POST)
    watched = _watched(request, draft)
    context: Row = {"nav": "alerts", "days": [], "problem": ""}
    try:
        alert = parse(AlertIn, draft.data(watched) | {"name": draft.name or watched.name or "-"})
        answer, trace = drawn_backtest(principal=request.principal, spec=alert.to_spec())
    except AppError as error:
        if error.code is ErrorCode.NOT_FOUND:
            raise
        found = problems_in(error)
        context["problem"] = (
            " ".join(filter(None, (found[0]["message"], found[0]["hint"])))
            if found
            else error.message
        )
    else:
        days = [one | {"badge": words.outcome(one["outcome"])} for one in answer["days"]]
        figure = chart.figure(trace)
        context |= {
            "days": days,
            "is_complete": answer["isComplete"],
            "firings": sum(one["outcome"] == "FIRED" for one in days),
            "figure": json.dumps(figure) if figure else "",
            "summary": figure["layout"]["meta"]["summary"] if figure else "",
            "left_out": max(len(trace.lines) - chart.MAX_LINES, 0),
        }
    return show(request, "web/alerts/backtest.html", context, partial="web/alerts/_backtest.html")


def _posted(request: WebRequest, alert: Row | None) -> HttpResponse:
    """Save what was sent, or show it again with what is wrong."""
    draft = draft_of(request.POST)
    watched = _watched(request, draft)
    if request.POST.get("do") == "report":
        first = watched.measures[0].key if watched.measures else ""
        known = {one.key for one in watched.measures}
        draft = replace(draft, measure=draft.measure if draft.measure in known else first)
        return _form(request, draft, watched, alert=alert)
    try:
        spec = parse(AlertIn, draft.data(watched)).to_spec()
        saved = _save(request, spec, alert)
    except AppError as error:
        if error.code in {ErrorCode.NOT_FOUND, ErrorCode.SERVICE_UNAVAILABLE}:
            raise
        found = problems_in(error) or [{"path": "", "message": error.message}]
        return _form(request, draft, watched, alert=alert, problems=found)
    flash(request, _("Alert saved. It is looked at with the next snapshot."))
    return redirect_to(f"/alerts/{saved}")


def _save(request: WebRequest, spec: services.AlertSpec, alert: Row | None) -> int:
    if alert is None:
        return services.create_alert(principal=request.principal, spec=spec)
    services.change_alert(principal=request.principal, alert_id=alert["id"], spec=spec)
    return int(alert["id"])


def _watched(request: WebRequest, draft: Draft) -> Watched:
    """The report of a form; one that isn't the reader's to read is nothing."""
    if draft.definition:
        try:
            found = read_json(draft.definition.encode())
        except ValueError:
            return _NOTHING
        return Reports(request.principal).definition(found) if isinstance(found, dict) else _NOTHING
    number = draft.report_id
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        return _NOTHING
    try:
        return Reports(request.principal).item(int(number))
    except AppError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        return _NOTHING


def _form(
    request: WebRequest,
    draft: Draft,
    watched: Watched,
    *,
    alert: Row | None,
    problems: list[Any] | None = None,
) -> HttpResponse:
    context = {
        "nav": "alerts",
        "chapter": "alerts",
        "alert": alert,
        "draft": draft,
        "watched": watched,
        "is_percent": watched.measure(draft.measure).is_percent,
        "items": _items(request) if not draft.definition else (),
        "conditions": _conditions(watched),
        "periods": words.PERIODS.items(),
        **placed(problems or [], field_of),
    }
    return show(request, "web/alerts/form.html", context, status=422 if problems else 200)


def _conditions(watched: Watched) -> list[Row]:
    groups = [
        {
            "label": _("The value"),
            "rows": [("THRESHOLD-ABOVE", _("is above")), ("THRESHOLD-BELOW", _("is below"))],
        },
        {
            "label": _("The change"),
            "rows": [
                ("CHANGE-ABOVE", _("rose by more than")),
                ("CHANGE-BELOW", _("fell by more than")),
                ("CHANGE-EITHER", _("moved by more than")),
            ],
        },
        {
            "label": _("What is usual"),
            "rows": [
                ("HISTORY-ABOVE", _("is unusually high, by more than")),
                ("HISTORY-BELOW", _("is unusually low, by more than")),
                ("HISTORY-EITHER", _("is unusual, by more than")),
            ],
        },
    ]
    if watched.goal is not None:
        rows = [("GOAL-ABOVE", _("is above the goal")), ("GOAL-BELOW", _("is below the goal"))]
        groups.insert(1, {"label": _("The report's goal"), "rows": rows})
    return groups


def _items(request: WebRequest) -> list[Row]:
    query = ItemQuery.model_validate({"per_page": 100})
    return items_list(request.principal, Kind.REPORT, query)[0]
