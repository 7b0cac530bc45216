"""Reports over HTTP."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.analytics import services
from optilearn.analytics.catalogue import catalogue_for_reader
from optilearn.analytics.schemas import (
    CatalogueOut,
    Chosen,
    ReportExplanation,
    ReportQuestion,
    ReportResult,
    ValidReport,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, ErrorEnvelope, answer
from reports import api as reports

router = Router(tags=["Reports"], by_alias=True)
REFUSALS = dict.fromkeys((400, 401, 403, 404, 422, 503), ErrorEnvelope)


@router.post("/reports/run", response={200: Envelope[ReportResult], **REFUSALS})
def run(request: HttpRequest, question: ReportQuestion) -> HttpResponse:
    """Answer a report on the newest snapshot, counting only what the caller may see."""
    principal = principal_of(request)
    return answer(
        services.run_report(principal=principal, definition=question.definition).to_wire()
    )


@router.post("/reports/validate", response={200: Envelope[ValidReport], **REFUSALS})
def validate(request: HttpRequest, question: ReportQuestion) -> HttpResponse:
    """Check a definition without running it; every problem is listed with its place."""
    return answer(services.validate_report(definition=question.definition))


@router.post("/reports/explain", response={200: Envelope[ReportExplanation], **REFUSALS})
def explain(request: HttpRequest, question: ReportQuestion) -> HttpResponse:
    """Say in words what a definition asks, and what answering it reads."""
    principal = principal_of(request)
    return answer(services.explain_report(principal=principal, definition=question.definition))


@router.get("/reports/schema", response={200: Envelope[dict[str, Any]], 401: ErrorEnvelope})
def schema(request: HttpRequest) -> HttpResponse:
    """The JSON Schema of a report definition."""
    return answer(reports.schema())


@router.get("/catalog", response={200: Envelope[CatalogueOut], **REFUSALS})
def catalog(request: HttpRequest, chosen: Query[Chosen]) -> HttpResponse:
    """What can be asked, in the reader's language; for chosen measures, what fits them."""
    return answer(catalogue_for_reader(entity=chosen.entity, measures=tuple(chosen.measures)))
