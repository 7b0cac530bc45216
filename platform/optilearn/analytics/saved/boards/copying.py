"""Presets copied into dashboards of one's own."""

from __future__ import annotations

from optilearn.analytics.models import SavedItem
from optilearn.analytics.saved.boards.lines import tile_wire
from optilearn.analytics.saved.boards.model import board_of
from optilearn.analytics.saved.content import Content
from optilearn.analytics.saved.services import create_item
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal


def copy_preset(*, principal: Principal, key: str, name: str | None) -> int:
    """Copy a preset into a private draft of the principal's, its texts in their language.

    Returns its id. Raises ``AppError`` NOT_FOUND.
    """
    board = board_of(principal, key)
    if board.item is not None:
        raise not_found()
    tiles = []
    for tile in board.tiles:
        wire = tile_wire(tile, board.locale) | {"definition": tile.definition}
        wire |= {"compares": tile.compares} | ({"dateField": tile.date} if tile.date else {})
        tiles.append(wire)
    filters = [{"key": one["key"], "isRequired": one["isRequired"]} for one in board.filters]
    content = Content(
        name or board.title, board.description, body={"tiles": tiles, "filters": filters}
    )
    return create_item(principal=principal, kind=SavedItem.Kind.DASHBOARD, content=content)
