"""The lines of a dashboard's answer: one JSON object each (application/x-ndjson)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.messages import Locale
from dashboards.presets import Tile
from optilearn.analytics.saved.boards.choices import ChosenTile
from optilearn.analytics.saved.boards.model import Board
from optilearn.core.errors import AppError
from optilearn.core.http.envelope import encode
from reports.api import Prepared
from reports.contracts import Scope, SnapshotRef


@dataclass(frozen=True)
class PreparedTile:
    """A tile bound to the snapshot: ``key`` is that of its answer in the cache.

    ``error`` is why it can't be answered; then there is neither. A saved query has its ``sql``.
    """

    chosen: ChosenTile
    prepared: Prepared | None = None
    key: str = ""
    error: AppError | None = None
    sql: str = ""


def head_line(
    board: Board, snapshot: SnapshotRef, scope: Scope, tiles: Sequence[PreparedTile]
) -> bytes:
    """The first line: the snapshot and scope of all tiles, and what each shows where."""
    info = next((tile.prepared.snapshot.info for tile in tiles if tile.prepared), None)
    head = {
        "dashboard": {"id": board.key, "title": board.title, "description": board.description},
        "snapshot": info.to_wire() if info else {"id": snapshot.snapshot_id},
        "scope": scope.to_wire(),
        "tiles": [
            tile_wire(tile.chosen.tile, board.locale) | {"skipped": list(tile.chosen.skipped)}
            for tile in tiles
        ],
    }
    return encode(head) + b"\n"


def tile_wire(tile: Tile, locale: Locale) -> dict[str, Any]:
    """A tile on the wire, without its data; ``labels`` name measures that have own keys."""
    place, chart = tile.place, tile.definition.get("chart")
    return {
        "key": tile.key,
        "title": tile.title.in_(locale),
        "description": tile.description.in_(locale),
        "chart": chart if isinstance(chart, Mapping) else None,
        "labels": {key: text.in_(locale) for key, text in tile.labels.items()},
        "place": {
            "column": place.column,
            "row": place.row,
            "width": place.width,
            "height": place.height,
        },
    }


def data_line(key: str, data: bytes) -> bytes:
    """A tile with its data, which are JSON already."""
    return b'{"key":%b,"data":%b,"error":null}\n' % (encode(key), data)


def error_line(key: str, error: AppError) -> bytes:
    """A tile that can't be answered, and why."""
    body = {"code": error.code.value, "message": error.message, "details": error.details}
    return encode({"key": key, "data": None, "error": body}) + b"\n"


def end_line(ms: float) -> bytes:
    """The last line, by which a reader knows that nothing is missing."""
    return encode({"end": True, "ms": round(ms, 1)}) + b"\n"
