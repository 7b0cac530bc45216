"""A dashboard's answer as a page shows it: each tile drawn as soon as its line is there."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from dashboards.palette import Palette, has_categories
from dashboards.presets import Tile, labeled
from optilearn.analytics.auditing import refused
from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.presenting.looks import Look, locale
from optilearn.analytics.presenting.results import in_readers_language, result_of, result_of_sql
from optilearn.analytics.presenting.tiles import Drawn, draw
from optilearn.analytics.saved.boards.answering import Lines, answer_board
from optilearn.analytics.saved.boards.choices import Choices, chosen_tile
from optilearn.analytics.saved.boards.model import Board
from optilearn.analytics.services import scope_of
from optilearn.analytics.snapshots import history
from optilearn.core.access.principal import Principal
from optilearn.core.errors import ErrorCode
from optilearn.core.jsontext import read_json
from optilearn.institutions.selectors import institution_by_id
from reports import api as reports
from reports.api import Catalog
from reports.contracts import Scope
from reports.errors import ReportError

log = logging.getLogger(__name__)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class BoardHead:
    """The data that all tiles are of; ``skipped`` are the choices that don't apply, by tile."""

    snapshot_id: str
    taken_at: str
    """ISO 8601; empty where no tile could be asked."""
    skipped: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class DrawnTile:
    """A tile with what it shows, or with why it can't.

    ``definition`` is its question with the reader's choices in it; of a saved query it is empty.
    """

    tile: Tile
    definition: Row = field(default_factory=dict)
    drawn: Drawn | None = None
    code: str = ""
    problem: str = ""
    ms: float = 0.0
    is_cached: bool = False


@dataclass(frozen=True)
class BoardEnd:
    """All tiles are there."""

    ms: float


Line = BoardHead | DrawnTile | BoardEnd


def draw_board(
    *,
    principal: Principal,
    board: Board,
    choices: Choices,
    look: Look,
    as_of: str | None = None,
    run_id: UUID | None = None,
) -> DrawnLines:
    """Answer and draw all tiles of a dashboard. Raises ``AppError`` as ``answer_board`` does."""
    lines = answer_board(
        principal=principal, board=board, choices=choices, as_of=as_of, run_id=run_id
    )
    catalog = _catalog(as_of)
    drawing = _Drawing(
        board=board,
        definitions={
            tile.key: chosen_tile(board, tile, choices, catalog).definition
            for tile in board.tiles
            if tile.key not in board.queries and tile.key not in board.missing
        },
        catalog=catalog,
        scope=scope_of(principal),
        zone=institution_by_id(principal.institution_id).time_zone,
        look=look if look.palette is not None else replace(look, palette=Palette()),
        language=translation.get_language() or principal.locale,
    )
    return DrawnLines(lines, drawing)


class DrawnLines:
    """Yields lines; ``close`` stops what is under way.

    Categories get their colors in the dashboard's order, so that they have the same ones each time
    and in its PDF: a tile with colored categories waits for those before it.
    """

    def __init__(self, lines: Lines, drawing: _Drawing) -> None:
        self._lines = lines
        self._drawing = drawing

    def __iter__(self) -> Iterator[Line]:
        """Return the lines, each as soon as it is there and the colors before it are given."""
        order = self._drawing.colored()
        early: dict[str, Row] = {}
        for found in self._found():
            key = found.get("key")
            if key in order:
                early[key] = found
                while order and order[0] in early:
                    yield self._drawing.line(early.pop(order.pop(0)))
            else:
                yield self._drawing.line(found)

    def _found(self) -> Iterator[dict[str, Any]]:
        chunks = [self._lines] if isinstance(self._lines, bytes) else self._lines
        for chunk in chunks:
            for line in chunk.splitlines():
                yield read_json(line)

    def close(self) -> None:
        """Stop the tiles that nobody waits for any more."""
        if not isinstance(self._lines, bytes):
            self._lines.close()


@dataclass(frozen=True)
class _Drawing:
    board: Board
    definitions: Mapping[str, Row]
    catalog: Catalog
    scope: Scope
    zone: str
    look: Look
    language: str
    """Lines are drawn after the request's own language is gone."""

    def colored(self) -> list[str]:
        """The tiles whose categories have colors, in the dashboard's order; SQL comes last."""
        keys = [tile.key for tile in self.board.tiles]
        return [key for key in keys if has_categories(self.definitions.get(key, {}))]

    def line(self, found: Row) -> Line:
        with translation.override(self.language):
            if "tiles" in found:
                return _head(found)
            if "end" in found:
                return BoardEnd(found["ms"])
            return self._tile(found)

    def _tile(self, line: Row) -> DrawnTile:
        tile = self.board.tile(line["key"])
        definition = self.definitions.get(tile.key, {})
        if line["error"] is not None:
            error = line["error"]
            return DrawnTile(tile, definition, code=error["code"], problem=_problem(error))
        meta = line["data"]["meta"]
        facts = {"ms": meta.get("ms", 0.0), "is_cached": bool(meta.get("cached"))}
        try:
            drawn = self._drawn(tile, definition, line["data"])
        except Exception:
            log.exception("The tile %s can't be drawn.", tile.key)
            code = ErrorCode.INTERNAL_ERROR.value
            return DrawnTile(tile, definition, code=code, problem=_("This tile can't be shown."))
        return DrawnTile(tile, definition, drawn, **facts)

    def _drawn(self, tile: Tile, definition: Row, data: Row) -> Drawn:
        if tile.key in self.board.queries:
            chart = tile.definition.get("chart")
            return draw(result_of_sql(data, chart, self.scope, self.zone), self.look)
        canonical = reports.validate(definition, self.catalog).definition
        result = result_of(data, canonical, self.scope, self.zone)
        result = in_readers_language(result, self.catalog)
        return draw(labeled(result, tile, locale()), self.look)


def _head(found: Row) -> BoardHead:
    snapshot = found["snapshot"]
    skipped = {tile["key"]: tile["skipped"] for tile in found["tiles"] if tile["skipped"]}
    return BoardHead(snapshot["id"], snapshot.get("takenAt", ""), skipped)


def _problem(error: Row) -> str:
    """The refusal in words; with its place where it names one."""
    details = error.get("details")
    first = details[0] if isinstance(details, list) and details else {}
    hint = first.get("hint", "") if isinstance(first, Mapping) else ""
    return f"{error['message']} {hint}".strip()


def _catalog(as_of: str | None) -> Catalog:
    if as_of is None:
        return current_catalog()
    try:
        return reports.catalog_of(history(as_of))
    except ReportError as error:
        raise refused(error) from error
