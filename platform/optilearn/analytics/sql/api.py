"""SQL over HTTP."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.analytics.schemas import Stopped
from optilearn.analytics.services import cancel_run
from optilearn.analytics.sql import services
from optilearn.analytics.sql.copies import copy_snapshot
from optilearn.analytics.sql.schemas import (
    AsOf,
    CopyOut,
    CopyQuery,
    SqlAnswer,
    SqlFormat,
    SqlIn,
    SqlOptions,
    SqlSchemaOut,
)
from optilearn.analytics.sql.selectors import sql_schema
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from reports.api import MEDIA_TYPES, CopyFormat, ExportFormat

router = Router(tags=["SQL"], by_alias=True)
ARROW_STREAM: Final = "application/vnd.apache.arrow.stream"
_MEDIA: Final = {
    SqlFormat.CSV: MEDIA_TYPES[ExportFormat.CSV],
    SqlFormat.XLSX: MEDIA_TYPES[ExportFormat.XLSX],
    SqlFormat.PARQUET: MEDIA_TYPES[ExportFormat.PARQUET],
    SqlFormat.ARROW: ARROW_STREAM,
}
_ENDINGS: Final = {SqlFormat.ARROW: "arrows"}
_FILES: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "content": {
                media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
                for media in _MEDIA.values()
            }
        }
    }
}


@router.post(
    "/sql/run",
    response={200: Envelope[SqlAnswer], **refusals(400, 404, 409, 422, 503)},
    openapi_extra=_FILES,
    operation_id="runSql",
)
def run(request: HttpRequest, statement: SqlIn) -> HttpResponse:
    """Run one SELECT over a snapshot, in JSON or as a file.

    What can be read says `GET /analytics/sql/schema`, within the caller's scope. Files carry every
    row, at most a million; the first rows of more are answered in JSON.
    """
    return _answered(request, statement.sql, statement)


@router.post(
    "/saved-queries/{int:itemId}/run",
    response={200: Envelope[SqlAnswer], **refusals(400, 404, 409, 422, 503)},
    openapi_extra=_FILES,
    operation_id="runSavedQuery",
)
def run_saved(request: HttpRequest, itemId: int, options: SqlOptions) -> HttpResponse:
    """Run a saved query within the reader's scope, as `POST /analytics/sql/run` would."""
    sql = services.saved_sql(principal=principal_of(request), item_id=itemId)
    return _answered(request, sql, options, itemId)


@router.delete(
    "/sql/runs/{uuid:runId}",
    response={200: Envelope[Stopped], **refusals(404)},
    operation_id="stopSqlRun",
)
def stop(request: HttpRequest, runId: UUID) -> HttpResponse:
    """Stop the caller's own run of that id, as `DELETE /analytics/reports/runs/{runId}` does."""
    cancel_run(principal=principal_of(request), run_id=runId)
    return answer({"cancelled": True})


@router.get(
    "/sql/schema",
    response={200: Envelope[SqlSchemaOut], **refusals(400, 404, 422, 503)},
    operation_id="getSqlSchema",
)
def schema(request: HttpRequest, query: Query[AsOf]) -> HttpResponse:
    """Return the views that SQL can read, with their columns in the reader's language."""
    return answer(sql_schema(principal_of(request), query.as_of))


@router.post(
    "/snapshots/{snapshot}/download",
    response={201: Envelope[CopyOut], **refusals(400, 404, 409, 422, 503)},
    operation_id="copySnapshot",
)
def copy(request: HttpRequest, snapshot: str, query: Query[CopyQuery]) -> HttpResponse:
    """Write a snapshot, as SQL sees it, to a private file of the caller's.

    `snapshot` is an id, a moment, or `newest`. `GET /files/{fileId}/url` gives the address, which
    takes `Range`. The file is removed after a week, or when a person is erased.
    """
    form = CopyFormat(query.format.value)
    copied = copy_snapshot(principal=principal_of(request), snapshot=snapshot, form=form)
    return answer(copied, status=201)


def _answered(
    request: HttpRequest, sql: str, options: SqlOptions, item_id: int | None = None
) -> HttpResponse:
    principal = principal_of(request)
    asked = services.Statement(sql, options.as_of, options.run_id, item_id)
    form = options.format or _accepted(request)
    if form is SqlFormat.JSON:
        result = services.run_sql(principal=principal, statement=asked, rows=options.limit)
        return answer(services.wire_of(result))
    body = services.run_sql_file(
        principal=principal, statement=asked, form=ExportFormat(form.value)
    )
    response = HttpResponse(body, content_type=_MEDIA[form])
    ending = _ENDINGS.get(form, form.value)
    response["Content-Disposition"] = f'attachment; filename="result.{ending}"'
    return response


def _accepted(request: HttpRequest) -> SqlFormat:
    """The form that the caller accepts; JSON unless it is one of the files alone."""
    wanted = request.headers.get("Accept", "").partition(";")[0].strip().lower()
    found = (form for form, media in _MEDIA.items() if media.partition(";")[0] == wanted)
    return next(found, SqlFormat.JSON)
