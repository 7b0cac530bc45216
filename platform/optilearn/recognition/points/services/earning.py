"""Points, streaks and badges of achievements, written in the transaction that achieves them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from optilearn.core import clock
from optilearn.core.events import publish
from optilearn.core.sql import compose, quoted, rows
from optilearn.core.tenancy.context import require_institution_id
from optilearn.enrollment.events import CourseCompleted, LessonsAchieved, Subject
from optilearn.institutions.rules import INSTITUTIONS
from optilearn.people.rules import PEOPLE, erased
from optilearn.recognition.events import BadgeOf, BadgesEarned
from optilearn.recognition.points.days import local_day
from optilearn.recognition.points.rules import USUAL_POINTS, Kind, earns, streak_after

_ZONES: Final = compose(
    "SELECT p.id, p.time_zone AS own, i.time_zone AS usual FROM <people>"
    " JOIN <institutions> ON i.id = p.institution_id WHERE p.id = ANY(%(students)s::bigint[])"
    " AND NOT <erased>",
    people=PEOPLE.aliased("p"),
    erased=erased("p"),
    institutions=INSTITUTIONS.aliased("i"),
)
_EARN: Final = compose(
    """
    WITH entered AS (
        INSERT INTO recognition_pointsentry (
            institution_id, student_id, course_id, kind, source, points, at, day)
        SELECT %(institution)s, g.student_id, g.course_id, g.kind, g.source,
               coalesce((SELECT r.points FROM recognition_pointsrule r
                          WHERE r.institution_id = %(institution)s AND r.kind = g.kind),
                        g.usual), %(now)s, g.day
          FROM unnest(%(students)s::bigint[], %(courses)s::bigint[], %(kinds)s::text[],
                      %(sources)s::text[], %(usual)s::int[], %(days)s::date[])
            AS g (student_id, course_id, kind, source, usual, day)
         ORDER BY g.student_id, g.source
        ON CONFLICT (institution_id, student_id, source) DO NOTHING
        RETURNING institution_id, student_id, course_id, kind, points, at, day
    ), summed AS (
        INSERT INTO recognition_coursepoints AS c (institution_id, student_id, course_id, points)
        SELECT institution_id, student_id, course_id, sum(points) FROM entered
         GROUP BY institution_id, student_id, course_id ORDER BY student_id, course_id
        ON CONFLICT (institution_id, course_id, student_id)
           DO UPDATE SET points = c.points + EXCLUDED.points
    ), totals AS (
        INSERT INTO recognition_learnertotals AS t (
            institution_id, student_id, points, lessons_completed, quizzes_passed,
            courses_completed, streak_days, longest_streak, last_day, last_at, is_hidden)
        SELECT institution_id, student_id, sum(points), count(*) FILTER (WHERE kind = <lesson>),
               count(*) FILTER (WHERE kind = <quiz>), count(*) FILTER (WHERE kind = <course>),
               1, 1, max(day), max(at), false
          FROM entered GROUP BY institution_id, student_id ORDER BY student_id
        ON CONFLICT (institution_id, student_id) DO UPDATE
           SET points = t.points + EXCLUDED.points,
               lessons_completed = t.lessons_completed + EXCLUDED.lessons_completed,
               quizzes_passed = t.quizzes_passed + EXCLUDED.quizzes_passed,
               courses_completed = t.courses_completed + EXCLUDED.courses_completed,
               streak_days = <streak>, longest_streak = greatest(t.longest_streak, <streak>),
               last_day = greatest(t.last_day, EXCLUDED.last_day),
               last_at = greatest(t.last_at, EXCLUDED.last_at)
        RETURNING t.*
    )
    INSERT INTO recognition_earnedbadge (institution_id, badge_id, student_id, earned_at)
    SELECT t.institution_id, b.id, t.student_id, %(now)s
      FROM totals t
      JOIN recognition_badge b ON b.institution_id = t.institution_id AND b.is_active AND <earns>
     ORDER BY t.student_id, b.id
    ON CONFLICT (institution_id, student_id, badge_id) DO NOTHING
    RETURNING badge_id, student_id
    """,
    lesson=quoted(Kind.LESSON_COMPLETED),
    quiz=quoted(Kind.QUIZ_PASSED),
    course=quoted(Kind.COURSE_COMPLETED),
    streak=streak_after(),
    earns=earns(),
)
"""One statement for any number. Rows are locked in the order of students, so that two batches
don't wait for each other in a circle. What was entered before is left out of all sums."""


@dataclass(frozen=True)
class _Achievement:
    student_id: int
    course_id: int
    kind: Kind
    source: str


def earn_for_lessons(event: LessonsAchieved) -> None:
    """Enter completed lessons and passed quizzes.

    Two statements, and those of the messages about new badges.
    """
    done, passed = event.completed, event.passed
    lessons = [_entry(one, Kind.LESSON_COMPLETED, f"lesson:{one.lesson_id}") for one in done]
    quizzes = [_entry(one, Kind.QUIZ_PASSED, f"quiz:{one.lesson_id}") for one in passed]
    _earn(lessons + quizzes)


def earn_for_courses(event: CourseCompleted) -> None:
    """Enter completed courses, in as many statements."""
    _earn([_entry(one, Kind.COURSE_COMPLETED, f"course:{one.course_id}") for one in event.subjects])


def _entry(subject: Subject, kind: Kind, source: str) -> _Achievement:
    return _Achievement(subject.student_id, subject.course_id, kind, source)


def earn_in_the_past(
    *, at: datetime, lessons: Sequence[Subject], courses: Sequence[Subject]
) -> None:
    """Enter what was completed by then, for records that are loaded: nobody is notified.

    Streaks want the days in their order. Two statements.
    """
    entries = [_entry(one, Kind.LESSON_COMPLETED, f"lesson:{one.lesson_id}") for one in lessons]
    entries += [_entry(one, Kind.COURSE_COMPLETED, f"course:{one.course_id}") for one in courses]
    _enter(entries, at)


def _earn(achieved: Sequence[_Achievement]) -> None:
    announce(_enter(achieved, clock.now()))


def _enter(achieved: Sequence[_Achievement], at: datetime) -> tuple[BadgeOf, ...]:
    """Enter achievements; people who were erased have none any more. Return the new badges."""
    days = _days_of({one.student_id for one in achieved}, at)
    found = [one for one in achieved if one.student_id in days]
    if not found:
        return ()
    given = {
        "institution": require_institution_id(),
        "now": at,
        "students": [one.student_id for one in found],
        "courses": [one.course_id for one in found],
        "kinds": [one.kind.value for one in found],
        "sources": [one.source for one in found],
        "usual": [USUAL_POINTS[one.kind] for one in found],
        "days": [days[one.student_id] for one in found],
    }
    return tuple(BadgeOf(**one) for one in rows(_EARN, given))


def announce(earned: tuple[BadgeOf, ...]) -> None:
    """Publish that badges were earned, if any were."""
    if earned:
        publish(BadgesEarned(earned))


def _days_of(student_ids: Collection[int], at: datetime) -> dict[int, date]:
    """Return the day of students at that moment, each in their own zone."""
    return {
        one["id"]: local_day(at, one["own"], one["usual"])
        for one in rows(_ZONES, {"students": list(student_ids)})
    }
