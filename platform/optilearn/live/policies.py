"""Permissions on live classes: hosts, who manage the course, and its students."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from optilearn.core.access.policies import STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.courses.providers import check_may_open_lesson, check_may_work_in_course
from optilearn.enrollment.selectors.access import CourseAccess
from optilearn.enrollment.selectors.entering import managed_course, open_course
from optilearn.live.models import LiveClass


@dataclass(frozen=True)
class Visit:
    """A live class that the caller may see, and as what."""

    live_class: LiveClass
    course: CourseAccess
    is_host: bool


def hosted(principal: Principal, class_id: int, *, lock: bool = False) -> Visit:
    """Return a live class of a course that the principal manages; ``lock`` locks its row.

    Two queries. Raises ``AppError`` as ``managed_course``.
    """
    refuse_unless(principal.role in STAFF)
    found = class_of(class_id, lock=lock)
    return Visit(found, managed_course(principal, found.course_id), is_host=True)


def visible(principal: Principal, class_id: int) -> Visit:
    """Return a live class that the principal may see. Two queries. Raises as ``open_course``."""
    refuse_unless(principal.role in STAFF or principal.role is Role.STUDENT)
    found = class_of(class_id)
    course = open_course(principal, found.course_id)
    return Visit(found, course, is_host=course.manages)


def check_is_themselves(principal: Principal) -> None:
    """Check that nobody acts as somebody else, whose attendance it would be.

    Raises ``AppError`` FORBIDDEN.
    """
    refuse_unless(principal.actor_id is None, _("Nobody can be in a live class as somebody else."))


def check_may_enter(principal: Principal, visit: Visit) -> None:
    """Check that a student may work in the lesson of the class, or else in the course: the fees.

    Raises ``AppError`` NOT_FOUND, ENROLLMENT_REQUIRED, LESSON_LOCKED, FEE_OVERDUE.
    """
    found = visit.live_class
    if visit.is_host:
        return
    if found.lesson is not None and found.lesson.archived_at is None:
        check_may_open_lesson(principal, found.course_id, found.lesson.pk)
    else:
        check_may_work_in_course(principal, found.course_id)


def class_of(class_id: int, *, lock: bool = False) -> LiveClass:
    """Return a live class; ``lock`` locks its row. Raises ``AppError`` NOT_FOUND."""
    rows = LiveClass.objects.select_related("lesson", "series", "host")
    if lock:
        # Reports of clients refer to the row, and aren't held up.
        rows = rows.select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=class_id).first()
    if found is None:
        raise not_found()
    return found
