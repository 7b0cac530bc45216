"""The numbers of dashboards: streamed, each tile when it is ready."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.http import require_POST

from dashboards.palette import Palette
from optilearn.analytics.presenting.looks import Look
from optilearn.analytics.saved.boards.drawn import (
    BoardEnd,
    BoardHead,
    DrawnLines,
    DrawnTile,
    Line,
    draw_board,
)
from optilearn.analytics.saved.boards.filtering import filter_values
from optilearn.analytics.saved.boards.model import Board, board_of, preview_board
from optilearn.analytics.saved.boards.one_tile import draw_tile
from optilearn.analytics.saved.schemas.dashboards import TileIn
from optilearn.core.access.policies import STAFF
from optilearn.core.http.envelope import encode
from optilearn.core.jsontext import read_json
from optilearn.core.tenancy.context import tenant_context
from optilearn.web.boards.choices import Chosen, chosen_in
from optilearn.web.boards.tiles import answer_view, explore_href
from optilearn.web.boards.views import board_context, wants_draft
from optilearn.web.formatting import instant
from optilearn.web.frame import theme_of
from optilearn.web.pages import WebRequest, body_of, page, parse, show

NDJSON: Final = "application/x-ndjson"
_TILE: Final = "web/boards/_tile.html"


@page(roles=STAFF)
def run(request: WebRequest, key: str) -> HttpResponse:
    """Stream the tiles as lines of JSON, ``{key, html, figure}``; GET: a whole page of tables."""
    found = board_of(request.principal, key, draft=wants_draft(request))
    chosen = chosen_in(request.GET, found.filters)
    lines = _drawn(request, found, chosen)
    if request.method == "POST":
        return _streamed(request, lines)
    answers = [line for line in lines if isinstance(line, DrawnTile)]
    context = board_context(request, found) | {
        "answers": {line.tile.key: answer_view(line) for line in answers},
        "is_plain": True,
    }
    return show(request, "web/boards/plain.html", context)


@page(roles=STAFF)
def run_tile(request: WebRequest, key: str, tile: str) -> HttpResponse:
    """Answer one tile again, of the snapshot that the others are of."""
    found = board_of(request.principal, key, draft=wants_draft(request))
    chosen = chosen_in(request.GET, found.filters)
    drawn = draw_tile(
        principal=request.principal,
        board=found,
        key=tile,
        choices=chosen.choices,
        look=replace(_look(request), palette=_palette(request)),
        snapshot_id=request.POST.get("snapshot") or None,
    )
    return JsonResponse(_wire(drawn))


@require_POST
@page(roles=STAFF)
def preview(request: WebRequest) -> HttpResponse:
    """Draw a tile that isn't saved yet. Raises ``AppError`` for one that isn't complete."""
    sent = parse(TileIn, body_of(request))
    body = {"tiles": [sent.model_dump(by_alias=True, exclude_none=True, mode="json")]}
    found = preview_board(request.principal, body)
    lines = _drawn(request, found, Chosen())
    tile = next(line for line in lines if isinstance(line, DrawnTile))
    return JsonResponse(_wire(tile))


@page(roles=STAFF)
def options(request: WebRequest, name: str) -> HttpResponse:
    """List values that a shared filter can have, each with the number of records behind it."""
    found = filter_values(request.principal, name, request.GET.get("q", ""))
    return JsonResponse({"data": found, "error": None})


def _drawn(request: WebRequest, found: Board, chosen: Chosen) -> DrawnLines:
    run_id = request.POST.get("runId", "")
    return draw_board(
        principal=request.principal,
        board=found,
        choices=chosen.choices,
        look=_look(request),
        as_of=chosen.as_of,
        run_id=UUID(run_id) if _is_uuid(run_id) else None,
    )


def _look(request: WebRequest) -> Look:
    asked = request.POST.get("theme") or request.GET.get("theme")
    theme = asked or theme_of(request) or "light"
    return Look(theme="dark" if theme == "dark" else "light")


def _palette(request: WebRequest) -> Palette:
    """The colors that the other tiles of the page have given to categories."""
    try:
        return Palette.of(read_json(request.POST.get("colors") or "{}"))
    except ValueError:
        return Palette()


def _streamed(request: WebRequest, lines: DrawnLines) -> HttpResponse:
    stream = _Stream(lines, translation.get_language() or "en", request.principal.institution_id)
    # A proxy that collects the lines would undo what they are for.
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    return StreamingHttpResponse(stream, content_type=NDJSON, headers=headers)  # type: ignore[return-value]  # Django's two kinds of response share a base


class _Stream:
    """The lines as bytes; closing it stops the tiles that aren't ready."""

    def __init__(self, lines: DrawnLines, language: str, institution_id: int) -> None:
        self._lines = lines
        self._language = language
        self._institution_id = institution_id

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            with translation.override(self._language), tenant_context(self._institution_id):
                text = encode(_wire(line)) + b"\n"
            yield text

    def close(self) -> None:
        """Nobody reads any more."""
        self._lines.close()


def _wire(line: Line) -> dict[str, Any]:
    match line:
        case BoardHead():
            return {
                "snapshot": line.snapshot_id,
                "takenAt": instant(line.taken_at),
                "skipped": line.skipped,
            }
        case BoardEnd():
            return {"end": True, "ms": line.ms}
        case DrawnTile():
            view = answer_view(line)
            drawn = line.drawn
            return {
                "key": line.tile.key,
                "html": "".join([render_to_string(_TILE, {"tile": view})]),  # a plain string
                "figure": drawn.figure if drawn else None,
                "height": drawn.figure["layout"]["meta"]["height"] if drawn and drawn.figure else 0,
                "explore": explore_href(line.definition) if line.definition else "",
                "error": line.code or None,
            }


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
