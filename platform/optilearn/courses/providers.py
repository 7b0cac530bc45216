"""Questions of courses that the apps above answer."""

from __future__ import annotations

from typing import Final

from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.providers import Provider


def _nobody(principal: Principal, course_id: int, lesson_id: int) -> None:
    raise not_found()


def _nobody_at_all(principal: Principal, course_id: int) -> None:
    raise not_found()


check_may_open_lesson: Final = Provider[[Principal, int, int], None](_nobody)
"""``(principal, course_id, lesson_id)``, for everybody who isn't staff: returns if they may open
the lesson now, else raises ``AppError`` (NOT_FOUND, LESSON_LOCKED, FEE_OVERDUE …)."""
check_may_work_in_course: Final = Provider[[Principal, int], None](_nobody_at_all)
"""``(principal, course_id)``, for students: returns if they may work in the course now, on what is
in no lesson, else raises ``AppError`` (NOT_FOUND, ENROLLMENT_REQUIRED, FEE_OVERDUE)."""
