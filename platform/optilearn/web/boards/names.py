"""Names of what filters choose."""

from __future__ import annotations

from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError
from optilearn.courses.selectors.courses import course_detail


def course_label(principal: Principal, course_id: int) -> str:
    """The title of a course that the reader may find, else its number."""
    try:
        return str(course_detail(principal, course_id)["title"])
    except AppError:
        return str(course_id)
