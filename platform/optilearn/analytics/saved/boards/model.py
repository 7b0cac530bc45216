"""Dashboards as they are answered: the presets, and those that people save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dashboards.layout import Place
from dashboards.messages import Locale, Text
from dashboards.presets import DASHBOARDS, Dashboard, Tile, available
from dashboards.presets.shorthand import FILTERS
from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.models import SavedItem
from optilearn.analytics.saved.policies import readable_by
from optilearn.analytics.saved.selectors import (
    CONTENT,
    ItemRow,
    is_editor,
    readable_item,
    version_content,
)
from optilearn.core.access.policies import not_found, refuse_unless
from optilearn.core.access.principal import Principal
from reports.api import Catalog

MAX_ID_DIGITS: Final = 18
TILES: Final = (SavedItem.Kind.REPORT, SavedItem.Kind.QUERY)
"""The kinds of saved items that a tile can show."""


@dataclass(frozen=True)
class Board:
    """A dashboard: ``item`` is None for a preset.

    ``missing`` names the tiles whose saved item the reader may not read; ``queries`` holds the SQL
    of those that are saved queries, and have no definition; ``opened`` the fields that the authors
    of saved reports opened to their readers, by tile. The tiles of its own have no such locks.
    """

    key: str
    title: str
    description: str
    filters: tuple[Mapping[str, Any], ...]
    tiles: tuple[Tile, ...]
    locale: Locale = "en"
    item: ItemRow | None = None
    missing: frozenset[str] = field(default_factory=frozenset)
    queries: Mapping[str, str] = field(default_factory=dict)
    opened: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def tile(self, key: str) -> Tile:
        """Return the tile of that key. Raises ``AppError`` NOT_FOUND."""
        found = next((tile for tile in self.tiles if tile.key == key), None)
        if found is None:
            raise not_found()
        return found


def board_of(principal: Principal, board_id: str, *, draft: bool | None = False) -> Board:
    """The preset of that key, or the saved dashboard of that id, in the reader's language.

    ``draft``: as its newest version has it, which its editors alone see; None: so for editors.
    Up to three queries. Raises ``AppError``: NOT_FOUND, FORBIDDEN for a draft of others.
    """
    locale = locale_of(principal)
    if (preset := DASHBOARDS.get(board_id)) is not None:
        return _of_preset(preset, locale, current_catalog())
    item = readable_item(principal, item_id_of(board_id), SavedItem.Kind.DASHBOARD)
    if draft:
        refuse_unless(is_editor(principal, item))
    if draft is not False and is_editor(principal, item):
        newest = version_content(item.id, item.version)
        item = replace(item, **{name: newest[name] for name in CONTENT})
    return _of_item(principal, item)


def preview_board(principal: Principal, body: Mapping[str, Any]) -> Board:
    """A dashboard that isn't saved, with the tiles of ``body``, as its author would see it."""
    return replace(_of_body(principal, body), key="preview")


def item_id_of(board_id: str) -> int:
    """The id of a saved dashboard. Raises ``AppError``: NOT_FOUND, FORBIDDEN for a preset."""
    if board_id in DASHBOARDS:
        refuse_unless(allowed=False, message=_("A preset can only be copied."))
    if not board_id.isascii() or not board_id.isdigit() or len(board_id) > MAX_ID_DIGITS:
        raise not_found()
    return int(board_id)


def _of_item(principal: Principal, item: ItemRow) -> Board:
    board = _of_body(principal, item.body)
    return replace(
        board, key=str(item.id), title=item.name, description=item.description, item=item
    )


def _of_body(principal: Principal, body: Mapping[str, Any]) -> Board:
    locale = locale_of(principal)
    tiles: list[dict[str, Any]] = body["tiles"]
    ids = [tile["savedItemId"] for tile in tiles if tile.get("savedItemId")]
    saved = _saved_bodies(principal, ids)
    found: list[Tile] = []
    missing: set[str] = set()
    queries: dict[str, str] = {}
    opened: dict[str, tuple[str, ...]] = {}
    for tile in tiles:
        content = tile if "definition" in tile else saved.get(tile.get("savedItemId", 0))
        if content is None:
            missing.add(tile["key"])
        elif "sql" in content:
            queries[tile["key"]] = str(content["sql"])
        elif content is not tile:
            opened[tile["key"]] = tuple(content.get("readerFilters", ()))
        found.append(own_tile(tile, (content or {}).get("definition", {})))
    filters = tuple(
        {
            "key": one["key"],
            "title": FILTERS[one["key"]].in_(locale),
            "isRequired": one.get("isRequired", False),
        }
        for one in body.get("filters", ())
    )
    return Board(
        "", "", "", filters, tuple(found), locale,
        missing=frozenset(missing), queries=queries, opened=opened,
    )  # fmt: skip


def own_tile(tile: Mapping[str, Any], definition: Mapping[str, Any]) -> Tile:
    """A tile that somebody wrote, as the presets have theirs; its texts are in their language."""
    title, description = tile["title"], tile.get("description", "")
    place = tile["place"]
    shown = dict(definition)
    shown.pop("asOf", None)  # every tile of a dashboard is of one snapshot
    if tile.get("chart"):
        shown["chart"] = tile["chart"]
    return Tile(
        tile["key"],
        Text(title, title),
        Text(description, description),
        shown,
        (place["width"], place["height"]),
        tile.get("dateField"),
        bool(tile.get("compares")),
        {key: Text(text, text) for key, text in tile.get("labels", {}).items()},
        Place(place["column"], place["row"], place["width"], place["height"]),
    )


def locale_of(principal: Principal) -> Locale:
    """The language of the presets' texts."""
    return "hi" if (get_language() or principal.locale).startswith("hi") else "en"


def _of_preset(preset: Dashboard, locale: Locale, catalog: Catalog) -> Board:
    filters = tuple(
        {"key": f.key, "title": f.title.in_(locale), "isRequired": f.is_required}
        for f in preset.filters
    )
    texts = preset.title.in_(locale), preset.description.in_(locale)
    return Board(preset.key, *texts, filters, available(preset, catalog), locale)


def _saved_bodies(principal: Principal, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    if not ids:
        return {}
    readable = SavedItem.objects.filter(readable_by(principal), kind__in=TILES, pk__in=ids)
    return dict(readable.values_list("pk", "body"))
