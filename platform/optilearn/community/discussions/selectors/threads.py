"""Threads of a course as the caller sees them."""

from __future__ import annotations

from typing import Any, Final

from optilearn.community.discussions import policies
from optilearn.community.discussions.rules import is_unread, readable
from optilearn.community.discussions.schemas import ThreadQuery
from optilearn.community.discussions.selectors.search import search_condition
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.sql import Row, compose, rows, total_of
from optilearn.courses.rules import LESSONS
from optilearn.enrollment.selectors.entering import open_course
from optilearn.people.rules import PEOPLE

_ANY_UNREAD: Final = compose(
    "EXISTS (SELECT FROM community_discussionpost o WHERE o.institution_id = t.institution_id"
    " AND o.thread_id = t.id AND <unread>)",
    unread=is_unread("o"),
)
_FILTERS: Final = {
    None: "true",
    "UNREAD": _ANY_UNREAD,
    "FOLLOWING": "s.is_following",
    "OWN": "t.author_id = %(person)s",
    "UNANSWERED": "t.reply_count = 0",
}
_FROM: Final = compose(
    """
     FROM community_discussionthread t
     <author>
     LEFT <lesson>
     LEFT JOIN community_discussionreader s ON s.institution_id = t.institution_id
          AND s.thread_id = t.id AND s.person_id = %(person)s
    WHERE t.course_id = %(course)s AND (%(moderates)s OR NOT t.is_hidden)
      AND (%(lesson)s::bigint IS NULL OR t.lesson_id = %(lesson)s::bigint)
      AND (%(thread)s::bigint IS NULL OR t.id = %(thread)s::bigint)
    """,
    author=PEOPLE.joined("w", "t.author_id"),
    lesson=LESSONS.joined("l", "t.lesson_id"),
)
_COLUMNS: Final = compose(
    """
    t.id, t.course_id, t.title, t.lesson_id, l.title AS lesson_title, t.author_id,
    w.name AS author_name, t.is_pinned, t.is_locked, t.is_hidden, t.reply_count, t.last_number,
    t.last_post_at, t.created_at, coalesce(s.last_read, 0) AS last_read,
    coalesce(s.is_following, false) AS is_following,
    (SELECT count(*) FROM community_discussionpost o WHERE o.institution_id = t.institution_id
        AND o.thread_id = t.id AND <unread>) AS unread,
    (SELECT b.id FROM community_discussionpost b WHERE b.institution_id = t.institution_id
        AND b.thread_id = t.id AND b.is_best AND <readable>) AS best_id
    """,
    unread=is_unread("o"),
    readable=readable("b"),
)
_PAGE: Final = (
    f"SELECT {_COLUMNS}, count(*) OVER () AS total {_FROM} AND <filter> AND <fits>"
    " ORDER BY t.is_pinned DESC, t.last_post_at DESC, t.id DESC"
    " LIMIT %(limit)s OFFSET %(offset)s"
)
_COUNT: Final = f"SELECT count(*) AS total {_FROM} AND <filter> AND <fits>"
_ONE: Final = f"SELECT {_COLUMNS} {_FROM}"


def threads(principal: Principal, course_id: int, query: ThreadQuery) -> tuple[list[Row], int]:
    """Return a page of a course's threads, pinned ones first, then the newest, and their number.

    Two queries. Raises ``AppError`` as ``open_course``.
    """
    moderates = open_course(principal, course_id).manages
    fits, words = search_condition(query.q)
    parts = {"filter": _FILTERS[query.only], "fits": fits}
    given = _given(principal, course_id, moderates=moderates) | words
    given |= {"lesson": query.lesson_id, "limit": query.per_page, "offset": query.offset}
    page = rows(compose(_PAGE, **parts), given)
    total = total_of(page, compose(_COUNT, **parts), given, query)
    return [_wire(one) for one in page], total


def thread(principal: Principal, thread_id: int) -> Row:
    """Return a thread. Three queries. Raises ``AppError`` as ``policies.thread_in``."""
    access = policies.thread_in(principal, thread_id)
    given = _given(principal, access.thread.course_id, moderates=access.moderates)
    found = rows(_ONE, given | {"thread": thread_id})
    if not found:  # deleted meanwhile
        raise not_found()
    return _wire(found[0]) | {"canModerate": access.moderates}


def _given(principal: Principal, course_id: int, *, moderates: bool) -> dict[str, Any]:
    return {
        "person": principal.person_id,
        "course": course_id,
        "moderates": moderates,
        "lesson": None,
        "thread": None,
    }


def _wire(one: Row) -> Row:
    lesson = {"id": one["lesson_id"], "title": one["lesson_title"]} if one["lesson_id"] else None
    return {
        "id": one["id"],
        "courseId": one["course_id"],
        "title": one["title"],
        "lesson": lesson,
        "author": {"id": one["author_id"], "name": one["author_name"]},
        "isPinned": one["is_pinned"],
        "isLocked": one["is_locked"],
        "isHidden": one["is_hidden"],
        "replyCount": one["reply_count"],
        "unreadCount": one["unread"],
        "lastRead": one["last_read"],
        "lastNumber": one["last_number"],
        "isFollowing": one["is_following"],
        "bestPostId": one["best_id"],
        "lastPostAt": one["last_post_at"],
        "createdAt": one["created_at"],
    }
