"""Exports over HTTP."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.analytics.exports import selectors, services
from optilearn.analytics.exports.schemas import ExportJobIn, ExportJobOut, ExportUrl
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page
from reports.api import ExportFormat

router = Router(tags=["Exports"], by_alias=True)
REFUSALS: Final = refusals(400, 404, 409, 422, 503)


@router.post(
    "/exports",
    response={200: Envelope[ExportJobOut], 202: Envelope[ExportJobOut], **REFUSALS},
    operation_id="createExport",
)
def create(request: HttpRequest, export: ExportJobIn) -> HttpResponse:
    """Write a report or a dashboard to a file, within the caller's scope.

    A small one is DONE in the answer (200). Another is written in the background (202): ask
    `GET /exports/{exportId}`. What the format can't hold is refused with one that can.
    """
    principal = principal_of(request)
    wanted = services.ExportRequest(
        client_id=export.client_id,
        source=export.source,
        form=ExportFormat(export.format.value),
        name=export.name,
        has_bom=export.bom,
    )
    job_id = services.create_export(principal=principal, request=wanted)
    found = selectors.export_detail(principal, job_id)
    return answer(found, status=202 if found["finishedAt"] is None else 200)


@router.get(
    "/exports",
    response={200: Envelope[list[ExportJobOut]], **refusals(400)},
    operation_id="listExports",
)
def own(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    """The caller's exports, the newest first."""
    rows, total = selectors.exports_list(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/exports/{int:exportId}",
    response={200: Envelope[ExportJobOut], **refusals(404)},
    operation_id="getExport",
)
def detail(request: HttpRequest, exportId: int) -> HttpResponse:
    """An export of the caller's: its state, the rows so far, and the time that is left."""
    return answer(selectors.export_detail(principal_of(request), exportId))


@router.post(
    "/exports/{int:exportId}/cancel",
    response={200: Envelope[ExportJobOut], **refusals(404)},
    operation_id="cancelExport",
)
def cancel(request: HttpRequest, exportId: int) -> HttpResponse:
    """Stop an export of the caller's. One that has ended stays as it is."""
    principal = principal_of(request)
    services.cancel_export(principal=principal, job_id=exportId)
    return answer(selectors.export_detail(principal, exportId))


@router.delete(
    "/exports/{int:exportId}",
    response={200: Envelope[Done], **refusals(404)},
    operation_id="deleteExport",
)
def delete(request: HttpRequest, exportId: int) -> HttpResponse:
    """Delete an export of the caller's, and its file."""
    services.delete_export(principal=principal_of(request), job_id=exportId)
    return answer({"done": True})


@router.get(
    "/exports/{int:exportId}/url",
    response={200: Envelope[ExportUrl], **refusals(404, 409, 503)},
    operation_id="getExportUrl",
)
def url(request: HttpRequest, exportId: int) -> HttpResponse:
    """A short-lived URL to read the file by, whole or in ranges. CONFLICT while there is none."""
    found = selectors.export_url(principal_of(request), exportId)
    return answer(found | {"url": urljoin(request.build_absolute_uri("/"), found["url"])})
