"""The inbox in the app."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.conditional import answer_cached
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.openapi import conditional
from optilearn.core.http.pages import answer_page
from optilearn.notifications.inbox import selectors, services
from optilearn.notifications.inbox.schemas import (
    InboxQuery,
    InboxRow,
    ReadIn,
    ReadOut,
    UnreadCount,
)

router = Router(tags=["Notifications"], by_alias=True)


@router.get(
    "/notifications",
    response={200: Envelope[list[InboxRow]], **refusals(400, 401)},
    operation_id="listNotifications",
)
def inbox(request: HttpRequest, query: Query[InboxQuery]) -> HttpResponse:
    """The caller's messages, the newest first."""
    rows, total = selectors.inbox(principal_of(request), query)
    return answer_page(rows, total=total, query=query.part)


@router.patch(
    "/notifications/read",
    response={200: Envelope[ReadOut], **refusals(400, 401, 403)},
    operation_id="markNotificationsRead",
)
def mark_read(request: HttpRequest, wanted: ReadIn) -> HttpResponse:
    """Mark messages as read; ids that aren't the caller's are left out of the number."""
    marked = services.mark_read(principal=principal_of(request), ids=wanted.ids)
    return answer({"marked": marked})


@router.get(
    "/notifications/unread-count",
    response={200: Envelope[UnreadCount], **refusals(401)},
    openapi_extra=conditional(),
    operation_id="countUnreadNotifications",
)
def unread_count(request: HttpRequest) -> HttpResponse:
    """Count new messages. With ``If-None-Match`` the answer is 304 while nothing changed."""
    return answer_cached(request, {"count": selectors.unread_count(principal_of(request))})
