"""Completion, decided by the server alone: lessons are latched, courses follow from lessons.

What changes an enrollment's progress holds the lock of its row, so of two last lessons that
are completed at once the later one sees the other, and exactly one of them completes the
course. Progress is the share of the course's required lessons, as it has them now, that are
completed; an archived lesson counts no more, an added one counts. An enrollment that is
COMPLETED stays so at 100 %, whatever happens to the course.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction

from optilearn.core import clock
from optilearn.core.sql import Row, change, row, rows
from optilearn.core.tenancy.context import require_institution_id
from optilearn.courses.rules import COURSES, LESSONS, counted
from optilearn.crm.services import queue_completion
from optilearn.enrollment.events import CourseCompleted, LessonCompleted, Subject, publish_batch
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.rules import Status, in_force, stated
from optilearn.enrollment.selectors import access
from optilearn.enrollment.selectors.access import LessonFacts
from optilearn.enrollment.services.last_activity import touch

COMPLETES: Final = {
    "SUBMITTED": frozenset({"SUBMITTED", "PASSED"}),
    "PASSED": frozenset({"PASSED"}),
    "ATTENDED": frozenset({"ATTENDED"}),
}
"""The events that satisfy each rule: what was passed was submitted."""

_RECOMPUTE: Final = stated(
    """
    WITH counted AS (
        SELECT e.id, count(l.id) AS required,
               count(l.id) FILTER (WHERE g.status = <completed>) AS done
          FROM enrollment_enrollment e
          LEFT JOIN <lessons> ON l.institution_id = e.institution_id
               AND l.course_id = e.course_id AND <counted>
          LEFT JOIN enrollment_lessonprogress g ON g.institution_id = e.institution_id
               AND g.enrollment_id = e.id AND g.lesson_id = l.id
         WHERE e.id = ANY (%(ids)s::bigint[]) AND e.status <> <completed>
         GROUP BY e.institution_id, e.id
    ), found AS (
        SELECT id, done = required AND required > 0 AS is_done,
               CASE WHEN required = 0 THEN 0 ELSE trunc(100.0 * done / required, 2) END AS pct
          FROM counted
    )
    UPDATE enrollment_enrollment e
       SET progress_pct = f.pct,
           status = CASE WHEN f.is_done AND <in_force> THEN <completed> ELSE e.status END,
           completed_at = CASE WHEN f.is_done AND <in_force>
                               THEN coalesce(e.completed_at, %(now)s) ELSE e.completed_at END
      FROM found f, <courses>
     WHERE e.id = f.id AND c.institution_id = e.institution_id AND c.id = e.course_id
       AND (e.progress_pct IS DISTINCT FROM f.pct OR f.is_done)
     RETURNING e.id, e.student_id, e.course_id, e.status, e.completed_at, c.code, c.title
""",
    lessons=LESSONS.aliased("l"),
    counted=counted("l"),
    courses=COURSES.aliased("c"),
    in_force=in_force("e"),
)
"""100 % is never reached by rounding: two decimals, cut off."""
_COMPLETE_LESSON: Final = stated(
    """
    INSERT INTO enrollment_lessonprogress AS g (
        institution_id, enrollment_id, student_id, course_id, lesson_id, status, completed_at,
        seconds_spent, resume_seconds, started_at, reported_at)
    VALUES (%(institution)s, %(enrollment)s, %(student)s, %(course)s, %(lesson)s, <completed>,
            %(now)s, 0, 0, %(now)s, %(now)s)
    ON CONFLICT (institution_id, enrollment_id, lesson_id) DO UPDATE
       SET status = <completed>, completed_at = EXCLUDED.completed_at
     WHERE g.status <> <completed>
    """
)
_START_LESSON: Final = stated(
    """
    INSERT INTO enrollment_lessonprogress (
        institution_id, enrollment_id, student_id, course_id, lesson_id, status, seconds_spent,
        resume_seconds, started_at, reported_at)
    VALUES (%(institution)s, %(enrollment)s, %(student)s, %(course)s, %(lesson)s, <started>, 0, 0,
            %(now)s, %(now)s)
    ON CONFLICT (institution_id, enrollment_id, lesson_id) DO NOTHING
    """
)


def lock_enrollment(enrollment_id: int) -> Row | None:
    """Lock the enrollment's row: ``{id, student_id, course_id, status, progress_pct, …}``."""
    return row(
        "SELECT id, student_id, course_id, status, progress_pct, completed_at, enrolled_at"
        "  FROM enrollment_enrollment WHERE id = %s FOR NO KEY UPDATE",
        [enrollment_id],
    )


