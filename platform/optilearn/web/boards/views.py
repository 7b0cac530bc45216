"""A dashboard's page, without its numbers: those are streamed."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4, uuid5

from django.http import HttpResponse
from django.utils.translation import gettext as _

from optilearn.analytics.saved.boards.exporting import export_board
from optilearn.analytics.saved.boards.model import Board, board_of
from optilearn.analytics.saved.selectors import is_editor, item_detail
from optilearn.analytics.snapshots import newest_snapshot
from optilearn.core.access.policies import STAFF
from optilearn.core.errors import AppError
from optilearn.courses.selectors.courses import course_titles
from optilearn.web.boards.choices import (
    Chosen,
    chips_of,
    chosen_in,
    range_names,
    values_in,
)
from optilearn.web.boards.layout import style_sheet
from optilearn.web.boards.tiles import board_texts, tile_views
from optilearn.web.pages import WebRequest, flash, page, redirect_to, show


def wants_draft(request: WebRequest) -> bool:
    """Return True if the newest draft is asked for, which editors alone may see."""
    return request.GET.get("draft") == "1"


@page(roles=STAFF)
def board(request: WebRequest, key: str) -> HttpResponse:
    """Show a dashboard: its tiles at their places, its filters, and what is chosen."""
    found = board_of(request.principal, key, draft=wants_draft(request))
    context = board_context(request, found)
    return show(request, "web/boards/board.html", context, partial="web/boards/_filters.html")


@page(roles=STAFF)
def grid(request: WebRequest, key: str) -> HttpResponse:
    """Answer the style sheet with the places of the tiles."""
    found = board_of(request.principal, key, draft=wants_draft(request))
    sheet = style_sheet([t.key for t in found.tiles], [t.place for t in found.tiles])
    return HttpResponse(sheet, content_type="text/css; charset=utf-8")


@page(roles=STAFF)
def export(request: WebRequest, key: str) -> HttpResponse:
    """Begin a file of the dashboard with what is chosen, and go where it will be."""
    found = board_of(request.principal, key)
    chosen = chosen_in(request.GET, found.filters)
    form = request.POST.get("format", "")
    export_board(
        principal=request.principal,
        board=found,
        choices=chosen.choices,
        as_of=chosen.as_of,
        form=form,
        client_id=_same_request(request, found, form),
    )
    flash(request, _("Your file is being prepared."))
    return redirect_to("/exports")


def _same_request(request: WebRequest, found: Board, form: str) -> UUID:
    """The id of an export: the same for a form that is sent twice, of one snapshot."""
    try:
        drawn = UUID(request.POST.get("page", ""))
    except ValueError:
        drawn = uuid4()
    snapshot = newest_snapshot().snapshot_id
    return uuid5(drawn, f"{found.key} {form} {snapshot} {request.GET.urlencode()}")


def board_context(request: WebRequest, found: Board) -> dict[str, Any]:
    """The values that the page and its filter bar show."""
    problem = ""
    try:
        chosen = chosen_in(request.GET, found.filters)
    except AppError as error:
        chosen, problem = Chosen(), error.message
    missing = [
        one["title"]
        for one in found.filters
        if one["isRequired"] and one["key"] not in chosen.choices.filters
    ]
    item = found.item
    detail = item_detail(request.principal, item.id) if item else {}
    labels = _labels(request, chosen)
    try:
        chips = chips_of(request.GET, found.filters, labels)
    except AppError:
        chips = []
    return {
        "nav": "dashboards",
        "wide": True,
        "chapter": "dashboards",
        "board": found,
        "item": detail,
        "may_edit": item is not None and is_editor(request.principal, item),
        "has_draft": bool(detail) and detail["publishedVersion"] not in {None, detail["version"]},
        "is_draft": wants_draft(request),
        "tiles": tile_views(found),
        "filters": _filter_fields(request, found),
        "ranges": range_names(),
        "chips": chips,
        "is_narrowed": chosen.is_narrowed,
        "problem": problem,
        "missing": missing,
        "query": request.GET.urlencode(),
        "page_id": uuid4(),
        "texts": board_texts(),
    }


def _labels(request: WebRequest, chosen: Chosen) -> dict[str, dict[str, str]]:
    """The titles of chosen courses, by the numbers that stand in the address."""
    if "course" not in chosen.choices.filters:
        return {}
    titles = course_titles(request.principal, [int(t) for t in values_in(request.GET, "course")])
    return {"course": {str(number): title for number, title in titles.items()}}


def _filter_fields(request: WebRequest, found: Board) -> list[dict[str, Any]]:
    return [
        {
            "key": one["key"],
            "title": one["title"],
            "is_required": one["isRequired"],
            "values": values_in(request.GET, one["key"]),
            "range": request.GET.get("range", ""),
            "from": request.GET.get("from", ""),
            "to": request.GET.get("to", ""),
        }
        for one in found.filters
    ]
