"""Reads about announcements, for messages. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q

from optilearn.community.announcements.rules import addressed, shown
from optilearn.community.models import Announcement
from optilearn.core import clock
from optilearn.core.plaintext import preview
from optilearn.core.sql import compose, rows
from optilearn.people.rules import PEOPLE, active_student

_AUDIENCE: Final = compose(
    """
    SELECT p.id FROM community_announcement a
      JOIN <people> ON p.institution_id = a.institution_id
     WHERE a.id = %(announcement)s AND <shown> AND <addressed>
    """,
    people=PEOPLE.aliased("p"),
    shown=shown("a"),
    addressed=addressed("a", "p"),
)
_STUDENTS: Final = compose(
    _AUDIENCE + " AND <student> AND p.id > %(after)s ORDER BY p.id LIMIT %(limit)s",
    student=active_student("p"),
)


@dataclass(frozen=True)
class PostedAnnouncement:
    """An announcement, as a message tells of it."""

    id: int
    title: str
    author_name: str
    excerpt: str
    expires_at: datetime | None
    asks_for_parents: bool
    """The parents of its students read it too, and have to be looked up for each student."""


def posted_announcement(announcement_id: int) -> PostedAnnouncement:
    """Return an announcement that was published. One query."""
    found = Announcement.objects.select_related("author").get(pk=announcement_id)
    return PostedAnnouncement(
        id=found.pk,
        title=found.title,
        author_name=found.author.name,
        excerpt=preview(found.text),
        expires_at=found.expires_at,
        asks_for_parents=found.include_parents and not found.is_for_everyone,
    )


def readers_of(announcement_id: int) -> list[int]:
    """Return our ids of the people whom it is for, ascending; nobody's if it isn't shown now.

    One query, however many they are.
    """
    given = {"announcement": announcement_id, "now": clock.now()}
    return [one["id"] for one in rows(_AUDIENCE + " ORDER BY p.id", given)]


def students_of(announcement_id: int, *, after: int, limit: int) -> list[int]:
    """Return ids of the students whom it is for, from the one after."""
    given = {"announcement": announcement_id, "now": clock.now(), "after": after, "limit": limit}
    return [one["id"] for one in rows(_STUDENTS, given)]


def gone_announcements(announcement_ids: Collection[int]) -> set[int]:
    """Return those that were withdrawn or have expired. One query."""
    found = Announcement.objects.filter(
        Q(status=Announcement.Status.WITHDRAWN) | Q(expires_at__lte=clock.now()),
        pk__in=announcement_ids,
    )
    return set(found.values_list("id", flat=True))
