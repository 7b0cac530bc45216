"""Snapshots: which serves, what is in each, what changed between two, a new one, a copy."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from optilearn.analytics.snapshot_history import (
    DATA_READERS,
    serving_snapshot,
    snapshot_detail,
    snapshot_difference,
    snapshots_list,
)
from optilearn.analytics.snapshot_requests import request_snapshot, requested_snapshot
from optilearn.analytics.sql.copies import CopyFormat, copy_snapshot
from optilearn.core.access.roles import SEES_SQL
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.pages import PageQuery
from optilearn.files.selectors import file_url
from optilearn.web.data import words
from optilearn.web.pages import WebRequest, flash, page, redirect_to, show
from optilearn.web.tables import page_number, pager

Row = dict[str, Any]


@page(roles=DATA_READERS)
def snapshots(request: WebRequest) -> HttpResponse:
    """The snapshots, the newest first, and the one that serves."""
    principal = request.principal
    state = request.GET.get("state", "")
    status = state if state in words.STATES else None
    query = PageQuery(page=page_number(request), per_page=25)
    rows, total = snapshots_list(principal, query, status)
    serving = serving_snapshot(principal)
    context = {
        "nav": "data",
        "chapter": "snapshots",
        "wide": True,
        "rows": [words.shown(row) for row in rows],
        "serving": words.shown(serving) if serving else None,
        "state": status or "",
        "pager": pager(request, total=total, page=query.page),
        "may_copy": principal.role in SEES_SQL,
        **_now(request),
    }
    return show(request, "web/data/list.html", context, partial="web/data/_table.html")


@page(roles=DATA_READERS)
def now(request: WebRequest) -> HttpResponse:
    """The stage of the requested snapshot; the page asks until it has ended."""
    context = {"nav": "data", **_now(request)}
    if not (context["requested"] or {}).get("isOpen"):
        context["refreshes"] = True
    return show(request, "web/data/now.html", context, partial="web/data/_now.html")


def _now(request: WebRequest) -> Row:
    requested = words.progress(requested_snapshot(request.principal))
    return {"requested": requested, "slug": request.principal.institution_slug}


@require_POST
@page(roles=DATA_READERS)
def take(request: WebRequest) -> HttpResponse:
    """Request a snapshot now."""
    request_snapshot(principal=request.principal)
    return redirect_to("/data")


@page(roles=DATA_READERS)
def snapshot(request: WebRequest, snapshot_id: str) -> HttpResponse:
    """One snapshot: the rows of each table, its checks, where it stands."""
    row = snapshot_detail(request.principal, snapshot_id)
    context = {
        "nav": "data",
        "chapter": "snapshots",
        "snapshot": words.shown(row),
        "may_copy": request.principal.role in SEES_SQL and row["status"] == "PUBLISHED",
    }
    return show(request, "web/data/detail.html", context)


@page(roles=DATA_READERS)
def compare(request: WebRequest) -> HttpResponse:
    """The differences between two snapshots."""
    principal = request.principal
    rows, _total = snapshots_list(principal, PageQuery(page=1, per_page=100), "PUBLISHED")
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    after = after or (rows[0]["id"] if rows else "")
    before = before or (rows[1]["id"] if len(rows) > 1 else "")
    found = snapshot_difference(principal, before, after) if before and after else None
    context = {
        "nav": "data",
        "chapter": "snapshots",
        "rows": rows,
        "before": before,
        "after": after,
        "found": _compared(found) if found else None,
    }
    return show(request, "web/data/compare.html", context, partial="web/data/_difference.html")


def _compared(found: Row) -> Row:
    labeled = [one | {"label": words.table(one["name"])} for one in found["tables"]]
    tables = sorted(labeled, key=lambda one: str(one["label"]))
    settings = [
        one | {"label": str(words.SETTINGS.get(one["name"], one["name"]))}
        for one in found["settings"]
    ]
    return {
        "before": words.shown(found["before"]),
        "after": words.shown(found["after"]),
        "tables": tables,
        "changed": sum(one["changed"] for one in tables),
        "settings": settings,
    }


@require_POST
@page(roles=SEES_SQL)
def copy(request: WebRequest, snapshot_id: str) -> HttpResponse:
    """Write a copy of what the reader may see of a snapshot, and download it."""
    wanted = request.POST.get("format", "")
    if wanted not in {form.value for form in CopyFormat}:
        raise AppError(ErrorCode.NOT_FOUND, _("Not found."))
    copied = copy_snapshot(
        principal=request.principal, snapshot=snapshot_id, form=CopyFormat(wanted)
    )
    flash(request, _("The copy stays among your files for a week."))
    return redirect_to(str(file_url(request.principal, copied["fileId"])["url"]))
