"""Who may read and write the captions of a lesson."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from optilearn.core.access.policies import STAFF, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.courses.models import Lesson
from optilearn.courses.policies import managed

Reader = Callable[[Principal, int, int], None]
"""Called as ``reader(principal, course_id, lesson_id)`` for whoever is no staff: returns if they
may open the lesson now, else raises ``AppError`` (NOT_FOUND, LESSON_LOCKED, FEE_OVERDUE …)."""


def _nobody(principal: Principal, course_id: int, lesson_id: int) -> None:
    raise not_found()


_readers: Final[list[Reader]] = [_nobody]


def register_reader(reader: Reader) -> None:
    """Called once, by the app that owns enrollments. Until then only staff read."""
    _readers[:] = [reader]


def course_of_writer(principal: Principal, lesson_id: int) -> int:
    """The lesson's course, for who manages it. Raises ``AppError`` FORBIDDEN or NOT_FOUND."""
    require(principal, STAFF)
    course_id = _course_of(lesson_id)
    managed(principal, course_id)
    return course_id


def course_of_reader(principal: Principal, lesson_id: int) -> int:
    """The lesson's course, for who may open the lesson. Raises ``AppError``."""
    course_id = _course_of(lesson_id)
    if principal.role not in STAFF:
        _readers[0](principal, course_id, lesson_id)
    return course_id


def _course_of(lesson_id: int) -> int:
    found = Lesson.objects.filter(pk=lesson_id).values_list("course_id", flat=True).first()
    if found is None:
        raise not_found()
    return found
