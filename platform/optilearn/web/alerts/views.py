"""Reading alerts: the list, and one with the history of its evaluations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse

from optilearn.analytics.alerts import selectors
from optilearn.analytics.alerts.watched import Reports, Watched
from optilearn.core.access.policies import STAFF
from optilearn.core.http.pages import PageQuery
from optilearn.web.alerts import words
from optilearn.web.pages import WebRequest, page, show
from optilearn.web.tables import page_number, pager

Row = dict[str, Any]


@page(roles=STAFF)
def alert_list(request: WebRequest) -> HttpResponse:
    """The reader's alerts, the newest first."""
    query = PageQuery(page=page_number(request), per_page=25)
    rows, total = selectors.alerts_overview(request.principal, query)
    reports = Reports(request.principal)
    context = {
        "nav": "alerts",
        "chapter": "alerts",
        "wide": True,
        "rows": [_listed(reports, row) for row in rows],
        "pager": pager(request, total=total, page=query.page),
    }
    return show(request, "web/alerts/list.html", context, partial="web/alerts/_table.html")


def _listed(reports: Reports, row: Row) -> Row:
    watched = reports.of_alert(row)
    measure = watched.measure(row["measure"])
    last = row["last"]
    return row | {
        "state": words.state(row),
        "sentence": words.sentence(row, measure.label, is_percent=measure.is_percent),
        "report": row["reportName"] or watched.name,
        "outcome": words.outcome(row["lastOutcome"]),
        "lastValue": last["rows"][0]["now"] if last and last["rows"] and row["overall"] else "",
    }


@page(roles=STAFF)
def alert_detail(request: WebRequest, alert_id: int) -> HttpResponse:
    """An alert in words, and for each snapshot if it fired, and if not, why."""
    principal = request.principal
    row = selectors.alert_detail(principal, alert_id)
    query = PageQuery(page=page_number(request), per_page=20)
    evaluations, total = selectors.evaluations_list(principal, alert_id, query)
    watched = Reports(principal).of_alert(row)
    measure = watched.measure(row["measure"])
    context = {
        "nav": "alerts",
        "chapter": "alerts",
        "alert": row,
        "state": words.state(row),
        "sentence": words.sentence(row, measure.label, is_percent=measure.is_percent),
        "watched": watched,
        "base": _base(row, watched),
        "rearm": _rearm(row, is_percent=measure.is_percent),
        "evaluations": [_evaluation(one, row) for one in evaluations],
        "chosen": request.GET.get("snapshot", ""),
        "muted": _muted(row["muted"], evaluations),
        "pager": pager(request, total=total, page=query.page, per_page=query.per_page),
    }
    return show(request, "web/alerts/detail.html", context, partial="web/alerts/_history.html")


def _evaluation(one: Row, alert: Row) -> Row:
    muted = set(alert["muted"])
    rows = [row | {"isMuted": row["key"] in muted} for row in one["rows"]]
    hidden = one["counts"].get("fired", 0) - len(rows)
    return one | {"badge": words.outcome(one["outcome"]), "rows": rows, "more": max(hidden, 0)}


def _base(row: Row, watched: Watched) -> str:
    base = row["base"]
    if not base:
        return ""
    measure = watched.measure(base["measure"])
    minimum = words.shown_limit(base["minimum"], is_percent=measure.is_percent)
    return f"{measure.label} ≥ {minimum}"


def _rearm(row: Row, *, is_percent: bool) -> str:
    condition = row["condition"]
    scaled = is_percent and condition["kind"] in {"THRESHOLD", "GOAL"}
    return words.shown_limit(condition.get("rearm"), is_percent=scaled)


def _muted(keys: Iterable[str], evaluations: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The muted rows, by the names that the history knows them by."""
    names = {row["key"]: row["label"] for one in evaluations for row in one["rows"]}
    return [{"key": key, "label": names.get(key, "")} for key in keys]
