"""Saved reports over HTTP."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.analytics.saved import listing, running, selectors, services, templates
from optilearn.analytics.saved.api.items import sharing_of
from optilearn.analytics.saved.content import Content
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.schemas.items import ItemQuery, ItemRowOut
from optilearn.analytics.saved.schemas.reports import (
    FromTemplateIn,
    ReportChangeIn,
    ReportIn,
    ReportOut,
    ReportTemplateOut,
    ReportTextsIn,
    SavedRunIn,
)
from optilearn.analytics.schemas import ReportExplanation, ReportResult
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.pages import answer_page

router = Router(tags=["Saved reports"], by_alias=True)


@router.get(
    "/saved-reports",
    response={200: Envelope[list[ItemRowOut]], **refusals(400, 503)},
    operation_id="listSavedReports",
)
def reports(request: HttpRequest, query: Query[ItemQuery]) -> HttpResponse:
    """The reports that the caller may read: their own, and the published ones that are shared."""
    rows, total = listing.items_list(principal_of(request), Kind.REPORT, query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/saved-reports",
    response={201: Envelope[ReportOut], **refusals(400, 409, 422, 503)},
    operation_id="saveReport",
)
def create(request: HttpRequest, report: ReportIn) -> HttpResponse:
    """Save a report of the caller's own. Its problems are listed; a draft may have some."""
    item_id = services.create_item(
        principal=principal_of(request),
        kind=Kind.REPORT,
        content=_content(report),
        sharing=sharing_of(report.sharing),
        publish=report.publish,
    )
    return _detail(request, item_id, status=201)


@router.get(
    "/templates",
    response={200: Envelope[list[ReportTemplateOut]], **refusals()},
    operation_id="listReportTemplates",
)
def list_templates(request: HttpRequest) -> HttpResponse:
    """Reports that are ready to be used, for the caller's role and in their language."""
    return answer(templates.templates(principal_of(request)))


@router.post(
    "/saved-reports/from-template",
    response={201: Envelope[ReportOut], **refusals(400, 404, 409, 503)},
    operation_id="useReportTemplate",
)
def from_template(request: HttpRequest, chosen: FromTemplateIn) -> HttpResponse:
    """Save a template as a private draft of the caller's own."""
    item_id = templates.create_from_template(
        principal=principal_of(request), key=chosen.template, name=chosen.name
    )
    return _detail(request, item_id, status=201)


@router.get(
    "/saved-reports/{int:itemId}",
    response={200: Envelope[ReportOut], **refusals(404, 503)},
    operation_id="getSavedReport",
)
def report(request: HttpRequest, itemId: int) -> HttpResponse:
    """A report with its definition, and why it can't be run, if it can't."""
    return _detail(request, itemId)


@router.put(
    "/saved-reports/{int:itemId}",
    response={200: Envelope[ReportOut], **refusals(400, 404, 409, 422, 503)},
    operation_id="changeSavedReport",
)
def change(request: HttpRequest, itemId: int, report: ReportChangeIn) -> HttpResponse:
    """Save a new version of a report.

    It names the version that it was made from. If somebody saved another one meanwhile, nothing is
    written, and the 409 carries that version (`details[0].newest`) and what it changed in words.
    """
    services.save_item(
        principal=principal_of(request),
        item_id=itemId,
        kind=Kind.REPORT,
        content=_content(report),
        save=services.Save(report.based_on, report.note, report.publish),
    )
    return _detail(request, itemId)


@router.post(
    "/saved-reports/{int:itemId}/run",
    response={200: Envelope[ReportResult], **refusals(400, 404, 409, 422, 503)},
    operation_id="runSavedReport",
)
def run(request: HttpRequest, itemId: int, chosen: SavedRunIn) -> HttpResponse:
    """Answer a report in the caller's own scope, narrowed by the caller's filters."""
    data = running.run_saved_report(
        principal=principal_of(request), item_id=itemId, choice=_choice(chosen)
    )
    return HttpResponse(b'{"data":%b,"error":null}' % data, content_type="application/json")


@router.post(
    "/saved-reports/{int:itemId}/explain",
    response={200: Envelope[ReportExplanation], **refusals(400, 404, 422, 503)},
    operation_id="explainSavedReport",
)
def explain(request: HttpRequest, itemId: int, chosen: SavedRunIn) -> HttpResponse:
    """Say in words what a report asks, with the caller's filters."""
    found = running.explain_saved_report(
        principal=principal_of(request), item_id=itemId, choice=_choice(chosen)
    )
    return answer(found)


def _detail(request: HttpRequest, item_id: int, *, status: int = 200) -> HttpResponse:
    detail = selectors.item_detail(principal_of(request), item_id, Kind.REPORT)
    return answer(detail, status=status)


def _content(report: ReportTextsIn) -> Content:
    return Content(report.name, report.description, report.tags, report.body())


def _choice(chosen: SavedRunIn) -> running.Choice:
    return running.Choice(chosen.conditions(), chosen.as_of, chosen.compare, chosen.run_id)
