"""The versions of a saved item: what changed, going back, letting readers see."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from optilearn.analytics.saved.history import versions_with_changes
from optilearn.analytics.saved.selectors import editable_item
from optilearn.analytics.saved.services import publish_item, restore_version
from optilearn.analytics.saved.versions import version_diff
from optilearn.core.access.policies import STAFF
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.pages import PageQuery
from optilearn.web.library.items import BASES, item_context, number_in
from optilearn.web.pages import WebRequest, flash, page, redirect_to, show
from optilearn.web.tables import page_number, pager


@page(roles=STAFF)
def versions(request: WebRequest, item_id: int, base: str) -> HttpResponse:
    """List the versions of an item, each with what it changed."""
    return _page(request, item_id, base)


@page(roles=STAFF)
def compare(request: WebRequest, item_id: int, base: str) -> HttpResponse:
    """Say in words what differs between two versions."""
    principal = request.principal
    item = editable_item(principal, item_id, BASES[base])
    before = _limited(request.GET.get("before"), max(item.version - 1, 1))
    after = _limited(request.GET.get("after"), item.version)
    found = version_diff(principal, item_id, min(before, after), max(before, after))
    context = item_context(principal, base, item_id) | {"diff": found, "version": item.version}
    return show(request, "web/library/compare.html", context)


@page(roles=STAFF)
def restore(request: WebRequest, item_id: int, base: str, number: int) -> HttpResponse:
    """Make an earlier version the newest again."""
    editable_item(request.principal, item_id, BASES[base])
    if request.method == "POST":
        based_on = _limited(request.POST.get("basedOn"), 0)
        try:
            restore_version(
                principal=request.principal, item_id=item_id, version=number, based_on=based_on
            )
        except AppError as error:
            if error.code is not ErrorCode.CONFLICT:
                raise
            return _page(request, item_id, base, problem=error.message)
        flash(request, _("Version %(number)s is the newest draft again.") % {"number": number})
    return redirect_to(f"{base}/{item_id}/versions")


@page(roles=STAFF)
def publish(request: WebRequest, item_id: int, base: str) -> HttpResponse:
    """Let readers see the newest version."""
    editable_item(request.principal, item_id, BASES[base])
    if request.method != "POST":
        return redirect_to(f"{base}/{item_id}/versions")
    version = _limited(request.POST.get("version"), 0)
    try:
        publish_item(principal=request.principal, item_id=item_id, version=version)
    except AppError as error:
        if error.code not in {ErrorCode.CONFLICT, ErrorCode.REPORT_INVALID}:
            raise
        return _page(request, item_id, base, problem=error.message, details=error.details)
    flash(request, _("It is published."))
    return redirect_to(f"{base}/{item_id}")


def _page(
    request: WebRequest, item_id: int, base: str, *, problem: str = "", details: Any = None
) -> HttpResponse:
    context = item_context(request.principal, base, item_id)
    number = page_number(request)
    rows, total = versions_with_changes(
        request.principal, item_id, PageQuery.model_validate({"page": number})
    )
    context |= {
        "rows": rows,
        "total": total,
        "pager": pager(request, total=total, page=number),
        "problem": problem,
        "details": details if isinstance(details, list) and len(details) > 1 else [],
    }
    return show(request, "web/library/versions.html", context, status=422 if problem else 200)


def _limited(text: str | None, default: int) -> int:
    """A version's number; what can't be one is none."""
    return min(number_in(text, default), 2**31 - 1)
