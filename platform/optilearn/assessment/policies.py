"""Permissions on assessment: managers of a course, and its students."""

from __future__ import annotations

from django.utils.translation import gettext as _

from optilearn.core.access.policies import STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.enrollment.selectors.access import CourseAccess, course_access


def managed(principal: Principal, course_id: int) -> CourseAccess:
    """Return the course, which the principal manages. One query.

    Raises ``AppError``: FORBIDDEN for students, parents and staff who only read it, NOT_FOUND
    if there is none.
    """
    refuse_unless(principal.role in STAFF)
    found = course_access(principal, course_id)
    if found is None:
        raise not_found()
    refuse_unless(found.manages, _("Only managers of this course can do this."))
    return found


def own_course(principal: Principal, course_id: int) -> tuple[CourseAccess, int]:
    """Return a course that the calling student takes or took, and their enrollment. One query.

    Raises ``AppError``: FORBIDDEN for others, NOT_FOUND, ENROLLMENT_REQUIRED.
    """
    refuse_unless(principal.role is Role.STUDENT, _("Only students can do this."))
    found = course_access(principal, course_id)
    if found is None or not found.is_live or not (found.enrollment or found.is_meant_for_caller):
        raise not_found()
    if found.enrollment is None:
        raise AppError(ErrorCode.ENROLLMENT_REQUIRED, _("Enroll in the course to open it."))
    return found, found.enrollment.id
