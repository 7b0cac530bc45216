"""Withdrawal, return, changes by hand, and expiry. Progress and submissions are always kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.policies import STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.models import Course
from optilearn.courses.services.seats import LockedCourse, lock_course
from optilearn.enrollment import policies
from optilearn.enrollment.events import (
    EnrollmentEvent,
    Returned,
    Subject,
    Withdrawn,
    publish_batch,
)
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.rules import Status, is_holding, status_on
from optilearn.enrollment.selectors import access
from optilearn.enrollment.services import completion, seats
from optilearn.enrollment.services.enrolling import course_full, refuse_archived

_LOCKED: Final = (
    "id", "student_id", "status", "completed_at", "expires_at", "withdrawn_by_id",
)  # fmt: skip


@dataclass(frozen=True)
class Locked:
    """An enrollment and its course, both locked."""

    course: LockedCourse
    id: int
    student_id: int
    status: str
    completed_at: datetime | None
    expires_at: datetime | None
    withdrawn_by_id: int | None
    manages: bool


@transaction.atomic
def withdraw(*, principal: Principal, enrollment_id: int, reason: str = "") -> None:
    """Leave the course, or take a student out of it; the seat goes to who waits.

    Withdrawing again changes nothing. Raises ``AppError`` NOT_FOUND, FORBIDDEN, or CONFLICT
    if there is nothing to withdraw from: it is completed or has ended.
    """
    own = _lock(principal, enrollment_id)
    if own.status == Status.WITHDRAWN:
        return
    if own.status != Status.ACTIVE:
        raise AppError(ErrorCode.CONFLICT, _("This enrollment has already ended."))
    _update(
        own,
        status=Status.WITHDRAWN,
        withdrawn_at=clock.now(),
        withdrawn_by_id=principal.person_id,
        withdrawal_reason=reason,
    )
    _done(principal, own, "withdraw", Withdrawn, {"reason": bool(reason)})
    seats.assign_free_seats(own.course)


def return_to_course(*, principal: Principal, enrollment_id: int) -> None:
    """Come back with all work kept; it needs a seat.

    Students come back from their own withdrawal, where they may enroll by themselves; staff
    bring anybody back. An end that has passed begins anew for staff, and is a CONFLICT for
    students, whose fees are checked as when enrolling, before anything is locked. Raises
    ``AppError`` NOT_FOUND, FORBIDDEN, FEE_OVERDUE, CONFLICT, COURSE_FULL.
    """
    _check_own_return(principal, enrollment_id)
    with transaction.atomic():
        _return(principal, _lock(principal, enrollment_id))


def _return(principal: Principal, own: Locked) -> None:
    if is_holding(own.status):
        return
    refuse_archived(own.course)
    now = clock.now()
    has_lapsed = own.expires_at is not None and own.expires_at <= now
    if not own.manages:
        _refuse_unless_own(principal, own.status, own.withdrawn_by_id, has_lapsed=has_lapsed)
    if _has_been_given_a_seat(own):
        return
    expires_at = seats.access_ends(own.course, now) if has_lapsed else own.expires_at
    _reactivate(own, expires_at)
    _done(principal, own, "return", Returned)
    completion.recompute_enrollment(own.id)


def _check_own_return(principal: Principal, enrollment_id: int) -> None:
    """Check a student who comes back, before the course is locked."""
    own_only = Enrollment.objects.filter(pk=enrollment_id, student_id=principal.person_id)
    course_id = own_only.values_list("course_id", flat=True).first()
    found = access.course_access(principal, course_id) if course_id else None
    own = found.enrollment if found and not found.manages else None
    if found is None or own is None or is_holding(own.status_now):
        return
    if found.status != Course.Status.ARCHIVED:  # which is another refusal
        refuse_unless(
            found.self_enrollment and found.status == Course.Status.PUBLISHED, _ask_the_teacher()
        )
        lapsed = own.expires_at is not None and own.expires_at <= clock.now()
        _refuse_unless_own(principal, own.status_now, own.withdrawn_by_id, has_lapsed=lapsed)
        policies.check_fees(found)


def _ask_the_teacher() -> str:
    return _("Ask your teacher to enroll you again.")


def _refuse_unless_own(
    principal: Principal, status: str, withdrawn_by: int | None, *, has_lapsed: bool
) -> None:
    refuse_unless(
        status == Status.WITHDRAWN and withdrawn_by == principal.person_id, _ask_the_teacher()
    )
    if has_lapsed:
        raise AppError(ErrorCode.CONFLICT, _("This enrollment has expired."))


@transaction.atomic
def change_enrollment(
    *, principal: Principal, enrollment_id: int, changes: Mapping[str, Any]
) -> None:
    """Set what is named: ``expires_at``, ``outcome``, ``status`` (ENDED only).

    A passed end frees the seat at once; a later one brings an EXPIRED enrollment back, which
    needs a seat. Raises ``AppError`` NOT_FOUND, FORBIDDEN, CONFLICT, COURSE_FULL.
    """
    own = _lock(principal, enrollment_id)
    refuse_unless(own.manages, _("Only managers of this course can do this."))
    if "outcome" in changes:
        _update(own, outcome=changes["outcome"])
    if "expires_at" in changes:
        _move_end(own, changes["expires_at"])
    if changes.get("status") == Status.ENDED and own.status != Status.ENDED:
        if own.status == Status.COMPLETED:
            raise AppError(ErrorCode.CONFLICT, _("A completed enrollment can't be ended."))
        _update(own, status=Status.ENDED)
    details = {name: str(value) for name, value in changes.items()}
    _done(principal, own, "change", None, details)
    seats.assign_free_seats(own.course)


def _move_end(own: Locked, expires_at: datetime | None) -> None:
    if own.status == Status.EXPIRED and (expires_at is None or expires_at > clock.now()):
        refuse_archived(own.course)
        if not _has_been_given_a_seat(own):
            _reactivate(own, expires_at)
            return
    _update(own, expires_at=expires_at)
    if own.status == Status.ACTIVE:
        seats.expire_lapsed(own.course.id)


def _has_been_given_a_seat(own: Locked) -> bool:
    """Return True if a lapsed seat went to them from the waiting list; else a seat is free.

    Raises ``AppError`` COURSE_FULL if there is none.
    """
    free = seats.open_seats(own.course)
    now = seats.enrolled_among(own.course.id, [own.student_id])[own.student_id]
    if is_holding(now["status"]):
        return True
    if not free.has_room_for(1):
        raise course_full(free, 1)
    return False


def _reactivate(own: Locked, expires_at: datetime | None) -> None:
    _update(
        own,
        status=Status.ACTIVE if own.completed_at is None else Status.COMPLETED,
        withdrawn_at=None,
        withdrawn_by_id=None,
        withdrawal_reason="",
        expires_at=expires_at,
    )
    seats.stop_waiting(own.course.id, [own.student_id])
    seats.recount(course_id=own.course.id)


def _update(own: Locked, **values: Any) -> None:
    Enrollment.objects.filter(pk=own.id).update(**values)


def _lock(principal: Principal, enrollment_id: int) -> Locked:
    """Lock the enrollment of the caller or of a course that they manage, and its course.

    Raises ``AppError``: NOT_FOUND for students it doesn't belong to, FORBIDDEN for other staff.
    """
    rows = Enrollment.objects.filter(pk=enrollment_id)
    course_id = rows.values_list("course_id", flat=True).first()
    found = access.course_access(principal, course_id) if course_id else None
    course = lock_course(found.course_id) if found else None
    own = rows.select_for_update(no_key=True).values(*_LOCKED).first()
    if found is None or course is None or own is None:
        raise not_found()
    if not found.manages and own["student_id"] != principal.person_id:
        refuse_unless(principal.role not in STAFF)
        raise not_found()
    # As it reads; the row follows with the next count.
    own["status"] = status_on(own["status"], own["expires_at"], clock.now())
    return Locked(course=course, manages=found.manages, **own)


def _done(
    principal: Principal,
    own: Locked,
    verb: str,
    event: type[EnrollmentEvent] | None,
    details: Mapping[str, Any] | None = None,
) -> None:
    audit.record(
        action=f"enrollment.{verb}",
        actor=principal,
        target=f"enrollment:{own.id}",
        details=details,
    )
    if event is not None:
        publish_batch(event, [Subject(own.id, own.student_id, own.course.id)])


def expire_enrollments() -> int:
    """Write down every end that has passed in the institution in force; how many there were.

    One transaction for each course: its seats go to who waits. Safe to run at any time.
    """
    lapsed = Enrollment.objects.filter(status=Status.ACTIVE, expires_at__lte=clock.now())
    due = list(lapsed.order_by("course_id").values_list("course_id", flat=True).distinct())
    gone = 0
    for course_id in due:
        with transaction.atomic():
            course = lock_course(course_id)
            if course is not None:
                gone += seats.expire_lapsed(course.id)
                seats.assign_free_seats(course)
    return gone
