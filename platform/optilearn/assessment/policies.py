"""Permissions on assessment: managers of a course, and its students."""

from __future__ import annotations

from typing import Final

from optilearn.core.access.principal import Principal
from optilearn.enrollment.selectors import entering
from optilearn.enrollment.selectors.access import CourseAccess

managed: Final = entering.managed_course
"""Of all that stands in a course: who manages the course manages it."""


def own_course(principal: Principal, course_id: int) -> tuple[CourseAccess, int]:
    """Return a course that the calling student takes or took, and their enrollment's id.

    One query. Raises ``AppError``: FORBIDDEN for others, NOT_FOUND, ENROLLMENT_REQUIRED.
    """
    found, enrollment = entering.own_course(principal, course_id)
    return found, enrollment.id
