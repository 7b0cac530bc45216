"""The reader's exports: how far they are, their files, and new ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from optilearn.analytics.exports import selectors, services
from optilearn.analytics.exports.schemas import ExportJobIn
from optilearn.analytics.saved.boards.selectors import board_detail
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.selectors import readable_item
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.pages import PageQuery
from optilearn.web.formatting import number
from optilearn.web.pages import WebRequest, flash, page, parse, problems_in, redirect_to, show
from optilearn.web.tables import page_number, pager

Row = dict[str, Any]

STATES: Final[Mapping[str, tuple[Promise, str]]] = {
    "QUEUED": (gettext_lazy("Waiting"), "info"),
    "RUNNING": (gettext_lazy("Being written"), "info"),
    "DONE": (gettext_lazy("Ready"), "good"),
    "FAILED": (gettext_lazy("Failed"), "bad"),
    "CANCELED": (gettext_lazy("Canceled"), "neutral"),
}
"""The name of each state, and the badge that it is shown in."""
FORMATS: Final = {
    "xlsx": gettext_lazy("Excel"),
    "pdf": gettext_lazy("PDF"),
    "csv": "CSV",
    "parquet": "Parquet",
    "arrow": "Arrow",
    "json": "JSON",
}
_OF_BOARDS: Final = ("xlsx", "pdf")
_MINUTE: Final = 60


@page
def export_list(request: WebRequest) -> HttpResponse:
    """The reader's exports, the newest first; it asks again while one is being written."""
    query = PageQuery(page=page_number(request), per_page=25)
    rows, total = selectors.exports_list(request.principal, query)
    shown = [_listed(row) for row in rows]
    context = {
        "nav": "exports",
        "chapter": "exports",
        "wide": True,
        "rows": shown,
        "is_busy": any(row["isUnfinished"] for row in shown),
        "pager": pager(request, total=total, page=query.page),
        "here": request.get_full_path(),
    }
    return show(request, "web/exports/list.html", context, partial="web/exports/_table.html")


def _listed(row: Row) -> Row:
    text, kind = STATES.get(row["status"], (row["status"], "neutral"))
    estimate = row["rowsEstimate"]
    return row | {
        "badge": {"text": str(text), "kind": kind},
        "formatText": str(FORMATS.get(str(row["format"]), row["format"])),
        "isUnfinished": row["finishedAt"] is None,
        "left": _left(row["secondsLeft"]),
        "share": min(row["rows"], estimate) if estimate else None,
        "source": _source(row["source"]),
    }


def _left(seconds: int | None) -> str:
    """The time that is left, in words."""
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        text = ngettext("about %(n)s second left", "about %(n)s seconds left", seconds)
        return text % {"n": number(seconds)}
    minutes = round(seconds / _MINUTE)
    text = ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes)
    return text % {"n": number(minutes)}


def _source(source: Mapping[str, Any]) -> Row:
    if "reportId" in source:
        return {"text": _("Report"), "href": f"/reports/{source['reportId']}"}
    if "dashboard" in source:
        return {"text": _("Dashboard"), "href": f"/dashboards/{source['dashboard']}"}
    return {"text": _("Question of your own"), "href": ""}


@page
def new(request: WebRequest) -> HttpResponse:
    """Choose a format for a saved report or a dashboard."""
    return _form(request, request.GET.get("report", ""), request.GET.get("dashboard", ""))


def _form(
    request: WebRequest, report: str, board: str, problems: list[Row] | None = None
) -> HttpResponse:
    name = _name(request, report, board)
    known = _OF_BOARDS if board else tuple(FORMATS)
    context = {
        "nav": "exports",
        "chapter": "exports",
        "name": name,
        "report": report,
        "dashboard": board,
        "client_id": str(uuid4()),
        "formats": [(key, FORMATS[key]) for key in known],
        "chosen": request.POST.get("format", known[0]),
        "problems": problems or [],
    }
    return show(request, "web/exports/new.html", context, status=422 if problems else 200)


def _name(request: WebRequest, report: str, board: str) -> str:
    if report.isascii() and report.isdecimal() and len(report) < 18:
        return readable_item(request.principal, int(report), Kind.REPORT).name
    if board:
        return str(board_detail(request.principal, board)["title"])
    raise AppError(ErrorCode.NOT_FOUND, _("Not found."))


@require_POST
@page
def create(request: WebRequest) -> HttpResponse:
    """Write a saved report or a dashboard to a file."""
    report, board = request.POST.get("report", ""), request.POST.get("dashboard", "")
    source = {"dashboard": board} if board else {"reportId": report}
    try:
        wanted = parse(
            ExportJobIn,
            source
            | {
                "clientId": request.POST.get("client_id") or str(uuid4()),
                "format": request.POST.get("format", ""),
                "bom": request.POST.get("bom") == "yes",
            },
        )
        return _begin(request, wanted)
    except AppError as error:
        if error.code in {ErrorCode.NOT_FOUND, ErrorCode.SERVICE_UNAVAILABLE}:
            raise
        problems = problems_in(error) or [{"message": error.message, "hint": ""}]
        return _form(request, report, board, [one | {"href": "#format"} for one in problems])


@require_POST
@page
def again(request: WebRequest, export_id: int) -> HttpResponse:
    """Write the same once more, with the data of now."""
    row = selectors.export_detail(request.principal, export_id)
    wanted = parse(
        ExportJobIn,
        dict(row["source"])
        | {"clientId": str(uuid4()), "format": row["format"], "name": row["name"]},
    )
    try:
        return _begin(request, wanted)
    except AppError as error:
        if error.code in {ErrorCode.NOT_FOUND, ErrorCode.SERVICE_UNAVAILABLE}:
            raise
        problems = problems_in(error)
        flash(request, problems[0]["message"] if problems else error.message)
        return redirect_to("/exports")


def _begin(request: WebRequest, wanted: ExportJobIn) -> HttpResponse:
    job_id = services.create_export(
        principal=request.principal,
        request=services.ExportRequest(
            client_id=wanted.client_id,
            source=wanted.source,
            form=services.ExportFormat(wanted.format.value),
            name=wanted.name,
            has_bom=wanted.bom,
        ),
    )
    row = selectors.export_detail(request.principal, job_id)
    is_ready = row["status"] == "DONE"
    text = _("Your file is ready.") if is_ready else _("Your file is being written. You can go on.")
    flash(request, text)
    return redirect_to("/exports")


@page
def download(request: WebRequest, export_id: int) -> HttpResponse:
    """Read the file."""
    return HttpResponseRedirect(selectors.export_url(request.principal, export_id)["url"])


@require_POST
@page
def cancel(request: WebRequest, export_id: int) -> HttpResponse:
    """Stop it."""
    services.cancel_export(principal=request.principal, job_id=export_id)
    flash(request, _("Export canceled."))
    return redirect_to("/exports")


@require_POST
@page
def delete(request: WebRequest, export_id: int) -> HttpResponse:
    """Delete it and its file."""
    name = selectors.export_detail(request.principal, export_id)["name"]
    services.delete_export(principal=request.principal, job_id=export_id)
    flash(request, _("“%(name)s” was deleted.") % {"name": name})
    return redirect_to("/exports")
