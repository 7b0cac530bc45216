"""The edit mode of a dashboard: its script saves by the API, where two editors meet."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _

from dashboards.layout import COLUMNS, ROW_HEIGHT
from optilearn.analytics.saved.boards.adding import add_tile
from optilearn.analytics.saved.boards.selectors import board_detail
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.schemas.dashboards import MAX_TILES
from optilearn.analytics.saved.selectors import editable_item, item_detail
from optilearn.core.access.policies import STAFF
from optilearn.core.access.roles import SEES_SQL
from optilearn.core.http.envelope import answer
from optilearn.web.boards.tiles import board_texts
from optilearn.web.library.items import number_in
from optilearn.web.library.words import chart_name
from optilearn.web.pages import WebRequest, flash, is_script, page, redirect_to, show

CHARTS: Final = (
    "kpi", "bar", "groupedBar", "stackedBar", "line", "area", "pie", "donut", "table", "heatmap",
    "scatter", "histogram", "funnel", "treemap", "gauge", "cohort",
)  # fmt: skip
FILTERS: Final = ("term", "category", "class", "dateRange", "course")


@page(roles=STAFF)
def edit(request: WebRequest, item_id: int) -> HttpResponse:
    """Show the newest draft of a dashboard to its editor, to be changed."""
    editable_item(request.principal, item_id, Kind.DASHBOARD)
    detail = item_detail(request.principal, item_id, Kind.DASHBOARD)
    context = {
        "nav": "dashboards",
        "wide": True,
        "chapter": "dashboards",
        "item": detail,
        "charts": [(kind, chart_name(kind)) for kind in CHARTS],
        "filters": _filters(detail),
        "sees_sql": request.principal.role in SEES_SQL,
        "data": _data(request, detail),
        "texts": board_texts() | _texts(),
    }
    return show(request, "web/boards/edit.html", context)


@page(roles=STAFF)
def add(request: WebRequest, item_id: int) -> HttpResponse:
    """Add a saved report or query as a tile, and go on editing."""
    if request.method == "POST":
        chosen = number_in(request.POST.get("item", ""))
        version = add_tile(principal=request.principal, board_id=item_id, item_id=chosen)
        if is_script(request):
            return answer({"version": version})
        flash(request, _("The tile is added. Readers see it when you publish."))
    return redirect_to(f"/dashboards/{item_id}/edit")


def _data(request: WebRequest, detail: dict[str, Any]) -> dict[str, Any]:
    """The dashboard as the API takes it, and the grid."""
    board = board_detail(request.principal, str(detail["id"]))
    names = {tile["key"]: tile["title"] for tile in board["tiles"]}
    return {
        "id": detail["id"],
        "version": detail["version"],
        "name": detail["name"],
        "description": detail["description"],
        "tags": detail["tags"],
        "tiles": detail["tiles"],
        "filters": detail["filters"],
        "titles": names,
        "columns": COLUMNS,
        "rowHeight": ROW_HEIGHT,
        "maxTiles": MAX_TILES,
    }


def _filters(detail: dict[str, Any]) -> list[dict[str, Any]]:
    titles = {
        "term": _("Term"),
        "category": _("Category"),
        "class": _("Class"),
        "dateRange": _("Dates"),
        "course": _("Course"),
    }
    chosen = {one["key"] for one in detail["filters"]}
    return [{"key": k, "title": titles[k], "chosen": k in chosen} for k in FILTERS]


def _texts() -> dict[str, str]:
    return {
        "tileLabel": _("{title}, column {column}, row {row}, {width} wide, {height} high"),
        "roledescription": _("tile, arrow keys move it, with Shift they resize it"),
        "moved": _("{title}: column {column}, row {row}"),
        "resized": _("{title}: {width} wide, {height} high"),
        "removed": _("{title} removed"),
        "undone": _("Undone"),
        "added": _("{title} added"),
        "edit": _("{title}: settings"),
        "saving": _("Saving"),
        "saved": _("Saved"),
        "savedAs": _("Version {n} is saved."),
        "published": _("Version {n} is published."),
        "unsaved": _("Unsaved changes"),
        "conflict": _("{message} Your changes are still here."),
        "needsTile": _("Add a tile first."),
        "needsName": _("Give the dashboard a name."),
        "badJson": _("This isn't JSON: {reason}"),
        "noSource": _("Choose what the tile shows."),
        "full": _("A dashboard has at most {n} tiles."),
        "undo": _("Undo"),
    }
