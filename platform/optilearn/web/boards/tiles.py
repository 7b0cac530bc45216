"""The tiles of a dashboard as templates show them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from dashboards.presets import Tile
from optilearn.analytics.saved.boards.drawn import DrawnTile
from optilearn.analytics.saved.boards.model import Board


def tile_views(board: Board) -> list[dict[str, Any]]:
    """The tiles in reading order, so that the keyboard and a screen reader meet them in it."""
    sources = _sources(board)
    ordered = sorted(board.tiles, key=lambda tile: (tile.place.row, tile.place.column))
    return [_view(board, tile, sources.get(tile.key, {})) for tile in ordered]


def answer_view(found: DrawnTile) -> dict[str, Any]:
    """A tile that was answered, for ``web/boards/_tile.html``."""
    drawn = found.drawn
    return {
        "key": found.tile.key,
        "drawn": drawn,
        "problem": found.problem,
        "code": found.code,
        "is_chart": drawn is not None and drawn.figure is not None,
        "is_empty": drawn is not None and not drawn.table.rows,
        "rows": []
        if drawn is None
        else [(row, as_json(row.condition)) for row in drawn.table.rows],
        "definition": as_json(found.definition),
    }


def explore_href(definition: Mapping[str, Any]) -> str:
    """The address at which the builder opens a definition."""
    return "/reports/new?" + urlencode({"q": as_json(definition)})


def as_json(value: object) -> str:
    """The value as an attribute of a page holds it; nothing for None."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else ""


def board_texts() -> dict[str, str]:
    """The words that the dashboard's script says."""
    return {
        "dataAsOf": _("Data as of {time}"),
        "chooseFirst": _("Choose first: {names}"),
        "ready": _("All tiles are up to date."),
        "stopped": _("Stopped. Refresh to load the rest."),
        "broken": _("The answer ended too early. Refresh to load the rest."),
        "failed": _("The dashboard couldn't be loaded."),
        "notLoaded": _("Not loaded."),
        "filtered": _("{tile}: {value}"),
        "seeRows": _("See what is behind {value}"),
    }


def _view(board: Board, tile: Tile, source: Mapping[str, Any]) -> dict[str, Any]:
    locale = board.locale
    saved_id = source.get("savedItemId")
    is_query = tile.key in board.queries
    can_explore = saved_id is None and not is_query and bool(tile.definition)
    chart = tile.definition.get("chart")
    kind = chart.get("type") if isinstance(chart, Mapping) else "table"
    return {
        "key": tile.key,
        "title": tile.title.in_(locale),
        "description": tile.description.in_(locale),
        "kind": kind,
        "report": f"/reports/{saved_id}" if saved_id and not is_query else "",
        "explore": explore_href(tile.definition) if can_explore else "",
    }


def _sources(board: Board) -> dict[str, Mapping[str, Any]]:
    if board.item is None:
        return {}
    return {tile["key"]: tile for tile in board.item.body["tiles"]}
