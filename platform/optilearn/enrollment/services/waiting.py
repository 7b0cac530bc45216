"""The waiting list of a course."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import Row, change
from optilearn.core.tenancy.context import require_institution_id
from optilearn.enrollment import policies
from optilearn.enrollment.models import WaitingEntry
from optilearn.enrollment.rules import Status, is_holding, stated
from optilearn.enrollment.selectors.entering import managed_course
from optilearn.enrollment.services import seats
from optilearn.enrollment.services.enrolling import already_enrolled, locked

_JOIN: Final = stated(
    """
    INSERT INTO enrollment_waitingentry AS w (
        institution_id, course_id, student_id, status, rank, joined_at)
    SELECT %(institution)s, %(course)s, %(student)s, <waiting>,
           (SELECT coalesce(max(rank), 0) + 1 FROM enrollment_waitingentry
             WHERE course_id = %(course)s), %(now)s
    ON CONFLICT (institution_id, course_id, student_id) DO UPDATE
       SET status = <waiting>, rank = EXCLUDED.rank, joined_at = EXCLUDED.joined_at,
           settled_at = NULL
     WHERE w.status <> <waiting>
    """
)
"""One statement, so that the rank is read and given under the lock of the course."""


def join_waiting_list(*, principal: Principal, course_id: int) -> None:
    """Join the end of the waiting list; joining again changes nothing.

    The conditions are those of enrolling. Students who withdrew may wait to return. Raises
    ``AppError``: NOT_FOUND, FORBIDDEN, ALREADY_ENROLLED, FEE_OVERDUE, CONFLICT while a seat
    is free.
    """
    policies.as_student(principal)
    found = policies.findable(principal, course_id)
    own = found.enrollment
    may_come_back = (
        own is not None
        and own.status == Status.WITHDRAWN
        and own.withdrawn_by_id == principal.person_id
    )
    if own is not None and not may_come_back:
        raise already_enrolled(own.id, own.status_now)
    policies.check_may_enroll(principal, found)
    policies.check_fees(found)
    with transaction.atomic():
        course = locked(course_id)
        if held := _held(course_id, principal.person_id):
            raise already_enrolled(*held.values())
        free = seats.open_seats(course)
        if _held(course_id, principal.person_id):
            return  # a seat that lapsed came to who waited for it
        if free.has_room_for(1):
            raise AppError(ErrorCode.CONFLICT, _("A seat is free. Enroll instead."))
        joined = change(
            _JOIN,
            {
                "institution": require_institution_id(),
                "course": course_id,
                "student": principal.person_id,
                "now": clock.now(),
            },
        )
        if joined:
            audit.record(action="waiting.join", actor=principal, target=f"course:{course_id}")


def _held(course_id: int, student_id: int) -> Row | None:
    """Return the student's enrollment in the locked course, if it holds a seat."""
    found = seats.enrolled_among(course_id, [student_id]).get(student_id)
    return found if found and is_holding(found["status"]) else None


@transaction.atomic
def leave_waiting_list(*, principal: Principal, course_id: int) -> None:
    """Stop waiting. Raises ``AppError`` NOT_FOUND for who doesn't wait."""
    policies.as_student(principal)
    _leave(principal, course_id, "student_id", principal.person_id)


@transaction.atomic
def remove_from_waiting_list(*, principal: Principal, course_id: int, entry_id: int) -> None:
    """Take somebody off the list. Raises ``AppError`` FORBIDDEN, NOT_FOUND."""
    managed_course(principal, course_id)
    _leave(principal, course_id, "id", entry_id)


def _leave(principal: Principal, course_id: int, column: str, value: int) -> None:
    left = WaitingEntry.objects.filter(
        course_id=course_id, status=WaitingEntry.Status.WAITING, **{column: value}
    ).update(status=WaitingEntry.Status.LEFT, settled_at=clock.now())
    if not left:
        raise not_found()
    audit.record(
        action="waiting.leave",
        actor=principal,
        target=f"course:{course_id}",
        details={column: value},
    )


@transaction.atomic
def reorder_waiting_list(*, principal: Principal, course_id: int, entry_ids: Sequence[int]) -> None:
    """Put who waits into this order; all of them have to be named, each once.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND, CONFLICT if the list is another by now.
    """
    managed_course(principal, course_id)
    locked(course_id)
    waiting = list(
        WaitingEntry.objects.select_for_update(no_key=True)
        .filter(course_id=course_id, status=WaitingEntry.Status.WAITING)
        .order_by("rank", "id")
        .values_list("id", "rank")
    )
    if sorted(entry_ids) != sorted(key for key, _rank in waiting):
        raise AppError(ErrorCode.CONFLICT, _("The list has changed. Reload it and try again."))
    # The same ranks among the same people: who joins later still comes after them.
    change(
        "UPDATE enrollment_waitingentry w SET rank = n.rank"
        "  FROM unnest(%s::bigint[], %s::int[]) AS n (id, rank)"
        " WHERE w.course_id = %s AND w.id = n.id",
        [list(entry_ids), [rank for _key, rank in waiting], course_id],
    )
    audit.record(
        action="waiting.reorder",
        actor=principal,
        target=f"course:{course_id}",
        details={"entries": list(entry_ids)},
    )
