"""Completion, decided by the server alone: lessons are latched, courses follow from lessons.

What changes an enrollment's progress holds the lock of its row, so of two last lessons that
are completed at once the later one sees the other, and exactly one of them completes the
course. Progress is the share of the course's required lessons, as it has them now, that are
completed; an archived lesson counts no more, an added one counts. An enrollment that is
COMPLETED stays so at 100 %, whatever happens to the course.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from optilearn.core import clock
from optilearn.core.tenancy.context import require_institution_id
from optilearn.enrollment import course_facts, events, opticrm
from optilearn.enrollment.course_facts import Lesson
from optilearn.enrollment.events import Event, Kind
from optilearn.enrollment.sql import Row, change, row, rows, woven

COMPLETES: Final = {
    "SUBMITTED": frozenset({"SUBMITTED", "PASSED"}),
    "PASSED": frozenset({"PASSED"}),
    "ATTENDED": frozenset({"ATTENDED"}),
}
"""The events that satisfy each rule: what was passed was submitted."""

_LIVE: Final = "(e.status = 'ACTIVE' AND (e.expires_at IS NULL OR e.expires_at > %(now)s))"
_RECOMPUTE: Final = woven(
    """
    WITH counted AS (
        SELECT e.id, count(l.id) AS required,
               count(l.id) FILTER (WHERE g.status = 'COMPLETED') AS done
          FROM enrollment_enrollment e
          LEFT JOIN courses_lesson l ON l.institution_id = e.institution_id
               AND l.course_id = e.course_id AND l.is_required AND l.archived_at IS NULL
          LEFT JOIN enrollment_lessonprogress g ON g.institution_id = e.institution_id
               AND g.enrollment_id = e.id AND g.lesson_id = l.id
         WHERE e.id = ANY (%(ids)s::bigint[]) AND e.status <> 'COMPLETED'
         GROUP BY e.institution_id, e.id
    ), found AS (
        SELECT id, done = required AND required > 0 AS is_done,
               CASE WHEN required = 0 THEN 0 ELSE trunc(100.0 * done / required, 2) END AS pct
          FROM counted
    )
    UPDATE enrollment_enrollment e
       SET progress_pct = f.pct,
           status = CASE WHEN f.is_done AND <live> THEN 'COMPLETED' ELSE e.status END,
           completed_at = CASE WHEN f.is_done AND <live>
                               THEN coalesce(e.completed_at, %(now)s) ELSE e.completed_at END
      FROM found f, courses_course c
     WHERE e.id = f.id AND c.institution_id = e.institution_id AND c.id = e.course_id
       AND (e.progress_pct IS DISTINCT FROM f.pct OR f.is_done)
     RETURNING e.id, e.student_id, e.course_id, e.status, e.completed_at, c.code, c.title
""",
    live=_LIVE,
)
"""100 % is never reached by rounding: two decimals, cut off."""


def lock_enrollment(enrollment_id: int) -> Row | None:
    """Lock the enrollment's row: ``{id, student_id, course_id, status, progress_pct, …}``."""
    return row(
        "SELECT id, student_id, course_id, status, progress_pct, completed_at, enrolled_at"
        "  FROM enrollment_enrollment WHERE id = %s FOR NO KEY UPDATE",
        [enrollment_id],
    )


def complete_lesson(enrollment: Row, lesson_id: int) -> bool:
    """Latch the lesson for the locked enrollment; whether it was open until now."""
    now = clock.now()
    latched = change(
        "INSERT INTO enrollment_lessonprogress AS g (institution_id, enrollment_id, student_id,"
        "  course_id, lesson_id, status, completed_at, seconds_spent, resume_seconds, started_at,"
        "  reported_at)"
        " VALUES (%(institution)s, %(enrollment)s, %(student)s, %(course)s, %(lesson)s,"
        "  'COMPLETED', %(now)s, 0, 0, %(now)s, %(now)s)"
        " ON CONFLICT (institution_id, enrollment_id, lesson_id) DO UPDATE"
        "  SET status = 'COMPLETED', completed_at = EXCLUDED.completed_at"
        "  WHERE g.status <> 'COMPLETED'",
        {
            "institution": require_institution_id(),
            "enrollment": enrollment["id"],
            "student": enrollment["student_id"],
            "course": enrollment["course_id"],
            "lesson": lesson_id,
            "now": now,
        },
    )
    if not latched:
        return False
    who = (enrollment["id"], enrollment["student_id"], enrollment["course_id"])
    events.announce(Kind.LESSON_COMPLETED, [Event(*who, lesson_id)])
    recompute_enrollment(enrollment["id"])
    return True


