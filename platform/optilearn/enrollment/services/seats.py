"""Seats: taking, freeing, counting, and giving freed ones to who waits.

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
from zoneinfo import ZoneInfo

from optilearn.core import audit, clock
from optilearn.core.tenancy.context import require_institution_id
from optilearn.enrollment import drip, events
from optilearn.enrollment.events import Event, Kind
from optilearn.enrollment.sql import Row, change, row, rows

_COUNT: Final = """
    UPDATE courses_course c SET enrolled_count = (
        SELECT count(*) FROM enrollment_enrollment e
         WHERE e.institution_id = c.institution_id AND e.course_id = c.id
           AND e.status IN ('ACTIVE', 'COMPLETED'))
     WHERE c.id = %s RETURNING enrolled_count, max_enrollments
"""
_GIVE: Final = """
    INSERT INTO enrollment_enrollment AS e (
        institution_id, student_id, course_id, status, outcome, source, enrolled_at, expires_at,
        progress_pct, attributes)
    SELECT %(institution)s, w.student, %(course)s, 'ACTIVE', w.outcome, %(source)s, %(now)s,
           w.expires, 0, '{}'
      FROM unnest(%(students)s::bigint[], %(outcomes)s::text[], %(expiries)s::timestamptz[])
           WITH ORDINALITY AS w (student, outcome, expires, nth)
     ORDER BY w.nth
    ON CONFLICT (institution_id, student_id, course_id) DO
"""
_AGAIN: Final = """
    UPDATE SET status = CASE WHEN e.completed_at IS NULL THEN 'ACTIVE' ELSE 'COMPLETED' END,
               withdrawn_at = NULL, withdrawn_by_id = NULL, withdrawal_reason = '',
               expires_at = CASE WHEN e.expires_at <= %(now)s THEN EXCLUDED.expires_at
                                 ELSE e.expires_at END
     WHERE e.status = 'WITHDRAWN'
"""


_GIVEN: Final = """
      FROM unnest(%(students)s::bigint[], %(outcomes)s::text[], %(expiries)s::timestamptz[])
           AS w (student, outcome, expires)
     WHERE e.course_id = %(course)s AND e.student_id = w.student
"""


HOLDING: Final = frozenset({"ACTIVE", "COMPLETED"})
"""The states of an enrollment that take a seat."""


@dataclass(frozen=True)
class Course:
    """A course whose row is locked."""

    id: int
    status: str
    max_enrollments: int | None
    access_days: int | None
    zone: ZoneInfo

    def access_ends(self, start: datetime) -> datetime | None:
        """When the access of an enrollment that begins then ends."""
        if self.access_days is None:
            return None
        return drip.days_after(start, self.access_days, self.zone)


@dataclass(frozen=True)
class Seats:
    """How many seats are held, and how many there are; None means without limit."""

    held: int
    most: int | None

    @property
    def free(self) -> int | None:
        """How many more there are; None means any number."""
        return None if self.most is None else max(0, self.most - self.held)

    def has_room_for(self, wanted: int) -> bool:
        """Whether so many seats are free."""
        return self.free is None or self.free >= wanted


@dataclass(frozen=True)
class Placement:
    """A student to give a seat to."""

    student_id: int
    expires_at: datetime | None = None
    outcome: str | None = None


def lock_course(course_id: int) -> Course | None:
    """Lock the course's row until the transaction ends; None if there is none."""
    found = row(
        "SELECT c.id, c.status, c.max_enrollments, c.access_days, i.time_zone"
        "  FROM courses_course c JOIN institutions_institution i ON i.id = c.institution_id"
        " WHERE c.id = %s FOR NO KEY UPDATE OF c",
        [course_id],
    )
    if found is None:
        return None
    zone = ZoneInfo(found.pop("time_zone"))
    return Course(**found, zone=zone)


def recount(*, course_id: int) -> Seats:
    """Write down how many enrollments hold a seat of the course."""
    found = row(_COUNT, [course_id]) or {"enrolled_count": 0, "max_enrollments": None}
    return Seats(found["enrolled_count"], found["max_enrollments"])


def open_seats(course: Course) -> Seats:
    """The seats of the locked course: first, those that lapsed are freed and passed on.

    They may be passed on to whom the caller is about to decide on: what is known of their
    enrollments has to be read after this (``enrolled_among``).
    """
    gone = expire_lapsed(course.id)
    if gone or course.max_enrollments is not None:
        return settle(course)
    return recount(course_id=course.id)  # without a limit nobody waits


def enrolled_among(course_id: int, student_ids: Sequence[int]) -> dict[int, Row]:
    """Their enrollments in the locked course, as they read now, by student.

    ``{id, status, expires_at, outcome}`` of each.
    """
    found = rows(
        "SELECT id, student_id, expires_at, outcome,"
        " CASE WHEN status = 'ACTIVE' AND expires_at <= %s THEN 'EXPIRED' ELSE status END AS status"
        "  FROM enrollment_enrollment"
        " WHERE course_id = %s AND student_id = ANY (%s::bigint[]) ORDER BY student_id",
        [clock.now(), course_id, list(student_ids)],
    )
    return {one.pop("student_id"): one for one in found}


