"""Permissions on the captions of a lesson."""

from __future__ import annotations

from optilearn.core.access.policies import STAFF, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.courses.models import Lesson
from optilearn.courses.policies import managed
from optilearn.courses.providers import check_may_open_lesson


def course_of_writer(principal: Principal, lesson_id: int) -> int:
    """Return the lesson's course, which the principal manages.

    Raises ``AppError`` FORBIDDEN or NOT_FOUND.
    """
    require(principal, STAFF)
    course_id = _course_of(lesson_id)
    managed(principal, course_id)
    return course_id


def course_of_reader(principal: Principal, lesson_id: int) -> int:
    """Return the lesson's course; the principal may open the lesson. Raises ``AppError``."""
    course_id = _course_of(lesson_id)
    if principal.role not in STAFF:
        check_may_open_lesson(principal, course_id, lesson_id)
    return course_id


def _course_of(lesson_id: int) -> int:
    found = Lesson.objects.filter(pk=lesson_id).values_list("course_id", flat=True).first()
    if found is None:
        raise not_found()
    return found
