"""Permissions on announcements: their authors, and readers of their receipts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from optilearn.community.models import Announcement
from optilearn.core.access.policies import ADMINS, AUTHORS, not_found, refuse_unless, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.sql import compose, row, rows
from optilearn.courses.rules import COURSES, taught_by
from optilearn.people.rules import is_active

_COURSES: Final = compose(
    "SELECT c.id, <taught> AS teaches FROM <courses> WHERE c.id = ANY(%(courses)s)",
    courses=COURSES.aliased("c"),
    taught=taught_by("%(person)s"),
)

_NOT_TAUGHT: Final = compose(
    "SELECT EXISTS (SELECT FROM community_announcementcourse t <course>"
    " WHERE t.announcement_id = %(announcement)s AND NOT <taught>) AS is_there",
    course=COURSES.joined("c", "t.course_id"),
    taught=taught_by("%(person)s"),
)


@dataclass(frozen=True)
class Audience:
    """The people whom an announcement is for, as its author states them."""

    is_for_everyone: bool
    roles: tuple[str, ...]
    class_ids: tuple[str, ...]
    section_ids: tuple[str, ...]
    course_ids: tuple[int, ...]

    @property
    def is_courses_alone(self) -> bool:
        """True if it consists of courses."""
        return bool(self.course_ids) and not (
            self.is_for_everyone or self.roles or self.class_ids or self.section_ids
        )


def check_may_address(principal: Principal, audience: Audience) -> None:
    """Check that the principal may announce to them: administrators to all, teachers in courses.

    At most one query. Raises ``AppError``: FORBIDDEN, NOT_FOUND for a course that isn't there.
    """
    require(principal, AUTHORS)
    is_admin = principal.role in ADMINS
    refuse_unless(
        is_admin or audience.is_courses_alone, _("Teachers announce to their own courses.")
    )
    _check_courses(principal, audience.course_ids, is_admin=is_admin)


def _check_courses(principal: Principal, course_ids: Collection[int], *, is_admin: bool) -> None:
    if not course_ids:
        return
    given = {"person": principal.person_id, "courses": list(course_ids)}
    taught = {one["id"]: one["teaches"] for one in rows(_COURSES, given)}
    if taught.keys() != set(course_ids):
        raise not_found()
    refuse_unless(is_admin or all(taught.values()), _("Teachers announce to their own courses."))


def managed(principal: Principal, announcement_id: int, *, lock: bool = False) -> Announcement:
    """Return an announcement that the principal manages: administrators all, teachers their own.

    Teachers only as long as they teach its courses. ``lock`` locks its row. Raises ``AppError``:
    FORBIDDEN, NOT_FOUND for that of somebody else.
    """
    require(principal, AUTHORS)
    found = Announcement.objects.select_for_update() if lock else Announcement.objects.all()
    if principal.role not in ADMINS:
        found = found.filter(author_id=principal.person_id)
    announcement = found.filter(pk=announcement_id).first()
    if announcement is None:
        raise not_found()
    if principal.role not in ADMINS and not teaches_all(announcement):
        raise not_found()
    return announcement


def teaches_all(announcement: Announcement) -> bool:
    """Return True if its author teaches all of its courses today. One query."""
    given = {"announcement": announcement.pk, "person": announcement.author_id}
    found = row(_NOT_TAUGHT, given)
    return found is not None and not found["is_there"]


def may_be_published(announcement: Announcement) -> bool:
    """Return True if its author could address its people today. Two queries."""
    author = announcement.author
    if not is_active(author.status):
        return False
    return Role(author.role) in ADMINS or teaches_all(announcement)
