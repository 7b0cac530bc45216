"""A reader's choices on a dashboard, put into the definitions of its tiles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboards.messages import Locale
from dashboards.presets import Tile, with_filters
from optilearn.analytics.saved.boards.model import Board
from optilearn.analytics.saved.content import locked_places, narrowed
from optilearn.core.errors import AppError, ErrorCode
from reports import api as reports
from reports.api import Catalog
from reports.errors import ReportInvalid

_CACHED: Final = 2_000


@dataclass(frozen=True)
class CrossFilter:
    """A value that was clicked in a tile: the other tiles count only its rows."""

    tile: str
    condition: Mapping[str, Any]


@dataclass(frozen=True)
class Choices:
    """The shared filters' values by key, and a cross-filter."""

    filters: Mapping[str, Any] = field(default_factory=dict)
    cross: CrossFilter | None = None


@dataclass(frozen=True)
class ChosenTile:
    """A tile's definition with the choices in it, and the reasons of those that don't apply."""

    tile: Tile
    definition: Mapping[str, Any]
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Question:
    """Everything that decides a definition; equal texts are computed once."""

    text: str
    locale: Locale
    is_locked: bool
    """True if the tile's author didn't open the field that was clicked."""
    tile: Tile = field(compare=False)
    filters: Mapping[str, Any] = field(compare=False)
    catalog: Catalog = field(compare=False)
    is_crossed: bool = False
    """True if a value was clicked in another tile."""
    condition: Mapping[str, Any] | None = field(default=None, compare=False)
    """It as this tile's rows have it; None if they don't."""


def check_choices(board: Board, choices: Choices) -> None:
    """Raises ``AppError`` VALIDATION_ERROR for filters that the dashboard doesn't have."""
    known = [str(one["key"]) for one in board.filters]
    problems = [
        _problem(
            f"/filters/{key}", "UNKNOWN_FILTER", _("This dashboard has no such filter."), known
        )
        for key in choices.filters
        if key not in known
    ]
    problems += [
        _problem(f"/filters/{one['key']}", "MISSING", _("Choose a value first."), known)
        for one in board.filters
        if one.get("isRequired") and one["key"] not in choices.filters
    ]
    if choices.cross is not None and choices.cross.tile not in {t.key for t in board.tiles}:
        message = _("This dashboard has no such tile.")
        problems.append(_problem("/crossFilter/tile", "UNKNOWN_TILE", message, ()))
    if problems:
        raise AppError(ErrorCode.VALIDATION_ERROR, problems[0]["message"], problems)


def chosen_tile(board: Board, tile: Tile, choices: Choices, catalog: Catalog) -> ChosenTile:
    """The tile restricted by each choice that its measures reach.

    A value that was clicked narrows a saved report by the fields that its author opened, as its
    readers' own filters do; the shared filters are those of the dashboard's author.
    Trying choices validates the definition several times, so the outcome is cached.
    """
    if not choices.filters and choices.cross is None:
        return ChosenTile(tile, tile.definition)
    is_crossed = choices.cross is not None and choices.cross.tile != tile.key
    condition = _seen_by(board, tile, choices, catalog) if is_crossed else None
    parts = [tile.key, tile.definition, tile.date, tile.compares, dict(choices.filters), condition]
    text = json.dumps([catalog.digest, *parts], sort_keys=True)
    # What is cached has no text of a tile: two schools' tiles may differ in nothing else.
    definition, skipped = _chosen(
        _Question(
            text,
            board.locale,
            _is_locked(board, tile, condition),
            tile,
            choices.filters,
            catalog,
            is_crossed,
            condition,
        )
    )
    return ChosenTile(tile, definition, skipped)


def _seen_by(board: Board, tile: Tile, choices: Choices, catalog: Catalog) -> dict[str, Any] | None:
    """The clicked condition as the rows of a tile have it: a like name may be another field."""
    assert choices.cross is not None
    condition = dict(choices.cross.condition)
    clicked = next((t for t in board.tiles if t.key == choices.cross.tile), None)
    start = "" if clicked is None else str(clicked.definition.get("entity"))
    entity = str(tile.definition.get("entity"))
    if start == entity:
        return condition
    path = reports.path_from(catalog, start, str(condition.get("field")), entity)
    is_constant = not isinstance(condition.get("value"), Mapping)
    return condition | {"field": path} if path and is_constant else None


def _is_locked(board: Board, tile: Tile, condition: Mapping[str, Any] | None) -> bool:
    opened = board.opened.get(tile.key)
    return opened is not None and condition is not None and bool(locked_places(condition, opened))


@lru_cache(_CACHED)
def _chosen(question: _Question) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the restricted definition, and the reasons of choices that don't apply."""
    tile, catalog, condition = question.tile, question.catalog, question.condition
    if not _is_valid(tile.definition, catalog):
        return tile.definition, ()
    filtered = with_filters(tile, question.filters, catalog)  # type: ignore[arg-type]  # checked keys
    definition: Mapping[str, Any] = filtered.definition
    skipped = [
        replace(one, entity=_(one.entity)).reason(question.locale) for one in filtered.skipped
    ]
    if question.is_locked:
        skipped.append(_("The author of this tile's report didn't open what you clicked."))
    elif question.is_crossed:
        crossed = narrowed(definition, [dict(condition)]) if condition else None
        if crossed is not None and _is_valid(crossed, catalog):
            definition = crossed
        else:
            skipped.append(_("The value that you clicked doesn't apply to this tile."))
    return definition, tuple(skipped)


def _is_valid(definition: Mapping[str, Any], catalog: Catalog) -> bool:
    try:
        reports.validate(definition, catalog)
    except ReportInvalid:
        return False
    return True


def _problem(path: str, code: str, message: str, known: Any) -> dict[str, str]:
    hint = _("You can filter by: {names}.").format(names=", ".join(known)) if known else ""
    return {"path": path, "code": code, "message": message, "hint": hint}
