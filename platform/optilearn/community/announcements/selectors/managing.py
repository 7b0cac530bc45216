"""Announcements as their authors and administrators see them: states, versions, receipts."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import F

from optilearn.community.announcements import policies
from optilearn.community.announcements.rules import addressed
from optilearn.community.announcements.schemas import ManagedQuery, ReceiptQuery
from optilearn.community.models import Announcement, AnnouncementVersion
from optilearn.core import clock
from optilearn.core.access.policies import ADMINS, AUTHORS, require
from optilearn.core.access.principal import Principal
from optilearn.core.plaintext import preview
from optilearn.core.sql import Row, compose, rows, total_of
from optilearn.people.rules import PEOPLE

_AUDIENCE: Final = compose(
    """
    FROM community_announcement a
    JOIN <people> ON p.institution_id = a.institution_id
    LEFT JOIN community_announcementreceipt r ON r.institution_id = a.institution_id
         AND r.announcement_id = a.id AND r.person_id = p.id
   WHERE a.id = %(announcement)s AND (r.id IS NOT NULL OR <addressed>)
    """,
    people=PEOPLE.aliased("p"),
    addressed=addressed("a", "p"),
)
_NUMBERS: Final = f"SELECT count(*) AS recipients, count(r.id) AS read {_AUDIENCE}"
_STATE: Final = " AND (%(state)s = '' OR (r.id IS NOT NULL) = (%(state)s = 'READ'))"
_RECEIPTS: Final = (
    "SELECT p.id, p.code, p.name, p.role, p.section_name, r.read_at, count(*) OVER () AS total"
    f" {_AUDIENCE} {_STATE} ORDER BY r.read_at DESC NULLS LAST, lower(p.name), p.id"
    " LIMIT %(limit)s OFFSET %(offset)s"
)
_COUNT: Final = f"SELECT count(*) AS total {_AUDIENCE} {_STATE}"


def managed_announcements(principal: Principal, query: ManagedQuery) -> tuple[list[Row], int]:
    """Return a page of the announcements that the principal manages, the newest first, and all.

    Three queries. Raises ``AppError`` FORBIDDEN for everybody but administrators and teachers.
    """
    require(principal, AUTHORS)
    found = Announcement.objects.all()
    if principal.role not in ADMINS or query.mine:
        found = found.filter(author_id=principal.person_id)
    if query.status is not None:
        found = found.filter(status=query.status)
    if query.course_id is not None:
        found = found.filter(courses__course_id=query.course_id)
    page = found.select_related("author").prefetch_related("courses")
    shown = page.order_by("-publish_at", "-id")[query.window]
    return [_wire(one) | {"preview": preview(one.text)} for one in shown], found.count()


def managed_announcement(principal: Principal, announcement_id: int) -> Row:
    """Return an announcement with its numbers of recipients and readers.

    Parents of students count once they have read it: nobody knows here whose parents they are.
    Four queries. Raises ``AppError`` as ``policies.managed``.
    """
    found = policies.managed(principal, announcement_id)
    given = {"announcement": announcement_id, "now": clock.now()}
    (numbers,) = rows(_NUMBERS, given)
    return _wire(found) | {
        "text": found.text,
        "recipientCount": numbers["recipients"],
        "readCount": numbers["read"],
    }


def versions(principal: Principal, announcement_id: int) -> list[Row]:
    """Return what was written, by whom and when, the newest first. Raises as the one above."""
    policies.managed(principal, announcement_id)
    found = AnnouncementVersion.objects.filter(announcement_id=announcement_id)
    shown = found.order_by("-number").values(
        "number", "title", "text", "author_id", name=F("author__name"), at=F("created_at")
    )
    return [
        {
            "number": one["number"],
            "title": one["title"],
            "text": one["text"],
            "author": {"id": one["author_id"], "name": one["name"]},
            "createdAt": one["at"],
        }
        for one in shown
    ]


def receipts(
    principal: Principal, announcement_id: int, query: ReceiptQuery
) -> tuple[list[Row], int]:
    """Return a page of recipients with the time of reading, and their number.

    Readers first, the latest first; then who hasn't read it, by name. Whoever has read it stays in
    the list, also after leaving the audience. Two queries. Raises ``AppError`` as
    ``policies.managed``.
    """
    policies.managed(principal, announcement_id)
    given = {
        "announcement": announcement_id,
        "now": clock.now(),
        "state": query.state or "",
        "limit": query.per_page,
        "offset": query.offset,
    }
    page = rows(_RECEIPTS, given)
    total = total_of(page, _COUNT, given, query)
    return [_receipt(one) for one in page], total


def _receipt(one: Row) -> Row:
    return {
        "person": {"id": one["id"], "code": one["code"], "name": one["name"]},
        "role": one["role"],
        "sectionName": one["section_name"],
        "readAt": one["read_at"],
    }


def _wire(one: Announcement) -> dict[str, Any]:
    return {
        "id": one.pk,
        "title": one.title,
        "status": one.status,
        "author": {"id": one.author_id, "name": one.author.name},
        "isForEveryone": one.is_for_everyone,
        "roles": one.roles,
        "classIds": one.class_ids,
        "sectionIds": one.section_ids,
        "courseIds": sorted(target.course_id for target in one.courses.all()),
        "includeParents": one.include_parents,
        "isPinned": one.is_pinned,
        "publishAt": one.publish_at,
        "publishedAt": one.published_at,
        "expiresAt": one.expires_at,
        "withdrawnAt": one.withdrawn_at,
        "editedAt": one.edited_at,
        "createdAt": one.created_at,
        "version": one.version,
    }
