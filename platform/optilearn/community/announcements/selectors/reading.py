"""Announcements as their readers see them: those for oneself, and a parent's for the children."""

from __future__ import annotations

from typing import Any, Final

from optilearn.community.announcements.rules import addressed, shown
from optilearn.community.announcements.schemas import AnnouncementQuery
from optilearn.core import clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.plaintext import ENOUGH, preview
from optilearn.core.sql import Row, compose, row, rows, total_of
from optilearn.crm.selectors import child_person_ids
from optilearn.people.rules import PEOPLE

_FOR_READER: Final = compose(
    """
    FROM community_announcement a
    JOIN <people> ON p.institution_id = a.institution_id AND p.id = %(person)s
    LEFT JOIN community_announcementreceipt r ON r.institution_id = a.institution_id
         AND r.announcement_id = a.id AND r.person_id = p.id
   WHERE <shown> AND (<addressed> OR a.include_parents AND EXISTS (
         SELECT FROM <children> WHERE child.institution_id = a.institution_id
            AND child.id = ANY(%(children)s::bigint[]) AND <child_addressed>))
    """,
    people=PEOPLE.aliased("p"),
    children=PEOPLE.aliased("child"),
    shown=shown("a"),
    addressed=addressed("a", "p"),
    child_addressed=addressed("a", "child"),
)
_FILTER: Final = """
     AND (NOT %(unread)s OR r.id IS NULL)
     AND (%(course)s::bigint IS NULL OR EXISTS (
         SELECT FROM community_announcementcourse o WHERE o.institution_id = a.institution_id
            AND o.announcement_id = a.id AND o.course_id = %(course)s::bigint))
"""
_COLUMNS: Final = compose(
    """
    a.id, a.title, a.is_pinned, a.published_at, a.expires_at, a.edited_at, r.read_at,
    a.author_id, (SELECT w.name FROM <writers> WHERE w.institution_id = a.institution_id
                     AND w.id = a.author_id) AS author_name
    """,
    writers=PEOPLE.aliased("w"),
)
_COUNT: Final = f"SELECT count(*) AS total {_FOR_READER} {_FILTER}"
_PAGE: Final = (
    f"SELECT {_COLUMNS}, left(a.text, {ENOUGH}) AS beginning, count(*) OVER () AS total"
    f" {_FOR_READER} {_FILTER} ORDER BY a.is_pinned DESC, a.published_at DESC, a.id DESC"
    " LIMIT %(limit)s OFFSET %(offset)s"
)
_ONE: Final = f"SELECT {_COLUMNS}, a.text {_FOR_READER} AND a.id = %(announcement)s"


def announcements(principal: Principal, query: AnnouncementQuery) -> tuple[list[Row], int]:
    """Return a page of the caller's announcements and their number: pinned ones, then the newest.

    One query; parents' children are asked of OptiCRM. Raises ``AppError`` SERVICE_UNAVAILABLE for
    parents while it doesn't answer.
    """
    given = _reader(principal) | {
        "unread": query.unread_only,
        "course": query.course_id,
        "limit": query.per_page,
        "offset": query.offset,
    }
    page = rows(_PAGE, given)
    total = total_of(page, _COUNT, given, query)
    return [_wire(one) | {"preview": preview(one["beginning"])} for one in page], total


def unread_count(principal: Principal) -> int:
    """Return the number of the caller's unread announcements. Raises as :func:`announcements`."""
    given = _reader(principal) | {"unread": True, "course": None}
    return int(rows(_COUNT, given)[0]["total"])


def announcement(principal: Principal, announcement_id: int) -> Row:
    """Return one of the caller's announcements. One query.

    Raises ``AppError`` NOT_FOUND, and as :func:`announcements`.
    """
    found = row(_ONE, _reader(principal) | {"announcement": announcement_id})
    if found is None:
        raise not_found()
    return _wire(found) | {"text": found["text"]}


def check_may_read(principal: Principal, announcement_id: int) -> None:
    """Raises ``AppError`` as :func:`announcement`."""
    announcement(principal, announcement_id)


def _reader(principal: Principal) -> dict[str, Any]:
    is_parent = principal.role is Role.PARENT
    return {
        "person": principal.person_id,
        "children": list(child_person_ids(principal)) if is_parent else [],
        "now": clock.now(),
    }


def _wire(one: Row) -> Row:
    return {
        "id": one["id"],
        "title": one["title"],
        "author": {"id": one["author_id"], "name": one["author_name"]},
        "isPinned": one["is_pinned"],
        "publishedAt": one["published_at"],
        "expiresAt": one["expires_at"],
        "editedAt": one["edited_at"],
        "isRead": one["read_at"] is not None,
        "readAt": one["read_at"],
    }
