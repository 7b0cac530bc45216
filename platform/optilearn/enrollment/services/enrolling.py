"""Enrolling: by oneself, and by staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import Row
from optilearn.courses.models import Course
from optilearn.courses.services.seats import LockedCourse, lock_course
from optilearn.enrollment import policies
from optilearn.enrollment.rules import is_holding
from optilearn.enrollment.selectors.access import course_access
from optilearn.enrollment.selectors.entering import managed_course
from optilearn.enrollment.services import seats
from optilearn.enrollment.services.seats import Placement, Seats
from optilearn.people.services import lock_active_students


def enroll_self(*, principal: Principal, course_id: int) -> int:
    """Enroll the calling student; the enrollment's id.

    Raises ``AppError``: NOT_FOUND, FORBIDDEN, ALREADY_ENROLLED, FEE_OVERDUE, or COURSE_FULL
    with ``details {waitingList: true}``. OptiCRM is asked before the course is locked.
    """
    policies.as_student(principal)
    found = policies.findable(principal, course_id)
    if found.enrollment is not None:
        raise already_enrolled(found.enrollment.id, found.enrollment.status_now)
    policies.check_may_enroll(principal, found)
    policies.check_fees(found)
    return _take_seat(principal, course_id, "SELF")


def enroll_from_path(*, principal: Principal, course_id: int) -> int:
    """Enroll the calling student in a course of their learning path; the enrollment's id.

    The path stands for targets, prerequisites and self-enrollment; seats and fees count. Who is
    enrolled gets that enrollment. Raises ``AppError``: NOT_FOUND, FORBIDDEN, CONFLICT for a course
    that isn't published, ALREADY_ENROLLED for an enrollment that has ended, FEE_OVERDUE,
    COURSE_FULL.
    """
    policies.as_student(principal)
    found = course_access(principal, course_id)
    if found is None:
        raise not_found()
    if found.enrollment is not None:
        if is_holding(found.enrollment.status_now):
            return found.enrollment.id
        raise already_enrolled(found.enrollment.id, found.enrollment.status_now)
    if found.status != Course.Status.PUBLISHED:
        raise AppError(ErrorCode.CONFLICT, _("This course is archived."))
    policies.check_fees(found)
    return _take_seat(principal, course_id, "PATH")


def _take_seat(principal: Principal, course_id: int, source: str) -> int:
    with transaction.atomic():
        course = locked(course_id)
        _refuse_known(course_id, [principal.person_id], is_own=True)
        free = seats.open_seats(course)
        passed_on = seats.enrolled_among(course_id, [principal.person_id])
        if passed_on:  # who waited first has the seat that lapsed: it is what they ask for
            return int(passed_on[principal.person_id]["id"])
        if not free.has_room_for(1):
            raise course_full(free, 1)
        given = _place(course, [Placement(principal.person_id)], source, principal)
        return int(given[0]["id"])


@transaction.atomic
def enroll_students(
    *,
    principal: Principal,
    course_id: int,
    student_ids: Sequence[int],
    expires_at: datetime | None = None,
) -> list[Row]:
    """Enroll these students, all or none; ``{id, student_id}`` of each.

    Staff place whom they like: targets, prerequisites and fees are not asked, seats are.
    Raises ``AppError``: FORBIDDEN, NOT_FOUND, VALIDATION_ERROR for who is no active student,
    ALREADY_ENROLLED, CONFLICT for an archived course, COURSE_FULL.
    """
    managed_course(principal, course_id)
    course = locked(course_id)
    refuse_archived(course)
    wanted = list(dict.fromkeys(student_ids))
    _check_students(wanted)
    _refuse_known(course_id, wanted, is_own=False)
    free = seats.open_seats(course)
    passed_on = seats.enrolled_among(course_id, wanted)
    missing = [student for student in wanted if student not in passed_on]
    if not free.has_room_for(len(missing)):
        raise course_full(free, len(missing))
    seats.place_by_staff([one["id"] for one in passed_on.values()], expires_at)
    placements = [Placement(student, expires_at) for student in missing]
    given = _place(course, placements, "MANUAL", principal)
    ids = {one["student_id"]: one["id"] for one in given}
    ids |= {student: one["id"] for student, one in passed_on.items()}
    return [{"id": ids[student], "student_id": student} for student in wanted]


def _place(
    course: LockedCourse, placements: Sequence[Placement], source: str, principal: Principal
) -> list[Row]:
    given = seats.give(course, placements, source=source)
    seats.recount(course_id=course.id)
    audit.record(
        action="enrollment.create",
        actor=principal,
        target=f"course:{course.id}",
        details={"source": source, "enrollments": [one["id"] for one in given]},
    )
    seats.publish_enrolled(course.id, given)
    return given


def locked(course_id: int) -> LockedCourse:
    """Lock the course's row. Raises ``AppError`` NOT_FOUND."""
    course = lock_course(course_id)
    if course is None:
        raise not_found()
    return course


def refuse_archived(course: LockedCourse) -> None:
    """Raises ``AppError`` CONFLICT if the course takes nobody any more."""
    if course.status == Course.Status.ARCHIVED:
        raise AppError(ErrorCode.CONFLICT, _("This course is archived."))


def already_enrolled(enrollment_id: int, status: str, *, is_own: bool = True) -> AppError:
    """Return the refusal of a second enrollment, in words for its student or for staff."""
    details = {"enrollmentId": enrollment_id, "status": status}
    if is_holding(status):
        words = (
            _("You are already enrolled in this course.")
            if is_own
            else _("This student is already enrolled in this course.")
        )
    else:
        words = (
            _("You were enrolled in this course before. Return to it: your work is still there.")
            if is_own
            else _("The student was enrolled in this course before. Bring them back instead.")
        )
    return AppError(ErrorCode.ALREADY_ENROLLED, words, details)


def course_full(free: Seats, wanted: int) -> AppError:
    """Return the refusal where seats are missing."""
    return AppError(
        ErrorCode.COURSE_FULL,
        _("The course is full. There is a waiting list.")
        if wanted == 1
        else _("The course doesn't have enough free seats."),
        {"waitingList": True, "free": free.free, "wanted": wanted},
    )


def _refuse_known(course_id: int, student_ids: Sequence[int], *, is_own: bool) -> None:
    known = seats.enrolled_among(course_id, student_ids)
    if not known:
        return
    if len(student_ids) == 1:
        one = known[student_ids[0]]
        raise already_enrolled(one["id"], one["status"], is_own=is_own)
    raise AppError(
        ErrorCode.ALREADY_ENROLLED,
        _("Some of these students are already enrolled. Remove them and try again."),
        [
            {"studentId": student, "enrollmentId": one["id"], "status": one["status"]}
            for student, one in known.items()
        ],
    )


def _check_students(student_ids: Sequence[int]) -> None:
    good = lock_active_students(student_ids)
    wrong = [student for student in student_ids if student not in good]
    if wrong:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Only active students can be enrolled."),
            [
                {"path": "/studentIds", "code": "NOT_STUDENT", "message": str(student)}
                for student in wrong[:50]
            ],
        )