def expire_lapsed(course_id: int) -> int:
    """Write down the ends that have passed in the locked course; how many there were."""
    gone = rows(
        "UPDATE enrollment_enrollment SET status = 'EXPIRED' WHERE course_id = %s"
        " AND status = 'ACTIVE' AND expires_at <= %s RETURNING id, student_id",
        [course_id, clock.now()],
    )
    if gone:
        ids = [one["id"] for one in gone]
        audit.record(
            action="enrollment.expire", target=f"course:{course_id}", details={"enrollments": ids}
        )
    events.announce(Kind.EXPIRED, _events(course_id, gone))
    return len(gone)


def give(
    course: Course, placements: Sequence[Placement], *, source: str, again: bool = False
) -> list[Row]:
    """Enroll them in the locked course; ``{id, student_id}`` of each that was.

    Who has an enrollment already is left alone; ``again`` lets the withdrawn return instead.
    Two statements for any number, without the count.
    """
    now = clock.now()
    usual = course.access_ends(now)
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
    change(
        "UPDATE enrollment_waitingentry SET status = 'ENROLLED', settled_at = %s"
        " WHERE course_id = %s AND status = 'WAITING' AND student_id = ANY (%s)",
        [now, course.id, [one["student_id"] for one in given]],
    )
    return given


def place_by_staff(ids: Sequence[int], expires_at: datetime | None) -> None:
    """Say of seats that were just passed on that staff gave them, until ``expires_at``."""
    change(
        "UPDATE enrollment_enrollment SET source = 'MANUAL',"
        " expires_at = coalesce(%s::timestamptz, expires_at) WHERE id = ANY (%s::bigint[])",
        [expires_at, list(ids)],
    )


def bring_back(course: Course, returning: Sequence[Placement]) -> None:
    """Give these their seats again, with all work kept; the seats are there.

    An end that is given counts; of those that have passed the others begin anew.
    """
    if not returning:
        return
    now = clock.now()
    change(
        "UPDATE enrollment_enrollment e SET"
        " status = CASE WHEN e.completed_at IS NULL THEN 'ACTIVE' ELSE 'COMPLETED' END,"
        " withdrawn_at = NULL, withdrawn_by_id = NULL, withdrawal_reason = '',"
        " outcome = coalesce(w.outcome, e.outcome), expires_at = CASE"
        "  WHEN w.expires IS NOT NULL THEN w.expires"
        "  WHEN e.expires_at <= %(now)s THEN %(usual)s::timestamptz ELSE e.expires_at END" + _GIVEN,
        _lists(course.id, returning) | {"now": now, "usual": course.access_ends(now)},
    )
    change(
        "UPDATE enrollment_waitingentry SET status = 'ENROLLED', settled_at = %s"
        " WHERE course_id = %s AND status = 'WAITING' AND student_id = ANY (%s::bigint[])",
        [now, course.id, [one.student_id for one in returning]],
    )


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


def settle(course: Course) -> Seats:
    """Count the seats of the locked course, and give the free ones to who waits, in order."""
    seats = recount(course_id=course.id)
    if course.status == "ARCHIVED":
        return seats
    free = seats.free
    if free == 0:
        return seats
    waiting = rows(
        "SELECT w.student_id FROM enrollment_waitingentry w JOIN people_person p"
        "    ON p.institution_id = w.institution_id AND p.id = w.student_id"
        " WHERE w.course_id = %s AND w.status = 'WAITING' AND p.status = 'ACTIVE'"
        "   AND NOT EXISTS (SELECT FROM enrollment_enrollment e"
        "    WHERE e.institution_id = w.institution_id AND e.course_id = w.course_id"
        "      AND e.student_id = w.student_id AND e.status <> 'WITHDRAWN')"
        " ORDER BY w.rank, w.id LIMIT %s",
        [course.id, free],
    )
    if not waiting:
        return seats
    placements = [Placement(one["student_id"]) for one in waiting]
    given = give(course, placements, source="SELF", again=True)
    audit.record(
        action="enrollment.promote",
        target=f"course:{course.id}",
        details={"enrollments": [one["id"] for one in given]},
    )
    promoted = _events(course.id, given)
    events.announce(Kind.ENROLLED, promoted)
    events.announce(Kind.PROMOTED, promoted)
    return recount(course_id=course.id)


def settle_course(course_id: int) -> None:
    """Count a course's seats and give the free ones on: its limit was changed, or it is gone."""
    course = lock_course(course_id)
    if course is not None:
        settle(course)


def enrolled_events(course_id: int, given: Sequence[Row]) -> None:
    """Tell the apps above of new enrollments."""
    events.announce(Kind.ENROLLED, _events(course_id, given))


def returned_events(course_id: int, returned: Sequence[Row]) -> None:
    """Tell the apps above who came back."""
    events.announce(Kind.RETURNED, _events(course_id, returned))


def _events(course_id: int, changed: Sequence[Row]) -> list[Event]:
    return [Event(one["id"], one["student_id"], course_id) for one in changed]
