"""Permissions on courses."""

from __future__ import annotations

from optilearn.core.access.policies import ADMINS, AUTHORS, STAFF, not_found, refuse_unless, require
from optilearn.core.access.principal import Principal
from optilearn.courses.models import Course
from optilearn.courses.selectors.access import may_manage


def require_author(principal: Principal) -> None:
    """Require an administrator or a teacher, who create courses. Raises ``AppError`` FORBIDDEN."""
    require(principal, AUTHORS)


def managed(principal: Principal, course_id: int, *, lock: bool = False) -> Course:
    """Return the course, which the principal manages; ``lock`` locks its row.

    Raises ``AppError``: NOT_FOUND for a course that the caller can't see, FORBIDDEN for staff
    who see it without managing it.
    """
    refuse_unless(principal.role in STAFF)
    rows = Course.objects.select_for_update() if lock else Course.objects.all()
    course = rows.filter(pk=course_id).first()
    if course is None:
        raise not_found()
    refuse_unless(manages(principal, course_id))
    return course


def manages(principal: Principal, course_id: int) -> bool:
    """Return True for administrators, the course's creator and its co-teachers."""
    return principal.role in ADMINS or may_manage(principal, course_id)
