"""Permissions on assignments, submissions and their files."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from optilearn.assessment import policies
from optilearn.assessment.models import Assignment, Grade, Submission
from optilearn.core.access.policies import STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.providers import check_may_open_lesson, check_may_work_in_course
from optilearn.courses.selectors.access import may_manage
from optilearn.enrollment.selectors.access import CourseAccess, course_access
from optilearn.files.access import UploadPlace
from optilearn.files.rows import FileRow

QUIZ = "QUIZ"


def managed_assignment(
    principal: Principal, assignment_id: int, *, lock: bool = False
) -> tuple[Assignment, CourseAccess]:
    """Return an assignment, no quiz, of a course that the principal manages, and the course.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for a quiz, which has its own settings.
    """
    rows = Assignment.objects.select_for_update(no_key=True) if lock else Assignment.objects.all()
    found = rows.filter(pk=assignment_id).first()
    if found is None:
        raise not_found()
    course = policies.managed(principal, found.course_id)
    if found.kind == QUIZ:
        raise AppError(ErrorCode.CONFLICT, _("This is a quiz: change it in its lesson."))
    return found, course


def managed_submission(principal: Principal, submission_id: int) -> Submission:
    """Return a submission, no attempt at a quiz, in a course that the principal manages.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND.
    """
    found = (
        Submission.objects.select_related("assignment")
        .filter(pk=submission_id, attempt=None)
        .first()
    )
    if found is None:
        raise not_found()
    policies.managed(principal, found.course_id)
    return found


def own_assignment(
    principal: Principal, assignment_id: int
) -> tuple[Assignment, CourseAccess, int]:
    """Return an assignment of a course that the calling student takes or took; the enrollment.

    Whether it is open isn't asked. Raises ``AppError``: FORBIDDEN, NOT_FOUND, also for what was
    archived, ENROLLMENT_REQUIRED.
    """
    found = Assignment.objects.filter(pk=assignment_id, archived_at=None).first()
    if found is None or found.kind == QUIZ:
        raise not_found()
    course, enrollment_id = policies.own_course(principal, found.course_id)
    return found, course, enrollment_id


def check_is_open(principal: Principal, assignment: Assignment) -> None:
    """Return if the calling student may work on the assignment now, its own times aside.

    Raises ``AppError``: NOT_FOUND, ENROLLMENT_REQUIRED, LESSON_LOCKED, FEE_OVERDUE.
    """
    if assignment.lesson_id is None:
        check_may_work_in_course(principal, assignment.course_id)
    else:
        check_may_open_lesson(principal, assignment.course_id, assignment.lesson_id)


def own_submission(principal: Principal, submission_id: int) -> Submission:
    """Return the caller's own submission, no attempt at a quiz. Raises ``AppError`` NOT_FOUND."""
    found = (
        Submission.objects.select_related("assignment")
        .filter(pk=submission_id, student_id=principal.person_id, attempt=None)
        .first()
    )
    if found is None or principal.role in STAFF:
        raise not_found()
    return found


def may_upload(principal: Principal, place: UploadPlace) -> bool:
    """Return True for students who upload work, in a course that they take if they name one.

    Raises ``AppError`` NOT_FOUND for another course.
    """
    if principal.role is not Role.STUDENT:
        return False
    if place.course_id is not None:
        found = course_access(principal, place.course_id)
        if found is None or found.enrollment is None or not found.enrollment.is_live:
            raise not_found()
    return True


def may_read_file(principal: Principal, file: FileRow) -> bool:
    """Return True if the file was handed in, in a course that the principal manages or for them.

    By somebody of their group, that is: who uploaded it needs no rule.
    """
    handed_in = Submission.objects.filter(files__file_id=file.id)
    if principal.role not in STAFF:
        return handed_in.filter(student_id=principal.person_id).exists()
    courses = handed_in.values_list("course_id", flat=True).distinct()
    return any(may_manage(principal, course_id) for course_id in courses)


def check_file_is_named(principal: Principal, file: FileRow) -> None:
    """Refuse markers a file that would say whose work it is, by its owner and its name.

    They read it by its submission, under another name. Raises ``AppError`` FORBIDDEN.
    """
    if file.owner_id == principal.person_id or principal.role not in STAFF:
        return
    released = Grade.objects.filter(
        assignment_id=OuterRef("assignment_id"),
        enrollment_id=OuterRef("enrollment_id"),
        posted_at__isnull=False,
    )
    hidden = Submission.objects.filter(
        ~Exists(released), files__file_id=file.id, assignment__is_anonymous=True
    )
    refuse_unless(
        not hidden.exists(), _("Marking is anonymous: open this file from its submission.")
    )
