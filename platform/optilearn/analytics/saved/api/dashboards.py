"""Dashboards over HTTP."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router

from optilearn.analytics.saved import listing, services
from optilearn.analytics.saved.api.items import sharing_of
from optilearn.analytics.saved.boards import copying, selectors
from optilearn.analytics.saved.boards.answering import answer_board, answer_tile
from optilearn.analytics.saved.boards.choices import Choices, CrossFilter
from optilearn.analytics.saved.boards.model import board_of, item_id_of
from optilearn.analytics.saved.content import Content
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.schemas.dashboards import (
    BoardChangeIn,
    BoardChoicesIn,
    BoardIn,
    BoardOut,
    BoardRunIn,
    BoardTextsIn,
    PresetCopyIn,
    PresetOut,
    TileRunIn,
)
from optilearn.analytics.saved.schemas.items import ItemQuery, ItemRowOut
from optilearn.analytics.schemas import ReportResult
from optilearn.analytics.sql.schemas import SqlAnswer
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.pages import answer_page

router = Router(tags=["Dashboards"], by_alias=True)
NDJSON: Final = "application/x-ndjson"
_LINES: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "description": "One JSON object a line: the head, each tile when it is ready, the end.",
            "content": {NDJSON: {"schema": {"type": "string"}}},
        }
    }
}


@router.get(
    "/dashboards",
    response={200: Envelope[list[ItemRowOut]], **refusals(400, 503)},
    operation_id="listDashboards",
)
def dashboards(request: HttpRequest, query: Query[ItemQuery]) -> HttpResponse:
    """The saved dashboards that the caller may read."""
    rows, total = listing.items_list(principal_of(request), Kind.DASHBOARD, query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/dashboards/presets",
    response={200: Envelope[list[PresetOut]], **refusals()},
    operation_id="listPresets",
)
def presets(request: HttpRequest) -> HttpResponse:
    """The dashboards that every institution has, in the reader's language."""
    return answer(selectors.presets(principal_of(request)))


@router.post(
    "/dashboards",
    response={201: Envelope[BoardOut], **refusals(400, 409, 422, 503)},
    operation_id="saveDashboard",
)
def create(request: HttpRequest, board: BoardIn) -> HttpResponse:
    """Save a dashboard of the caller's own. Its problems are listed; a draft may have some."""
    item_id = services.create_item(
        principal=principal_of(request),
        kind=Kind.DASHBOARD,
        content=_content(board),
        sharing=sharing_of(board.sharing),
        publish=board.publish,
    )
    return _detail(request, str(item_id), status=201)


@router.post(
    "/dashboards/from-preset",
    response={201: Envelope[BoardOut], **refusals(400, 404, 409, 503)},
    operation_id="copyPreset",
)
def copy_preset(request: HttpRequest, chosen: PresetCopyIn) -> HttpResponse:
    """Copy a preset into a private draft of the caller's own, in their language."""
    item_id = copying.copy_preset(
        principal=principal_of(request), key=chosen.preset, name=chosen.name
    )
    return _detail(request, str(item_id), status=201)


@router.get(
    "/dashboards/{dashboardId}",
    response={200: Envelope[BoardOut], **refusals(404, 503)},
    operation_id="getDashboard",
)
def dashboard(request: HttpRequest, dashboardId: str) -> HttpResponse:
    """A preset by its key, or a saved dashboard by its id: for its editors the newest draft."""
    return _detail(request, dashboardId)


@router.put(
    "/dashboards/{dashboardId}",
    response={200: Envelope[BoardOut], **refusals(400, 404, 409, 422, 503)},
    operation_id="changeDashboard",
)
def change(request: HttpRequest, dashboardId: str, board: BoardChangeIn) -> HttpResponse:
    """Save a new version of a dashboard; 409 with the newest one if that isn't the one changed."""
    services.save_item(
        principal=principal_of(request),
        item_id=item_id_of(dashboardId),
        kind=Kind.DASHBOARD,
        content=_content(board),
        save=services.Save(board.based_on, board.note, board.publish),
    )
    return _detail(request, dashboardId)


@router.post(
    "/dashboards/{dashboardId}/run",
    response=refusals(400, 404, 409, 422, 503),
    openapi_extra=_LINES,
    operation_id="runDashboard",
)
def run(request: HttpRequest, dashboardId: str, chosen: BoardRunIn) -> HttpResponse:
    """Answer all tiles of one snapshot in the caller's scope, each as soon as it is ready.

    The first line has the snapshot, the scope and the tiles; each further one a tile's `key` with
    `data` (as of a report) or `error`, which doesn't stop the others; the last one `end`. Without
    it something is missing. `DELETE /api/analytics/reports/runs/{runId}` stops all tiles.
    """
    principal = principal_of(request)
    found = answer_board(
        principal=principal,
        board=board_of(principal, dashboardId, draft=chosen.draft),
        choices=_choices(chosen),
        as_of=chosen.as_of,
        run_id=chosen.run_id,
    )
    if isinstance(found, bytes):
        return HttpResponse(found, content_type=NDJSON, headers={"Cache-Control": "no-store"})
    # A proxy that collects the lines would undo what they are for.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(found, content_type=NDJSON, headers=headers)  # type: ignore[return-value]  # Django's two kinds of response share a base


@router.post(
    "/dashboards/{dashboardId}/tiles/{tileKey}/run",
    response={200: Envelope[ReportResult | SqlAnswer], **refusals(400, 404, 409, 422, 503)},
    operation_id="runTile",
)
def run_tile(
    request: HttpRequest, dashboardId: str, tileKey: str, chosen: TileRunIn
) -> HttpResponse:
    """Answer one tile, of the snapshot that the others are of."""
    principal = principal_of(request)
    data = answer_tile(
        principal=principal,
        board=board_of(principal, dashboardId),
        key=tileKey,
        choices=_choices(chosen),
        snapshot_id=chosen.snapshot_id,
        run_id=chosen.run_id,
    )
    return HttpResponse(b'{"data":%b,"error":null}' % data, content_type="application/json")


def _detail(request: HttpRequest, board_id: str, *, status: int = 200) -> HttpResponse:
    return answer(selectors.board_detail(principal_of(request), board_id), status=status)


def _content(board: BoardTextsIn) -> Content:
    return Content(board.name, board.description, board.tags, board.body())


def _choices(chosen: BoardChoicesIn) -> Choices:
    cross = None
    if chosen.cross_filter is not None:
        condition = chosen.cross_filter.model_dump(exclude_unset=True, exclude={"tile"})
        cross = CrossFilter(chosen.cross_filter.tile, condition)
    return Choices(chosen.filters.values() if chosen.filters else {}, cross)
