"""Seats: taking, freeing, counting, and giving free ones to the waiting list.

Everything here runs under the lock of the course's row, in the caller's transaction, so two
people can't take the last seat. ``Course.enrolled_count`` is counted anew with each change
rather than added to: one index scan of the course's own enrollments, and never wrong.
Locks are always taken in this order: course, enrollment, progress.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from optilearn.core import audit, clock
from optilearn.core.sql import Row, change, compose, rows
from optilearn.core.tenancy.context import require_institution_id
from optilearn.courses.models import Course
from optilearn.courses.services.seats import LockedCourse, lock_course, write_enrolled_count
from optilearn.enrollment import drip
from optilearn.enrollment.events import (
    Enrolled,
    Expired,
    Promoted,
    Returned,
    Subject,
    publish_batch,
)
from optilearn.enrollment.models import Enrollment, WaitingEntry
from optilearn.enrollment.rules import holds_seat, stated, status_at
from optilearn.people.rules import PEOPLE, active

_HELD: Final = compose(
    "SELECT count(*) FROM enrollment_enrollment e"
    " WHERE e.institution_id = c.institution_id AND e.course_id = c.id AND <holding>",
    holding=holds_seat("e"),
)
_GIVE: Final = stated(
    """
    INSERT INTO enrollment_enrollment AS e (
        institution_id, student_id, course_id, status, outcome, source, enrolled_at, expires_at,
        progress_pct, attributes)
    SELECT %(institution)s, w.student, %(course)s, <active>, w.outcome, %(source)s, %(now)s,
           w.expires, 0, '{}'
      FROM unnest(%(students)s::bigint[], %(outcomes)s::text[], %(expiries)s::timestamptz[])
           WITH ORDINALITY AS w (student, outcome, expires, nth)
     ORDER BY w.nth
    ON CONFLICT (institution_id, student_id, course_id) DO
    """
)
_AGAIN: Final = stated(
    """
    UPDATE SET status = CASE WHEN e.completed_at IS NULL THEN <active> ELSE <completed> END,
               withdrawn_at = NULL, withdrawn_by_id = NULL, withdrawal_reason = '',
               expires_at = CASE WHEN e.expires_at <= %(now)s THEN EXCLUDED.expires_at
                                 ELSE e.expires_at END
     WHERE e.status = <withdrawn>
    """
)


_GIVEN: Final = """
      FROM unnest(%(students)s::bigint[], %(outcomes)s::text[], %(expiries)s::timestamptz[])
           AS w (student, outcome, expires)
     WHERE e.course_id = %(course)s AND e.student_id = w.student
