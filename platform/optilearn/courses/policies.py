"""Who may do what with courses."""

from __future__ import annotations

from django.db.models import Q

from optilearn.core.access.policies import ADMINS, AUTHORS, STAFF, not_found, refuse_unless, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.courses.models import Course


def require_author(principal: Principal) -> None:
    """Administrators and teachers make courses. Raises ``AppError`` FORBIDDEN."""
    require(principal, AUTHORS)


def own(principal: Principal) -> Q:
    """The courses that a teacher created or co-teaches (docs/rules.md#roles)."""
    person = principal.person_id
    return Q(creator_id=person) | Q(co_teachers__person_id=person)


def may_manage(principal: Principal, course_id: int) -> bool:
    """Administrators manage every course, teachers their own."""
    if principal.role in ADMINS:
        return Course.objects.filter(pk=course_id).exists()
    if principal.role is not Role.TEACHER:
        return False
    return Course.objects.filter(own(principal), pk=course_id).exists()


def managed(principal: Principal, course_id: int, *, lock: bool = False) -> Course:
    """The course, for who manages it, its row locked on request.

    Raises ``AppError``: NOT_FOUND for a course that the caller can't see, FORBIDDEN for staff
    who see it without managing it.
    """
    refuse_unless(principal.role in STAFF)
    rows = Course.objects.select_for_update() if lock else Course.objects.all()
    course = rows.filter(pk=course_id).first()
    if course is None:
        raise not_found()
    refuse_unless(principal.role in ADMINS or may_manage(principal, course_id))
    return course