def complete_lesson(enrollment: Row, lesson_id: int) -> bool:
    """Complete the lesson for the locked enrollment; return True if it was open until now."""
    latched = change(_COMPLETE_LESSON, _progress(enrollment, lesson_id))
    if not latched:
        return False
    who = (enrollment["id"], enrollment["student_id"], enrollment["course_id"])
    publish_batch(LessonCompleted, [Subject(*who, lesson_id)])
    recompute_enrollment(enrollment["id"])
    return True


def recompute_enrollment(enrollment_id: int) -> None:
    """Compute the progress of a locked enrollment; complete it if all is done."""
    _recompute([enrollment_id])


def recompute_enrollments(ids: Sequence[int]) -> None:
    """Compute the progress of several, as ``recompute_enrollment`` does for one."""
    if ids:
        _recompute(ids)


@transaction.atomic
def recompute_course(course_id: int) -> None:
    """Compute the progress of all enrollments of a course whose lessons were changed."""
    # The rows are locked first: the figures are then read after whoever held one of them.
    found = (
        Enrollment.objects.select_for_update(no_key=True)
        .filter(course_id=course_id)
        .exclude(status=Status.COMPLETED)
    )
    if ids := list(found.order_by("id").values_list("id", flat=True)):
        _recompute(ids)


def _recompute(ids: Sequence[int]) -> None:
    changed = rows(_RECOMPUTE, {"ids": list(ids), "now": clock.now()})
    complete = [one for one in changed if one["status"] == Status.COMPLETED]
    for one in complete:
        queue_completion(
            enrollment_id=one["id"],
            student_id=one["student_id"],
            course_id=one["course_id"],
            completed_at=one["completed_at"],
            course_code=one["code"],
            course_title=one["title"],
        )
    subjects = [Subject(one["id"], one["student_id"], one["course_id"]) for one in complete]
    publish_batch(CourseCompleted, subjects)


@transaction.atomic
def record_lesson_result(*, enrollment_id: int, lesson_id: int, event: str) -> bool:
    """Record that a lesson was SUBMITTED, PASSED or ATTENDED; return True if that completed it.

    For the apps that know of such things. Passing a quiz completes its lesson whatever the
    rule. Results of students who have left are recorded (docs/rules.md#enrollments).
    Raises ``ValueError`` for an event or lesson that doesn't belong there.
    """
    if event not in COMPLETES:
        raise ValueError(f"{event!r} is no result of a lesson.")
    enrollment = lock_enrollment(enrollment_id)
    lesson = access.lesson_facts(lesson_id)
    if enrollment is None or lesson is None or lesson.course_id != enrollment["course_id"]:
        raise ValueError("The lesson is none of the enrollment's course.")
    touch(enrollment_id, clock.now())
    if satisfies(lesson, event):
        return complete_lesson(enrollment, lesson_id)
    start_lesson(enrollment, lesson_id)
    return False


def satisfies(lesson: LessonFacts, event: str) -> bool:
    """Return True if the event completes the lesson."""
    if lesson.kind == "QUIZ" and event == "PASSED":
        return True
    return event in COMPLETES.get(lesson.completion, frozenset())


def start_lesson(enrollment: Row, lesson_id: int) -> None:
    """Store that the lesson was begun, if it wasn't before."""
    change(_START_LESSON, _progress(enrollment, lesson_id))


def _progress(enrollment: Row, lesson_id: int) -> Row:
    return {
        "institution": require_institution_id(),
        "enrollment": enrollment["id"],
        "student": enrollment["student_id"],
        "course": enrollment["course_id"],
        "lesson": lesson_id,
        "now": clock.now(),
    }
