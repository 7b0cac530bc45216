"""Answering a dashboard: every tile of one snapshot, under one scope, as it is ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from optilearn.analytics import services as questions
from optilearn.analytics.auditing import Asked, refused
from optilearn.analytics.result_cache import CachedAnswer, key_of, result_cache
from optilearn.analytics.saved.boards.choices import Choices, ChosenTile, check_choices, chosen_tile
from optilearn.analytics.saved.boards.lines import (
    PreparedTile,
    data_line,
    end_line,
    error_line,
    head_line,
)
from optilearn.analytics.saved.boards.model import Board
from optilearn.analytics.saved.boards.stream import BoardStream
from optilearn.analytics.saved.running import note_run
from optilearn.analytics.snapshots import history, newest_snapshot
from optilearn.analytics.sql.services import run_query, wire_of
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.envelope import encode
from reports import api as reports
from reports.api import ReportRequest
from reports.contracts import Scope, SnapshotRef
from reports.errors import ReportError, SnapshotUnknown

Lines = bytes | BoardStream
"""The whole answer where all tiles were cached, or else what reads it line by line."""


@dataclass(frozen=True)
class _Data:
    """The rows that a run is about: the newest snapshot, the one that was asked for, the scope."""

    newest: SnapshotRef
    snapshot: SnapshotRef
    scope: Scope

    @property
    def as_of(self) -> str | None:
        """The snapshot's id as a definition names it; None: the newest."""
        is_newest = self.snapshot.snapshot_id == self.newest.snapshot_id
        return None if is_newest else self.snapshot.snapshot_id


def answer_board(
    *,
    principal: Principal,
    board: Board,
    choices: Choices,
    as_of: str | None = None,
    run_id: UUID | None = None,
) -> Lines:
    """Answer all tiles of a dashboard, as lines of JSON: the head, each tile, the end.

    A tile that fails doesn't stop the others. ``run_id`` stops all of them
    (``analytics.services.cancel_run``). One row in the audit log, when it is over. Raises
    ``AppError`` before the first line: NOT_FOUND, VALIDATION_ERROR, REPORT_INVALID, FORBIDDEN.
    """
    asked = Asked(principal, "dashboard.run")
    asked.facts |= {"dashboard": board.key, "tiles": len(board.tiles)}
    check_choices(board, choices)
    data = _data(principal, as_of)
    asked.scope = data.scope
    asked.facts["snapshot"] = data.snapshot.snapshot_id
    tiles = [_prepared(principal, board, one, data) for one in _chosen(board, choices, data)]
    answers = result_cache().find_all([tile.key for tile in tiles if tile.key])
    found = dict(zip([tile.key for tile in tiles if tile.key], answers, strict=True))
    missing = [tile for tile in tiles if tile.sql or (tile.key and found[tile.key] is None)]
    head = head_line(board, data.snapshot, data.scope, tiles)
    ready = list(_ready(asked, tiles, found))
    if board.item is not None:
        note_run(board.item)
    if missing:
        return BoardStream(asked, b"".join([head, *ready]), missing, data.snapshot, run_id)
    asked.facts["cached"] = len(answers)
    end = end_line(asked.ms)
    asked.write("ok")
    return b"".join([head, *ready, end])


def answer_tile(
    *,
    principal: Principal,
    board: Board,
    key: str,
    choices: Choices,
    snapshot_id: str | None = None,
    run_id: UUID | None = None,
) -> bytes:
    """Answer one tile as the JSON of ``data``, of the snapshot that the others are of.

    Raises ``AppError`` as ``analytics.services.answer_report`` does, and NOT_FOUND.
    """
    check_choices(board, choices)
    tile = board.tile(key)
    if key in board.missing:
        raise _unreadable()
    data = _data(principal, snapshot_id)
    if key in board.queries:
        sql = board.queries[key]
        result = run_query(principal=principal, sql=sql, snapshot=data.snapshot, run_id=run_id)
        return encode(wire_of(result))
    catalog = _catalog(data.snapshot)
    chosen = chosen_tile(board, tile, choices, catalog)
    return questions.answer_report(
        principal=principal,
        definition=_pinned(chosen, data),
        run_id=run_id,
        saved_item_id=board.item.id if board.item else None,
    )


def _data(principal: Principal, as_of: str | None) -> _Data:
    scope = questions.scope_of(principal)
    newest = newest_snapshot()
    if as_of is None:
        return _Data(newest, newest, scope)
    try:
        return _Data(newest, history(as_of), scope)
    except SnapshotUnknown as error:
        raise refused(error.at("/asOf")) from error


def _catalog(snapshot: SnapshotRef) -> reports.Catalog:
    try:
        return reports.catalog_of(snapshot)
    except ReportError as error:
        raise refused(error) from error


def _chosen(board: Board, choices: Choices, data: _Data) -> Iterator[ChosenTile]:
    catalog = _catalog(data.snapshot)
    for tile in board.tiles:
        if tile.key in board.queries:
            has_choices = bool(choices.filters or choices.cross)
            yield ChosenTile(tile, {}, (_("Filters don't apply to SQL."),) if has_choices else ())
        elif tile.key in board.missing:
            yield ChosenTile(tile, {})
        else:
            yield chosen_tile(board, tile, choices, catalog)


def _pinned(chosen: ChosenTile, data: _Data) -> Mapping[str, Any]:
    return chosen.definition if data.as_of is None else {**chosen.definition, "asOf": data.as_of}


def _prepared(principal: Principal, board: Board, chosen: ChosenTile, data: _Data) -> PreparedTile:
    """The tile bound to the snapshot, with the key of its answer; or why it can't be answered."""
    if chosen.tile.key in board.missing:
        return PreparedTile(chosen, error=_unreadable())
    if chosen.tile.key in board.queries:
        return PreparedTile(chosen, sql=board.queries[chosen.tile.key])
    request = ReportRequest(_pinned(chosen, data), data.scope, data.newest, history=cache(history))
    try:
        prepared = reports.prepare(request)
        key = key_of(principal.institution_id, prepared.identity)
    except ReportError as error:
        return PreparedTile(chosen, error=refused(error))
    except AppError as error:
        return PreparedTile(chosen, error=error)
    return PreparedTile(chosen, prepared, key)


def _ready(
    asked: Asked, tiles: list[PreparedTile], found: Mapping[str, CachedAnswer | None]
) -> Iterator[bytes]:
    for tile in tiles:
        if tile.error is not None:
            yield error_line(tile.chosen.tile.key, tile.error)
        elif tile.key and (answer := found[tile.key]) is not None:
            yield data_line(tile.chosen.tile.key, answer.data(asked.ms, cached=True))


def _unreadable() -> AppError:
    return AppError(ErrorCode.NOT_FOUND, _("The report of this tile isn't shared with you."))
