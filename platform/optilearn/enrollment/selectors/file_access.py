"""Permissions on the files of courses and lessons, which the app of files asks for."""

from __future__ import annotations

from collections.abc import Sequence

from optilearn.core.access.policies import STAFF, not_found
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.selectors import access as courses
from optilearn.enrollment import policies
from optilearn.enrollment.selectors import access
from optilearn.enrollment.selectors.entering import live_enrollment
from optilearn.files.rows import FileRow


def may_manage_course(principal: Principal, course_id: int) -> bool:
    """Return True if the principal may put files into the course, which its managers may."""
    return bool(courses.manages(principal, course_id))


def may_read_course_file(principal: Principal, file: FileRow) -> bool:
    """Return True if a file of a course opens for the principal.

    It does for managers of the course, or of another that uses the file, and for students with a
    live enrollment; a lesson's file only if the lesson itself would open. Raises ``AppError``
    LESSON_LOCKED, ENROLLMENT_REQUIRED or FEE_OVERDUE for students who may not open it, so that
    a page can say why.
    """
    if file.course_id is None:
        return False
    if principal.role in STAFF:
        # A copied course shares the files of its source, which somebody else may teach.
        manages = may_manage_course(principal, file.course_id)
        return manages or courses.teaches_with_file(principal, file.id)
    if principal.role is not Role.STUDENT:
        return False
    lessons = courses.lessons_with_file(file.id)
    if lessons or file.lesson_id is not None:
        return _may_enter_any(principal, lessons or [file.lesson_id])
    found = access.course_access(principal, file.course_id)
    if found is None or not found.is_live or found.enrollment is None:
        return False
    live_enrollment(found)
    policies.check_fees(found)
    return True


def _may_enter_any(principal: Principal, lesson_ids: Sequence[int | None]) -> bool:
    """Return True if one of the lessons would open; a copied course shares its source's files.

    Raises the refusal of the first that says why.
    """
    refusal: AppError | None = None
    for lesson_id in lesson_ids:
        if lesson_id is None:
            continue
        try:
            policies.enter(principal, lesson_id)
        except AppError as error:
            if error.code is not ErrorCode.NOT_FOUND:
                refusal = refusal or error
        else:
            return True
    if refusal is not None:
        raise refusal
    return False


def may_open(principal: Principal, course_id: int, lesson_id: int) -> None:
    """Return if the principal may open the lesson now, its captions too. Raises as ``enter``."""
    policies.enter(principal, lesson_id)


def may_work(principal: Principal, course_id: int) -> None:
    """Return if the student may work in the course now, on what is in no lesson.

    Raises ``AppError`` NOT_FOUND, ENROLLMENT_REQUIRED, FEE_OVERDUE.
    """
    found = access.course_access(principal, course_id)
    if found is None or not found.is_live:
        raise not_found()
    live_enrollment(found)
    policies.check_fees(found)
