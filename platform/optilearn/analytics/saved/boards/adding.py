"""A saved report or query put onto a dashboard, as a tile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboards.layout import COLUMNS, Place
from optilearn.analytics.models import SavedItem
from optilearn.analytics.saved.boards.model import TILES
from optilearn.analytics.saved.schemas.dashboards import MAX_TILES
from optilearn.analytics.saved.selectors import (
    ItemRow,
    editable_item,
    readable_item,
    version_content,
)
from optilearn.analytics.saved.services import Save, content_of, save_item
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode

Tiles = Sequence[Mapping[str, Any]]
_CHART: Final = (6, 5)
_FIGURE: Final = (3, 2)
"""Width and height of a new tile: of a chart, of a key figure."""


def add_tile(*, principal: Principal, board_id: int, item_id: int) -> int:
    """Add a tile of a saved item to the newest draft of a dashboard; return the new version.

    Readers see it when the draft is published. Raises ``AppError``: NOT_FOUND, FORBIDDEN,
    CONFLICT if the dashboard is full or somebody else saves it at the same moment.
    """
    board = editable_item(principal, board_id, SavedItem.Kind.DASHBOARD)
    item = readable_item(principal, item_id, *TILES)
    content = content_of(version_content(board.id, board.version))
    tiles: Tiles = content.body["tiles"]
    if len(tiles) >= MAX_TILES:
        message = _("A dashboard has at most {n} tiles.").format(n=MAX_TILES)
        raise AppError(ErrorCode.CONFLICT, message)
    tile = {
        "key": _free_key(tiles, item.id),
        "title": item.name,
        "savedItemId": item.id,
        "place": _free_place(tiles, item),
    }
    content = replace(content, body={**content.body, "tiles": [*tiles, tile]})
    note = _("{title} added").format(title=item.name)[:500]
    return save_item(
        principal=principal,
        item_id=board.id,
        kind=SavedItem.Kind.DASHBOARD,
        content=content,
        save=Save(board.version, note),
    )


def _free_key(tiles: Tiles, item_id: int) -> str:
    known = {tile["key"] for tile in tiles}
    names = (f"item{item_id}{suffix}" for suffix in ("", *(f"_{n}" for n in range(2, 99))))
    return next(name for name in names if name not in known)


def _free_place(tiles: Tiles, item: ItemRow) -> dict[str, int]:
    """The first place from the top into which it fits."""
    definition = item.body.get("definition")
    chart = definition.get("chart") if isinstance(definition, Mapping) else None
    is_figure = isinstance(chart, Mapping) and chart.get("type") == "kpi"
    width, height = _FIGURE if is_figure else _CHART
    placed = [Place(**tile["place"]) for tile in tiles]
    bottom = max((place.row + place.height for place in placed), default=0)
    for row in range(bottom + 1):
        for column in range(COLUMNS - width + 1):
            place = Place(column, row, width, height)
            if not any(place.overlaps(other) for other in placed):
                return {"column": column, "row": row, "width": width, "height": height}
    return {"column": 0, "row": bottom, "width": width, "height": height}
