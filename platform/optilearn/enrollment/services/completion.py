"""Completion, decided by the server alone: lessons are latched, courses follow from lessons.

What changes an enrollment's progress holds the lock of its row, so of two last lessons that
are completed at once the later one sees the other, and exactly one of them completes the
course. Progress is the share of the course's required lessons, as it has them now, that are
completed; an archived lesson counts no more, an added one counts. An enrollment that is
COMPLETED stays so at 100 %, whatever happens to the course.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.db import transaction

from optilearn.core import clock
from optilearn.core.events import publish
from optilearn.core.locking import lock_name
from optilearn.core.sql import Row, change, compose, row, rows
from optilearn.courses.rules import COURSES, LESSONS, counted
from optilearn.crm.services import queue_completion
from optilearn.enrollment.events import (
    CourseCompleted,
    LessonsAchieved,
    Subject,
    publish_batch,
)
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.rules import Status, in_force, stated
from optilearn.enrollment.selectors import access
from optilearn.enrollment.selectors.access import LessonFacts
from optilearn.enrollment.services.last_activity import touch
from optilearn.people.rules import PEOPLE, erased

_COMPLETIONS: Final = "enrollment.completions"

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
           status = CASE WHEN f.is_done AND <takes_it> THEN <completed> ELSE e.status END,
           completed_at = CASE WHEN f.is_done AND <takes_it>
                               THEN coalesce(e.completed_at, %(now)s) ELSE e.completed_at END
      FROM found f, <courses>
     WHERE e.id = f.id AND c.institution_id = e.institution_id AND c.id = e.course_id
       AND (e.progress_pct IS DISTINCT FROM f.pct OR f.is_done)
     RETURNING e.id, e.student_id, e.course_id, e.status, e.completed_at, c.code, c.title
""",
    lessons=LESSONS.aliased("l"),
    counted=counted("l"),
    courses=COURSES.aliased("c"),
    takes_it=compose(
        "<in_force> AND NOT EXISTS (SELECT FROM <people> WHERE p.institution_id = e.institution_id"
        " AND p.id = e.student_id AND <erased>)",
        in_force=in_force("e"),
        people=PEOPLE.aliased("p"),
        erased=erased("p"),
    ),
)
"""100 % is never reached by rounding: two decimals, cut off. Who was erased completes nothing."""
_COMPLETE_LESSONS: Final = stated(
    """
    INSERT INTO enrollment_lessonprogress AS g (
        institution_id, enrollment_id, student_id, course_id, lesson_id, status, completed_at,
        seconds_spent, resume_seconds, started_at, reported_at)
    SELECT e.institution_id, e.id, e.student_id, e.course_id, %(lesson)s, <completed>, %(now)s,
           0, 0, %(now)s, %(now)s
      FROM enrollment_enrollment e
     WHERE e.id = ANY (%(ids)s::bigint[])
    ON CONFLICT (institution_id, enrollment_id, lesson_id) DO UPDATE
       SET status = <completed>, completed_at = EXCLUDED.completed_at
     WHERE g.status <> <completed>
    RETURNING g.enrollment_id, g.student_id, g.course_id, g.lesson_id
    """
)
_START_LESSONS: Final = stated(
    """
    INSERT INTO enrollment_lessonprogress (
        institution_id, enrollment_id, student_id, course_id, lesson_id, status, seconds_spent,
        resume_seconds, started_at, reported_at)
    SELECT e.institution_id, e.id, e.student_id, e.course_id, %(lesson)s, <started>, 0, 0,
           %(now)s, %(now)s
      FROM enrollment_enrollment e
     WHERE e.id = ANY (%(ids)s::bigint[])
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


def complete_lesson(enrollment_id: int, lesson_id: int) -> bool:
    """Complete the lesson for a locked enrollment; return True if it was open until now."""
    return bool(_complete_lessons([enrollment_id], lesson_id))


def _complete_lessons(
    enrollment_ids: Sequence[int], lesson_id: int, passed: Sequence[Subject] = ()
) -> set[int]:
    """Complete a lesson for locked enrollments; return those that had it open until now.

    ``passed`` have passed its quiz.
    """
    latched = rows(_COMPLETE_LESSONS, _of(enrollment_ids, lesson_id)) if enrollment_ids else []
    completed_now = tuple(Subject(**one) for one in latched)
    if completed_now or passed:
        publish(LessonsAchieved(completed_now, tuple(passed)))
    completed = sorted(one["enrollment_id"] for one in latched)
    recompute_enrollments(completed)
    return set(completed)


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
    for course_id in sorted({one["course_id"] for one in complete}):
        lock_name(_COMPLETIONS, course_id, is_shared=True)
    subjects = [Subject(one["id"], one["student_id"], one["course_id"]) for one in complete]
    publish_batch(CourseCompleted, subjects)


def hold_completions(course_ids: Iterable[int | None]) -> None:
    """Until the commit, completions of these courses wait here; None is no course.

    For what is decided by who has completed a course and changes at the same moment: either a
    completion sees the change, or whoever makes the change sees the completion. Take it before the
    rows that handlers of ``CourseCompleted`` lock.
    """
    for course_id in sorted({one for one in course_ids if one is not None}):
        lock_name(_COMPLETIONS, course_id)


@transaction.atomic
def record_lesson_results(*, lesson_id: int, events: Mapping[int, str]) -> set[int]:
    """Record that a lesson was SUBMITTED, PASSED or ATTENDED, by enrollment.

    For the apps that know of such things. Returns the enrollments that it completed the lesson
    for. Passing a quiz completes its lesson whatever the rule. Results of students who have left
    are recorded (docs/rules.md#enrollments). A constant number of statements, but for courses
    that are completed by it. Raises ``ValueError`` for an event or lesson that doesn't belong
    there.
    """
    if unknown := set(events.values()) - COMPLETES.keys():
        raise ValueError(f"{unknown} are no results of a lesson.")
    own = Enrollment.objects.select_for_update(no_key=True).filter(pk__in=events)
    found = list(own.order_by("id").values_list("id", "student_id", "course_id"))
    courses = {key: course_id for key, _student_id, course_id in found}
    lesson = access.lesson_facts(lesson_id)
    if lesson is None or courses != dict.fromkeys(events, lesson.course_id):
        raise ValueError("The lesson is none of the enrollments' course.")
    touch(list(events), clock.now())
    done = [key for key, event in events.items() if satisfies(lesson, event)]
    if started := [key for key in events if key not in done]:
        change(_START_LESSONS, _of(started, lesson_id))
    passed = [Subject(*one, lesson_id) for one in found if events[one[0]] == "PASSED"]
    return _complete_lessons(done, lesson_id, passed)


def satisfies(lesson: LessonFacts, event: str) -> bool:
    """Return True if the event completes the lesson."""
    if lesson.kind == "QUIZ" and event == "PASSED":
        return True
    return event in COMPLETES.get(lesson.completion, frozenset())


def start_lesson(enrollment_id: int, lesson_id: int) -> None:
    """Store that the lesson was begun, if it wasn't before."""
    change(_START_LESSONS, _of([enrollment_id], lesson_id))


def _of(enrollment_ids: Sequence[int], lesson_id: int) -> Row:
    return {"ids": list(enrollment_ids), "lesson": lesson_id, "now": clock.now()}