"""


_ENROLLED: Final = compose(
    "SELECT e.id, e.student_id, e.expires_at, e.outcome, <status> AS status"
    "  FROM enrollment_enrollment e WHERE e.course_id = %(course)s"
    "   AND e.student_id = ANY (%(students)s::bigint[]) ORDER BY e.student_id",
    status=status_at("e"),
)
_EXPIRE: Final = stated(
    "UPDATE enrollment_enrollment SET status = <expired> WHERE course_id = %s"
    " AND status = <active> AND expires_at <= %s RETURNING id, student_id"
)
_BRING_BACK: Final = (
    stated(
        "UPDATE enrollment_enrollment e SET"
        " status = CASE WHEN e.completed_at IS NULL THEN <active> ELSE <completed> END,"
        " withdrawn_at = NULL, withdrawn_by_id = NULL, withdrawal_reason = '',"
        " outcome = coalesce(w.outcome, e.outcome), expires_at = CASE"
        "  WHEN w.expires IS NOT NULL THEN w.expires"
        "  WHEN e.expires_at <= %(now)s THEN %(usual)s::timestamptz ELSE e.expires_at END"
    )
    + _GIVEN
)
_NEXT_WAITING: Final = stated(
    "SELECT w.student_id FROM enrollment_waitingentry w <person>"
    " WHERE w.course_id = %s AND w.status = <waiting> AND <active_person>"
    "   AND NOT EXISTS (SELECT FROM enrollment_enrollment e"
    "    WHERE e.institution_id = w.institution_id AND e.course_id = w.course_id"
    "      AND e.student_id = w.student_id AND e.status <> <withdrawn>)"
    " ORDER BY w.rank, w.id LIMIT %s",
    person=PEOPLE.joined("p", "w.student_id"),
    active_person=active("p"),
)


@dataclass(frozen=True)
class Seats:
    """The seats that are held, and how many there are; None means without limit."""

    held: int
    limit: int | None

    @property
    def free(self) -> int | None:
        """Free seats; None means any number."""
        return None if self.limit is None else max(0, self.limit - self.held)

    def has_room_for(self, wanted: int) -> bool:
        """Return True if so many seats are free."""
        return self.free is None or self.free >= wanted


@dataclass(frozen=True)
class Placement:
    """A student to give a seat to."""

    student_id: int
    expires_at: datetime | None = None
    outcome: str | None = None


def access_ends(course: LockedCourse, start: datetime) -> datetime | None:
    """Return the end of access of an enrollment that begins at ``start``."""
    if course.access_days is None:
        return None
    return drip.days_after(start, course.access_days, course.zone)


def recount(*, course_id: int) -> Seats:
    """Store how many enrollments hold a seat of the course."""
    return Seats(*write_enrolled_count(course_id, _HELD))


def open_seats(course: LockedCourse) -> Seats:
    """Free seats that lapsed, pass them on, and return the seats of the locked course.

    They may go to students the caller is about to handle: what is known of their
    enrollments has to be read after this (``enrolled_among``).
    """
    gone = expire_lapsed(course.id)
    if gone or course.max_enrollments is not None:
        return assign_free_seats(course)
    return recount(course_id=course.id)  # without a limit nobody waits


def enrolled_among(course_id: int, student_ids: Sequence[int]) -> dict[int, Row]:
    """Return their enrollments in the locked course, as they read now, by student.

    ``{id, status, expires_at, outcome}`` of each.
    """
    found = rows(
        _ENROLLED, {"now": clock.now(), "course": course_id, "students": list(student_ids)}
    )
    return {one.pop("student_id"): one for one in found}


def expire_lapsed(course_id: int) -> int:
    """Write down the ends that have passed in the locked course; how many there were."""
    gone = rows(_EXPIRE, [course_id, clock.now()])
    if gone:
        ids = [one["id"] for one in gone]
        audit.record(
            action="enrollment.expire", target=f"course:{course_id}", details={"enrollments": ids}
        )
    publish_batch(Expired, _subjects(course_id, gone))
    return len(gone)


def give(
    course: LockedCourse, placements: Sequence[Placement], *, source: str, again: bool = False
) -> list[Row]:
    """Enroll them in the locked course; ``{id, student_id}`` of each that was.

    Who has an enrollment already is left alone; ``again`` lets the withdrawn return instead.
    Two statements for any number, without the count.
    """
    now = clock.now()
    usual = access_ends(course, now)
    given = rows(
        _GIVE + (_AGAIN if again else "NOTHING") + " RETURNING e.id, e.student_id",
        {
            "institution": require_institution_id(),
            "course": course.id,
            "source": source,
            "now": now,
            "students": [p.student_id for p in placements],
            "outcomes": [p.outcome for p in placements],
            "expiries": [p.expires_at or usual for p in placements],
        },
    )
    stop_waiting(course.id, [one["student_id"] for one in given])
    return given


def place_by_staff(ids: Sequence[int], expires_at: datetime | None) -> None:
    """Say of seats that were just passed on that staff gave them, until ``expires_at``."""
    Enrollment.objects.filter(pk__in=list(ids)).update(
        source="MANUAL", **({} if expires_at is None else {"expires_at": expires_at})
    )


def bring_back(course: LockedCourse, returning: Sequence[Placement]) -> None:
    """Give these their seats again, with all work kept; the seats are there.

    An end that is given counts; of those that have passed the others begin anew.
    """
    if not returning:
        return
    now = clock.now()
    change(
        _BRING_BACK,
        _lists(course.id, returning) | {"now": now, "usual": access_ends(course, now)},
    )
    stop_waiting(course.id, [one.student_id for one in returning])


def amend(course_id: int, placements: Sequence[Placement]) -> None:
    """Set the ends and outcomes that are given, of enrollments that are there."""
    if not placements:
        return
    change(
        "UPDATE enrollment_enrollment e"  # noqa: S608 - ours
        " SET expires_at = coalesce(w.expires, e.expires_at),"
        " outcome = coalesce(w.outcome, e.outcome)" + _GIVEN,
        _lists(course_id, placements),
    )


def _lists(course_id: int, placements: Sequence[Placement]) -> dict[str, Any]:
    return {
        "course": course_id,
        "students": [p.student_id for p in placements],
        "outcomes": [p.outcome for p in placements],
        "expiries": [p.expires_at for p in placements],
    }


def assign_free_seats(course: LockedCourse) -> Seats:
    """Count the seats of the locked course, and give free ones to the waiting list, in order."""
    seats = recount(course_id=course.id)
    if course.status == Course.Status.ARCHIVED:
        return seats
    free = seats.free
    if free == 0:
        return seats
    waiting = rows(_NEXT_WAITING, [course.id, free])
    if not waiting:
        return seats
    placements = [Placement(one["student_id"]) for one in waiting]
    given = give(course, placements, source="SELF", again=True)
    audit.record(
        action="enrollment.promote",
        target=f"course:{course.id}",
        details={"enrollments": [one["id"] for one in given]},
    )
    promoted = _subjects(course.id, given)
    publish_batch(Enrolled, promoted)
    publish_batch(Promoted, promoted)
    return recount(course_id=course.id)


def assign_free_seats_of(course_id: int) -> None:
    """Count a course's seats and give the free ones on: its limit was changed, or it is gone."""
    course = lock_course(course_id)
    if course is not None:
        assign_free_seats(course)


def stop_waiting(course_id: int, student_ids: Sequence[int]) -> None:
    """Take students who got a seat off the waiting list."""
    WaitingEntry.objects.filter(
        course_id=course_id, status=WaitingEntry.Status.WAITING, student_id__in=list(student_ids)
    ).update(status=WaitingEntry.Status.ENROLLED, settled_at=clock.now())


def publish_enrolled(course_id: int, given: Sequence[Row]) -> None:
    """Publish the event of new enrollments."""
    publish_batch(Enrolled, _subjects(course_id, given))


def publish_returned(course_id: int, returned: Sequence[Row]) -> None:
    """Publish the event of students who came back."""
    publish_batch(Returned, _subjects(course_id, returned))


def _subjects(course_id: int, changed: Sequence[Row]) -> list[Subject]:
    return [Subject(one["id"], one["student_id"], course_id) for one in changed]
