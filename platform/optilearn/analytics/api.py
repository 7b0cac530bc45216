"""Reports over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.analytics import services
from optilearn.analytics.alerts.api import router as alerts
from optilearn.analytics.catalog import catalog_for_reader
from optilearn.analytics.exports.api import router as exports
from optilearn.analytics.saved.api import router as saved
from optilearn.analytics.schedules.api import router as schedules
from optilearn.analytics.schemas import (
    CatalogueOut,
    Chosen,
    Difference,
    DiffQuestion,
    DrillQuestion,
    ReportExplanation,
    ReportQuestion,
    ReportResult,
    RunQuestion,
    Stopped,
    ValidReport,
)
from optilearn.analytics.sql.api import router as sql
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, ErrorEnvelope, answer
from reports import api as reports

router = Router(tags=["Reports"], by_alias=True)
router.add_router("", schedules)
router.add_router("", saved)
router.add_router("", sql)
router.add_router("", exports)
router.add_router("", alerts)
REFUSALS = dict.fromkeys((400, 401, 403, 404, 422, 503), ErrorEnvelope)
STOPPABLE = REFUSALS | {409: ErrorEnvelope}
"""409: the run was stopped by its caller."""


@router.post(
    "/reports/run", response={200: Envelope[ReportResult], **STOPPABLE}, operation_id="runReport"
)
def run(request: HttpRequest, question: RunQuestion) -> HttpResponse:
    """Answer a report on the newest snapshot, counting only what the caller may see.

    The same question on the same snapshot is answered from the cache (``meta.cached``).
    """
    data = services.answer_report(
        principal=principal_of(request), definition=question.definition, run_id=question.run_id
    )
    # The data are JSON already; decoding them would cost more than all the rest.
    return HttpResponse(b'{"data":%b,"error":null}' % data, content_type="application/json")


@router.delete(
    "/reports/runs/{uuid:runId}",
    response={200: Envelope[Stopped], 401: ErrorEnvelope, 404: ErrorEnvelope},
    operation_id="stopReportRun",
)
def stop(request: HttpRequest, runId: UUID) -> HttpResponse:
    """Stop the caller's own run of that id (see ``runId`` of a run), wherever it is worked on.

    Sent again it does no harm. 404 if no run of the caller's by that id is under way: it has
    ended, never was, or is somebody else's. If it reaches us within the next minute, it is
    stopped as it begins.
    """
    services.cancel_run(principal=principal_of(request), run_id=runId)
    return answer({"cancelled": True})


@router.post(
    "/reports/drill",
    response={200: Envelope[ReportResult], **STOPPABLE},
    operation_id="drillReport",
)
def drill(request: HttpRequest, question: DrillQuestion) -> HttpResponse:
    """List the rows behind one cell of a report, or behind one of its totals."""
    result = services.drill_report(
        principal=principal_of(request),
        definition=question.definition,
        cell=question.cell.model_dump(exclude_none=True),
        run_id=question.run_id,
    )
    return answer(result.to_wire())


@router.post(
    "/reports/diff", response={200: Envelope[Difference], **STOPPABLE}, operation_id="diffReport"
)
def diff(request: HttpRequest, question: DiffQuestion) -> HttpResponse:
    """List what a report's rows gained, lost and changed from one snapshot to another."""
    return answer(
        services.diff_report(
            principal=principal_of(request),
            definition=question.definition,
            before=question.before,
            after=question.after,
            run_id=question.run_id,
        )
    )


@router.post(
    "/reports/validate",
    response={200: Envelope[ValidReport], **REFUSALS},
    operation_id="validateReport",
)
def validate(request: HttpRequest, question: ReportQuestion) -> HttpResponse:
    """Check a definition without running it; every problem is listed with its place."""
    return answer(services.validate_report(definition=question.definition))


@router.post(
    "/reports/explain",
    response={200: Envelope[ReportExplanation], **REFUSALS},
    operation_id="explainReport",
)
def explain(request: HttpRequest, question: ReportQuestion) -> HttpResponse:
    """Say in words what a definition asks, and what answering it reads."""
    principal = principal_of(request)
    return answer(services.explain_report(principal=principal, definition=question.definition))


@router.get(
    "/reports/schema",
    response={200: Envelope[dict[str, Any]], 401: ErrorEnvelope},
    operation_id="getReportSchema",
)
def schema(request: HttpRequest) -> HttpResponse:
    """The JSON Schema of a report definition."""
    return answer(reports.schema())


@router.get(
    "/catalog", response={200: Envelope[CatalogueOut], **REFUSALS}, operation_id="getReportCatalog"
)
def catalog(request: HttpRequest, chosen: Query[Chosen]) -> HttpResponse:
    """Return the catalog in the reader's language; for chosen measures, the dimensions that fit."""
    return answer(catalog_for_reader(entity=chosen.entity, measures=tuple(chosen.measures)))
