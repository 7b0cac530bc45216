"""From a request to the content of a file: a definition, a saved report, or a dashboard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from optilearn.analytics.exports.contents import (
    BoardContent,
    Content,
    ReportContent,
    SqlTileContent,
    TileContent,
)
from optilearn.analytics.models import SavedItem
from optilearn.analytics.saved.boards.choices import (
    Choices,
    CrossFilter,
    check_choices,
    chosen_tile,
)
from optilearn.analytics.saved.boards.model import Board, board_of
from optilearn.analytics.saved.labels import Labels
from optilearn.analytics.saved.phrases import condition, said
from optilearn.analytics.saved.running import Choice, chosen_definition
from optilearn.analytics.saved.selectors import readable_item
from optilearn.core.access.principal import Principal
from reports.api import Catalog


def content_of(principal: Principal, source: Mapping[str, Any], catalog: Catalog) -> Content:
    """Return the content that a source names, as the principal may see it now.

    ``source`` is ``{definition}``, ``{reportId, filters}`` or ``{dashboard, filters, crossFilter,
    asOf}``. Raises ``AppError``: NOT_FOUND; REPORT_INVALID or VALIDATION_ERROR for filters that
    aren't there or can't be left out.
    """
    if "definition" in source:
        return ReportContent(_("Report"), source["definition"])
    if "reportId" in source:
        item = readable_item(principal, source["reportId"], SavedItem.Kind.REPORT)
        choice = Choice(filters=list(source.get("filters") or ()))
        return ReportContent(item.name, chosen_definition(item.body, choice))
    crossed = source.get("crossFilter")
    cross = crossed and CrossFilter(
        crossed["tile"], {key: value for key, value in crossed.items() if key != "tile"}
    )
    choices = Choices(source.get("filters") or {}, cross)
    return board_content(principal, source["dashboard"], choices, catalog)


def board_content(
    principal: Principal, board_id: str, choices: Choices, catalog: Catalog
) -> BoardContent:
    """Return a dashboard with a reader's choices, a preset or a saved one.

    Tiles whose report the principal may not read are left out, and noted; those of SQL they may
    read only with the role for it. Raises ``AppError`` as
    :func:`content_of`.
    """
    board = board_of(principal, board_id)
    filters = {key: value for key, value in choices.filters.items() if value is not None}
    choices = replace(choices, filters=filters)
    check_choices(board, choices)
    titles = {str(one["key"]): str(one["title"]) for one in board.filters}
    plain = Labels(catalog, "")
    notes = [_filter_note(titles[key], value, plain) for key, value in filters.items()]
    notes += _cross_note(board, choices, catalog)
    tiles: list[TileContent | SqlTileContent] = []
    for tile in board.tiles:
        title = tile.title.in_(board.locale)
        if tile.key in board.missing:
            notes.append(f"{title}: {_('You may not read this report.')}")
            continue
        if tile.key in board.queries:
            tiles.append(SqlTileContent(title, board.queries[tile.key]))
            if filters or choices.cross is not None:
                notes.append(title + ": " + _("Filters don't apply to SQL."))
            continue
        chosen = chosen_tile(board, tile, choices, catalog)
        labels = {key: text.in_(board.locale) for key, text in tile.labels.items()}
        tiles.append(TileContent(title, chosen.definition, labels))
        notes += [f"{title}: {reason}" for reason in chosen.skipped]
    return BoardContent(board.title, tuple(tiles), tuple(notes))


def _cross_note(board: Board, choices: Choices, catalog: Catalog) -> list[str]:
    """The value that was clicked, as a sentence."""
    cross = choices.cross
    if cross is None:
        return []
    tile = next(tile for tile in board.tiles if tile.key == cross.tile)
    labels = Labels(catalog, str(tile.definition.get("entity", "")))
    return [f"{tile.title.in_(board.locale)}: {said(condition, cross.condition, labels)}"]


def _filter_note(title: str, value: object, labels: Labels) -> str:
    """A shared filter as a sentence; a range of dates in the language's words."""
    if isinstance(value, Mapping) and "op" in value:
        return said(condition, {"field": title, **value}, labels)
    return f"{title}: {_shown(value)}"


def _shown(value: object) -> str:
    """A filter's value in words that need no translation."""
    if isinstance(value, Mapping):
        return " ".join(_shown(part) for part in value.values())
    if isinstance(value, list):
        return ", ".join(_shown(part) for part in value)
    return str(value)


def definitions_of(content: Content) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each definition of a content, with its place in a request for it; SQL has none."""
    if isinstance(content, ReportContent):
        yield "/definition", content.definition
        return
    for tile in content.tiles:
        if isinstance(tile, TileContent):
            yield "", tile.definition
