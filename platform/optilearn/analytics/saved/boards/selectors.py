"""Reads of dashboards, without their data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.presets import DASHBOARDS, Tile
from optilearn.analytics.saved.boards.lines import tile_wire
from optilearn.analytics.saved.boards.model import Board, board_of, locale_of
from optilearn.analytics.saved.selectors import ROW_KEYS, item_detail
from optilearn.core.access.principal import Principal

Row = dict[str, Any]


def presets(principal: Principal) -> list[Row]:
    """The dashboards that every institution has, in the reader's language."""
    locale = locale_of(principal)
    return [
        {"id": p.key, "title": p.title.in_(locale), "description": p.description.in_(locale)}
        for p in DASHBOARDS.values()
    ]


def board_detail(principal: Principal, board_id: str) -> Row:
    """A dashboard with its tiles: a saved one's editors get the newest draft.

    Raises ``AppError`` NOT_FOUND.
    """
    board = board_of(principal, board_id, draft=None)
    detail = {} if board.item is None else item_detail(principal, board.item.id)
    sources = {tile["key"]: tile for tile in detail.get("tiles", ())}
    return {
        "id": board.key,
        "title": board.title,
        "description": board.description,
        "filters": list(board.filters),
        "tiles": [_tile(board, tile, sources.get(tile.key)) for tile in board.tiles],
        "saved": {name: detail[name] for name in ROW_KEYS} if detail else None,
        "problems": detail.get("problems", []),
    }


def _tile(board: Board, tile: Tile, source: Mapping[str, Any] | None) -> Row:
    item_id = source.get("savedItemId") if source else None
    return tile_wire(tile, board.locale) | {
        "savedItemId": item_id,
        "definition": tile.definition if item_id is None else None,
        "dateField": tile.date,
        "compares": tile.compares,
    }
