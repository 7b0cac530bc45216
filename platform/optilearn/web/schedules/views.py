"""Reading schedules: the list, one with its history, a run, what the reader received."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language

from optilearn.analytics.schedules import selectors
from optilearn.analytics.schedules.opening import open_file
from optilearn.analytics.schedules.schemas import ScheduleSearch
from optilearn.core.access.policies import ADMINS, STAFF, not_found
from optilearn.core.access.principal import Principal
from optilearn.core.http.pages import PageQuery
from optilearn.web.pages import WebRequest, page, show
from optilearn.web.schedules import words
from optilearn.web.schedules.filters import item_of, shown_fields
from optilearn.web.schedules.form import draft_of_stored
from optilearn.web.tables import page_number, pager

Row = dict[str, Any]
_STATES = ("ACTIVE", "PAUSED", "ENDED")


@page(roles=STAFF)
def schedule_list(request: WebRequest) -> HttpResponse:
    """The schedules that the reader sees, the next to run first."""
    state = request.GET.get("state", "")
    query = ScheduleSearch.model_validate(
        {
            "page": page_number(request),
            "status": state if state in _STATES else None,
            "mine": request.GET.get("mine") == "yes",
            "q": request.GET.get("q", "")[:200] or None,
        }
    )
    rows, total = selectors.schedule_overview(request.principal, query)
    names = words.Names(rows)
    received, unopened = selectors.received_counts(request.principal)
    context = {
        "nav": "schedules",
        "chapter": "schedules",
        "wide": True,
        "rows": [_listed(row, names) for row in rows],
        "pager": pager(request, total=total, page=query.page),
        "state": query.status or "",
        "mine": query.mine,
        "q": query.q or "",
        "is_filtered": bool(query.status or query.mine or query.q),
        "sees_all": request.principal.role in ADMINS,
        "received": received,
        "unopened": unopened,
    }
    return show(request, "web/schedules/list.html", context, partial="web/schedules/_table.html")


def _listed(row: Row, names: words.Names) -> Row:
    last = row["lastRun"]
    return row | {
        "badge": words.badge(row["status"]),
        "whyPaused": words.reason(row["pauseReason"]) if row["pauseReason"] else "",
        "formatText": words.formats(row["formats"]),
        "who": names.short(row),
        "last": _run(last) if last else None,
    }


def _run(run: Row) -> Row:
    """A run as pages show it."""
    return run | {
        "badge": words.badge(run["status"]),
        "kindText": str(words.KINDS.get(run["kind"], run["kind"])),
        "why": words.reason(run["reason"]) if run["reason"] else "",
        "countText": words.counts(run["counts"]),
        "isUnderWay": run["finishedAt"] is None,
        "hasRecipients": bool(run["counts"].get("recipients")) or run["finishedAt"] is None,
    }


@page(roles=STAFF)
def schedule_detail(request: WebRequest, schedule_id: int) -> HttpResponse:
    """A schedule in words, its next runs, and its history."""
    principal = request.principal
    query = PageQuery(page=page_number(request), per_page=20)
    row = selectors.schedule_detail(principal, schedule_id)
    runs, total = selectors.occurrence_list(principal, schedule_id, query)
    shown = [_run(run) for run in runs]
    is_owner = row["owner"] is not None and row["owner"]["id"] == principal.person_id
    context = {
        "nav": "schedules",
        "chapter": "schedules",
        "schedule": row,
        "text": row["words"]["hi" if (get_language() or "").startswith("hi") else "en"],
        "badge": words.badge(row["status"]),
        "why_paused": words.reason(row["pauseReason"]) if row["pauseReason"] else "",
        "format_text": words.formats(row["formats"]),
        "who": words.Names([row]).of(row["recipients"]),
        "who_text": words.Names([row]).short(row),
        "empty_text": words.when_empty(row["onEmpty"]),
        "stale_text": words.when_stale(row),
        "runs": shown,
        "is_under_way": any(run["isUnderWay"] for run in shown),
        "pager": pager(request, total=total, page=query.page, per_page=query.per_page),
        "is_owner": is_owner,
        "may_take_over": principal.role in ADMINS and not is_owner,
        "filters": _filters(request, row),
    }
    return show(request, "web/schedules/detail.html", context, partial="web/schedules/_runs.html")


def _filters(request: WebRequest, row: Row) -> list[Row]:
    """The filters that are set, as label and text."""
    if not row["filters"]:
        return []
    item = item_of(request.principal, str(row["item"]["id"]))
    draft = draft_of_stored(row, request.principal, item)
    return [one for one in shown_fields(item, draft.filters) if one["value"]]


@page(roles=STAFF)
def run_detail(request: WebRequest, schedule_id: int, run_id: int) -> HttpResponse:
    """A run: each recipient, what they got, or why not."""
    principal = request.principal
    row = selectors.schedule_detail(principal, schedule_id)
    run = run_of(principal, schedule_id, run_id)
    query = PageQuery(page=page_number(request), per_page=50)
    people, total = selectors.delivery_list(principal, run_id, query)
    context = {
        "nav": "schedules",
        "chapter": "schedules",
        "schedule": row,
        "run": _run(run),
        "rows": [
            one
            | {
                "badge": words.badge(one["status"]),
                "why": words.reason(one["reason"]) if one["reason"] else "",
                "files": [f | {"text": words.formats([f["format"]])} for f in one["files"]],
            }
            for one in people
        ],
        "pager": pager(request, total=total, page=query.page, per_page=query.per_page),
    }
    return show(request, "web/schedules/run.html", context, partial="web/schedules/_people.html")


def run_of(principal: Principal, schedule_id: int, run_id: int) -> Row:
    """A run of this schedule. Raises ``AppError``: FORBIDDEN, NOT_FOUND."""
    run = selectors.occurrence_detail(principal, run_id)
    if run["scheduleId"] != schedule_id:
        raise not_found()
    return run


@page
def received_list(request: WebRequest) -> HttpResponse:
    """The reports that were sent to the reader."""
    query = PageQuery(page=page_number(request), per_page=25)
    rows, total = selectors.received_list(request.principal, query)
    context = {
        "nav": "schedules",
        "chapter": "schedules",
        "is_staff": request.principal.role in STAFF,
        "rows": [
            row | {"files": [f | {"text": words.formats([f["format"]])} for f in row["files"]]}
            for row in rows
        ],
        "pager": pager(request, total=total, page=query.page),
    }
    return show(
        request, "web/schedules/received.html", context, partial="web/schedules/_received.html"
    )


@page
def received_file(request: WebRequest, delivery_id: int, form: str) -> HttpResponse:
    """Open a file that was sent to the reader."""
    url = open_file(principal=request.principal, delivery_id=delivery_id, form=form)
    return HttpResponseRedirect(url)
