"""The problems of the body of a dashboard."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from dashboards.layout import COLUMNS, Place
from reports import api as reports
from reports.api import Catalog
from reports.errors import ReportInvalid

Tiles = list[Mapping[str, Any]]
Problem = dict[str, str]


def board_problems(
    body: Mapping[str, Any], catalog: Catalog, saved: Collection[int]
) -> list[Problem]:
    """Everything that keeps a dashboard from being run; ``saved`` are the items there are."""
    tiles: Tiles = body["tiles"]
    found = [*_places(tiles), *_keys(tiles, "/tiles"), *_keys(body["filters"], "/filters")]
    for number, tile in enumerate(tiles):
        found += _content(tile, f"/tiles/{number}", catalog, saved)
    return found


def _places(tiles: Tiles) -> Iterator[Problem]:
    placed: list[Place] = []
    for number, tile in enumerate(tiles):
        place = Place(**tile["place"])
        path = f"/tiles/{number}/place"
        if not place.fits:
            message = _("The tile doesn't fit into the grid of {columns} columns.")
            yield _problem(path, "OUTSIDE", message.format(columns=COLUMNS))
        other = next((n for n, one in enumerate(placed) if one.overlaps(place)), None)
        if other is not None:
            message = _("The tile overlaps the tile {name}.")
            yield _problem(path, "OVERLAP", message.format(name=tiles[other]["key"]))
        placed.append(place)


def _keys(items: Tiles, place: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, item in enumerate(items):
        if item["key"] in seen:
            message = _("{name} is there twice.").format(name=item["key"])
            yield _problem(f"{place}/{number}/key", "DUPLICATE_KEY", message)
        seen.add(item["key"])


def _content(
    tile: Mapping[str, Any], place: str, catalog: Catalog, saved: Collection[int]
) -> Iterator[Problem]:
    item_id, definition = tile.get("savedItemId"), tile.get("definition")
    if (item_id is None) is (definition is None):
        yield _problem(
            place, "ONE_OF", _("A tile has either a saved report or query, or a definition.")
        )
    elif item_id is not None and item_id not in saved:
        message = _("There is no saved report or query with this id that you may read.")
        yield _problem(f"{place}/savedItemId", "UNKNOWN_REPORT", message)
    elif definition is not None:
        if definition.get("asOf") is not None:
            message = _("All tiles of a dashboard are of one snapshot, which is chosen outside.")
            yield _problem(f"{place}/definition/asOf", "NOT_HERE", message)
        try:
            reports.validate(definition, catalog)
        except ReportInvalid as error:
            for problem in error.problems:
                wire = problem.to_wire()
                yield wire | {"path": f"{place}/definition{wire['path']}"}


def _problem(path: str, code: str, message: str) -> Problem:
    return {"path": path, "code": code, "message": message, "hint": ""}