def recompute_enrollment(enrollment_id: int) -> None:
    """Work out the progress of a locked enrollment; complete it if all is done."""
    _recompute([enrollment_id])


def recompute_enrollments(ids: Sequence[int]) -> None:
    """Decide these anew, as ``recompute_enrollment`` does one."""
    if ids:
        _recompute(ids)


@transaction.atomic
def recompute_course(course_id: int) -> None:
    """Work out the progress of all enrollments of a course whose lessons were changed."""
    # The rows are locked first: the figures are then read after whoever held one of them.
    found = rows(
        "SELECT id FROM enrollment_enrollment WHERE course_id = %s AND status <> 'COMPLETED'"
        " ORDER BY id FOR NO KEY UPDATE",
        [course_id],
    )
    if found:
        _recompute([one["id"] for one in found])


def _recompute(ids: Sequence[int]) -> None:
    changed = rows(_RECOMPUTE, {"ids": list(ids), "now": clock.now()})
    complete = [one for one in changed if one["status"] == "COMPLETED"]
    for one in complete:
        opticrm.tell_completion(
            opticrm.Completion(
                one["id"],
                one["student_id"],
                one["course_id"],
                one["completed_at"],
                one["code"],
                one["title"],
            )
        )
    events.announce(
        Kind.COURSE_COMPLETED,
        [Event(one["id"], one["student_id"], one["course_id"]) for one in complete],
    )


@transaction.atomic
def record_lesson_result(*, enrollment_id: int, lesson_id: int, event: str) -> bool:
    """Something was SUBMITTED, PASSED or ATTENDED in a lesson; whether that completed it.

    For the apps that know of such things. Passing a quiz completes its lesson whatever the
    rule. Results of students who have left are recorded (docs/rules.md#enrollments).
    Raises ``ValueError`` for an event or lesson that doesn't belong there.
    """
    if event not in COMPLETES:
        raise ValueError(f"{event!r} is no result of a lesson.")
    enrollment = lock_enrollment(enrollment_id)
    lesson = course_facts.lesson_facts(lesson_id)
    if enrollment is None or lesson is None or lesson.course_id != enrollment["course_id"]:
        raise ValueError("The lesson is none of the enrollment's course.")
    touch(enrollment_id, clock.now())
    if satisfies(lesson, event):
        return complete_lesson(enrollment, lesson_id)
    start_lesson(enrollment, lesson_id)
    return False


def satisfies(lesson: Lesson, event: str) -> bool:
    """Whether the event completes the lesson."""
    if lesson.kind == "QUIZ" and event == "PASSED":
        return True
    return event in COMPLETES.get(lesson.completion, frozenset())


def start_lesson(enrollment: Row, lesson_id: int) -> None:
    """Note that the lesson was begun, if it wasn't before."""
    change(
        "INSERT INTO enrollment_lessonprogress (institution_id, enrollment_id, student_id,"
        "  course_id, lesson_id, status, seconds_spent, resume_seconds, started_at, reported_at)"
        " VALUES (%(institution)s, %(enrollment)s, %(student)s, %(course)s, %(lesson)s,"
        "  'STARTED', 0, 0, %(now)s, %(now)s)"
        " ON CONFLICT (institution_id, enrollment_id, lesson_id) DO NOTHING",
        {
            "institution": require_institution_id(),
            "enrollment": enrollment["id"],
            "student": enrollment["student_id"],
            "course": enrollment["course_id"],
            "lesson": lesson_id,
            "now": clock.now(),
        },
    )


def touch(enrollment_id: int, now: datetime) -> None:
    """The student was active in the course."""
    change(
        "UPDATE enrollment_enrollment SET last_activity_at = %(now)s WHERE id = %(id)s"
        " AND (last_activity_at IS NULL OR last_activity_at < %(now)s)",
        {"id": enrollment_id, "now": now},
    )
