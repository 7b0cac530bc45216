"""The list of dashboards, and new ones."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _

from optilearn.analytics.saved.boards.adding import add_tile
from optilearn.analytics.saved.boards.copying import copy_preset
from optilearn.analytics.saved.boards.model import TILES
from optilearn.analytics.saved.boards.selectors import presets
from optilearn.analytics.saved.content import Content
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.listing import items_list
from optilearn.analytics.saved.schemas.items import ItemQuery
from optilearn.analytics.saved.selectors import readable_item
from optilearn.analytics.saved.services import create_item, duplicate_item
from optilearn.core.access.policies import STAFF
from optilearn.web.library.filters import item_query, list_context, search_options
from optilearn.web.library.items import number_in
from optilearn.web.pages import WebRequest, flash, is_part, page, redirect_to, show

MAX_NAME: Final = 200


@page(roles=STAFF)
def board_list(request: WebRequest) -> HttpResponse:
    """List the reader's, shared and ready-made dashboards, favorites first."""
    query = item_query(request)
    rows, total = items_list(request.principal, Kind.DASHBOARD, query)
    context = (
        list_context(request, query, rows, total)
        | _adding(request)
        | {
            "nav": "dashboards",
            "chapter": "dashboards",
            **search_options(request, Kind.DASHBOARD),
            "presets": presets(request.principal),
            "favorites": _favorites(request, query) if query.page == 1 else [],
        }
    )
    return show(request, "web/boards/list.html", context, partial="web/boards/_list.html")


@page(roles=STAFF)
def new_board(request: WebRequest) -> HttpResponse:
    """Begin a dashboard: empty, or as a copy of a ready-made one."""
    principal = request.principal
    choices = presets(principal)
    name = request.POST.get("name", "").strip()[:MAX_NAME]
    context: dict[str, Any] = {
        "nav": "dashboards", "chapter": "dashboards", "presets": choices, "name": name,
        "start": request.POST.get("start", request.GET.get("start", "")),
        "add": number_in(request.GET.get("add")),
    }  # fmt: skip
    if request.method != "POST":
        return show(request, "web/boards/new.html", context)
    start = request.POST.get("start", "")
    if not name:
        context["problem"] = _("Give the dashboard a name.")
        return show(request, "web/boards/new.html", context, status=422)
    if start in {one["id"] for one in choices}:
        item_id = copy_preset(principal=principal, key=start, name=name)
    else:
        content = Content(name, body={"tiles": [], "filters": []})
        item_id = create_item(principal=principal, kind=Kind.DASHBOARD, content=content)
    if context["add"]:
        add_tile(principal=principal, board_id=item_id, item_id=context["add"])
    return redirect_to(f"/dashboards/{item_id}/edit")


@page(roles=STAFF)
def copy_board(request: WebRequest, key: str) -> HttpResponse:
    """Copy a ready-made or a saved dashboard into one of the reader's own, and edit that."""
    if request.method != "POST":
        return redirect_to(f"/dashboards/{key}")
    if key.isascii() and key.isdecimal():
        item_id = duplicate_item(principal=request.principal, item_id=int(key[:18]), name=None)
    else:
        item_id = copy_preset(principal=request.principal, key=key, name=None)
    flash(request, _("This is your own copy."))
    return redirect_to(f"/dashboards/{item_id}/edit")


def _adding(request: WebRequest) -> dict[str, Any]:
    """The item that is to become a tile, and the dashboards that the reader may add it to."""
    item_id = number_in(request.GET.get("add"))
    if not item_id or is_part(request):
        return {}
    item = readable_item(request.principal, item_id, *TILES)
    mine = ItemQuery.model_validate({"mine": True, "per_page": 100, "order": "newest"})
    rows, _total = items_list(request.principal, Kind.DASHBOARD, mine)
    return {"adding": item, "targets": rows}


def _favorites(request: WebRequest, query: ItemQuery) -> list[dict[str, Any]]:
    """The reader's favorites, where the list isn't narrowed already."""
    if query.model_fields_set - {"page", "per_page", "order"}:
        return []
    favorites = ItemQuery.model_validate({"favorite": True, "per_page": 12})
    rows, _total = items_list(request.principal, Kind.DASHBOARD, favorites)
    return rows
