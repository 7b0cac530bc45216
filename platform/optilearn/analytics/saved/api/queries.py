"""Saved SQL queries over HTTP, for the roles that may see SQL."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.analytics.saved import listing, selectors, services
from optilearn.analytics.saved.api.items import sharing_of
from optilearn.analytics.saved.content import Content
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.policies import check_may_have
from optilearn.analytics.saved.schemas.items import ItemQuery, ItemRowOut
from optilearn.analytics.saved.schemas.queries import (
    QueryChangeIn,
    QueryIn,
    QueryOut,
    QueryTextsIn,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.pages import answer_page

router = Router(tags=["Saved queries"], by_alias=True)


@router.get(
    "/saved-queries",
    response={200: Envelope[list[ItemRowOut]], **refusals(400)},
    operation_id="listSavedQueries",
)
def queries(request: HttpRequest, query: Query[ItemQuery]) -> HttpResponse:
    """The queries that the caller may read."""
    principal = principal_of(request)
    check_may_have(principal, Kind.QUERY)
    rows, total = listing.items_list(principal, Kind.QUERY, query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/saved-queries",
    response={201: Envelope[QueryOut], **refusals(400, 409)},
    operation_id="saveQuery",
)
def create(request: HttpRequest, query: QueryIn) -> HttpResponse:
    """Save a query of the caller's own."""
    item_id = services.create_item(
        principal=principal_of(request),
        kind=Kind.QUERY,
        content=_content(query),
        sharing=sharing_of(query.sharing),
        publish=query.publish,
    )
    return _detail(request, item_id, status=201)


@router.get(
    "/saved-queries/{int:itemId}",
    response={200: Envelope[QueryOut], **refusals(404)},
    operation_id="getSavedQuery",
)
def query(request: HttpRequest, itemId: int) -> HttpResponse:
    """A query with its SQL."""
    return _detail(request, itemId)


@router.put(
    "/saved-queries/{int:itemId}",
    response={200: Envelope[QueryOut], **refusals(400, 404, 409)},
    operation_id="changeSavedQuery",
)
def change(request: HttpRequest, itemId: int, query: QueryChangeIn) -> HttpResponse:
    """Save a new version of a query; 409 with the newest one if that isn't the one changed."""
    services.save_item(
        principal=principal_of(request),
        item_id=itemId,
        kind=Kind.QUERY,
        content=_content(query),
        save=services.Save(query.based_on, query.note, query.publish),
    )
    return _detail(request, itemId)


def _detail(request: HttpRequest, item_id: int, *, status: int = 200) -> HttpResponse:
    detail = selectors.item_detail(principal_of(request), item_id, Kind.QUERY)
    return answer(detail, status=status)


def _content(query: QueryTextsIn) -> Content:
    return Content(query.name, query.description, query.tags, query.body())
