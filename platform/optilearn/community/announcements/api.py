"""Announcements over HTTP: for readers, for authors."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.community.announcements import selectors, services
from optilearn.community.announcements.schemas import (
    AnnouncementChange,
    AnnouncementIn,
    AnnouncementOut,
    AnnouncementQuery,
    AnnouncementReceiptOut,
    AnnouncementRow,
    AnnouncementVersionOut,
    ManagedAnnouncement,
    ManagedAnnouncementRow,
    ManagedQuery,
    ReceiptQuery,
    UnreadAnnouncements,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import answer_page

router = Router(tags=["Announcements"], by_alias=True)
READ: Final = refusals(404, 503)
MANAGE: Final = refusals(403, 404)
WRITE: Final = refusals(400, 403, 404, 409)


@router.get(
    "/announcements",
    response={200: Envelope[list[AnnouncementRow]], **refusals(400, 503)},
    operation_id="listAnnouncements",
)
def own(request: HttpRequest, query: Query[AnnouncementQuery]) -> HttpResponse:
    """The announcements for the caller, and for a parent's children; pinned ones, then the newest.

    Parents are refused with 503 while OptiCRM doesn't say who their children are.
    """
    rows, total = selectors.announcements(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/announcements",
    response={201: Envelope[ManagedAnnouncement], **WRITE},
    operation_id="createAnnouncement",
)
def create(request: HttpRequest, wanted: AnnouncementIn) -> HttpResponse:
    """Write an announcement; it is published at once, or at `publishAt`."""
    principal = principal_of(request)
    key = services.create_announcement(
        principal=principal, values=wanted.model_dump(exclude_unset=True, mode="python")
    )
    return answer(selectors.managed_announcement(principal, key), status=201)


@router.get(
    "/announcements/unread-count",
    response={200: Envelope[UnreadAnnouncements], **refusals(503)},
    operation_id="countUnreadAnnouncements",
)
def unread(request: HttpRequest) -> HttpResponse:
    """The number of the caller's announcements that were read on no device."""
    return answer({"unread": selectors.unread_count(principal_of(request))})


@router.get(
    "/announcements/managed",
    response={200: Envelope[list[ManagedAnnouncementRow]], **refusals(400)},
    operation_id="listManagedAnnouncements",
)
def managed(request: HttpRequest, query: Query[ManagedQuery]) -> HttpResponse:
    """The announcements that the caller manages: administrators all, teachers their own."""
    rows, total = selectors.managed_announcements(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/announcements/managed/{int:announcementId}",
    response={200: Envelope[ManagedAnnouncement], **MANAGE},
    operation_id="getManagedAnnouncement",
)
def managed_one(request: HttpRequest, announcementId: int) -> HttpResponse:
    """A managed announcement in any state, with the numbers of its recipients and readers."""
    return answer(selectors.managed_announcement(principal_of(request), announcementId))


@router.get(
    "/announcements/{int:announcementId}",
    response={200: Envelope[AnnouncementOut], **READ},
    operation_id="getAnnouncement",
)
def one(request: HttpRequest, announcementId: int) -> HttpResponse:
    """An announcement for the caller. Opening it leaves no receipt; reading is reported apart."""
    return answer(selectors.announcement(principal_of(request), announcementId))


@router.patch(
    "/announcements/{int:announcementId}",
    response={200: Envelope[ManagedAnnouncement], **WRITE},
    operation_id="updateAnnouncement",
)
def update(request: HttpRequest, announcementId: int, wanted: AnnouncementChange) -> HttpResponse:
    """Change an announcement; the earlier text stays as a version."""
    principal = principal_of(request)
    services.update_announcement(
        principal=principal,
        announcement_id=announcementId,
        values=wanted.model_dump(exclude_unset=True, mode="python"),
    )
    return answer(selectors.managed_announcement(principal, announcementId))


@router.put(
    "/announcements/{int:announcementId}/read",
    response={200: Envelope[Done], **READ},
    operation_id="markAnnouncementRead",
)
def mark_read(request: HttpRequest, announcementId: int) -> HttpResponse:
    """Report that the caller has read it; again changes nothing."""
    services.mark_read(principal=principal_of(request), announcement_id=announcementId)
    return answer({"done": True})


@router.post(
    "/announcements/{int:announcementId}/withdraw",
    response={200: Envelope[ManagedAnnouncement], **MANAGE},
    operation_id="withdrawAnnouncement",
)
def withdraw(request: HttpRequest, announcementId: int) -> HttpResponse:
    """Withdraw an announcement, for good; a scheduled one won't be published."""
    principal = principal_of(request)
    services.withdraw_announcement(principal=principal, announcement_id=announcementId)
    return answer(selectors.managed_announcement(principal, announcementId))


@router.get(
    "/announcements/{int:announcementId}/versions",
    response={200: Envelope[list[AnnouncementVersionOut]], **MANAGE},
    operation_id="listAnnouncementVersions",
)
def versions(request: HttpRequest, announcementId: int) -> HttpResponse:
    """The versions of a managed announcement: what was written, by whom, when."""
    return answer(selectors.versions(principal_of(request), announcementId))


@router.get(
    "/announcements/{int:announcementId}/receipts",
    response={200: Envelope[list[AnnouncementReceiptOut]], **refusals(400, 403, 404)},
    operation_id="listAnnouncementReceipts",
)
def receipts(request: HttpRequest, announcementId: int, query: Query[ReceiptQuery]) -> HttpResponse:
    """The recipients of a managed announcement: who has read it, who hasn't."""
    rows, total = selectors.receipts(principal_of(request), announcementId, query)
    return answer_page(rows, total=total, query=query)
