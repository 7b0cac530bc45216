"""Courses that the caller manages, or takes part in: for the policies of all apps above."""

from __future__ import annotations

from django.utils.translation import gettext as _

from optilearn.core.access.policies import STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.enrollment.selectors.access import CourseAccess, OwnEnrollment, course_access


def managed_course(principal: Principal, course_id: int) -> CourseAccess:
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


def own_course(principal: Principal, course_id: int) -> tuple[CourseAccess, OwnEnrollment]:
    """Return a course that the calling student takes or took, and their enrollment. One query.

    Raises ``AppError``: FORBIDDEN for others, NOT_FOUND, ENROLLMENT_REQUIRED.
    """
    refuse_unless(principal.role is Role.STUDENT, _("Only students can do this."))
    found = course_access(principal, course_id)
    if found is None or not found.is_live or not (found.enrollment or found.is_meant_for_caller):
        raise not_found()
    if found.enrollment is None:
        raise AppError(ErrorCode.ENROLLMENT_REQUIRED, _("Enroll in the course to open it."))
    return found, found.enrollment


def open_course(principal: Principal, course_id: int) -> CourseAccess:
    """Return a course that the principal manages, or whose lessons they may open now. One query.

    Raises ``AppError``: as :func:`managed_course` for all but students, and as :func:`own_course`
    and :func:`live_enrollment` for them.
    """
    if principal.role is not Role.STUDENT:
        return managed_course(principal, course_id)
    found, _enrollment = own_course(principal, course_id)
    live_enrollment(found)
    return found


def live_enrollment(found: CourseAccess) -> OwnEnrollment:
    """Return the caller's live enrollment. Raises ``AppError`` ENROLLMENT_REQUIRED."""
    if found.enrollment is None:
        raise AppError(ErrorCode.ENROLLMENT_REQUIRED, _("Enroll in the course to open it."))
    if not found.enrollment.is_live:
        raise AppError(
            ErrorCode.ENROLLMENT_REQUIRED,
            _("Your enrollment in this course has ended."),
            {"status": found.enrollment.status_now, "expiresAt": found.enrollment.expires_at},
        )
    return found.enrollment
