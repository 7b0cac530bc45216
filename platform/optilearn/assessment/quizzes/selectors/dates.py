"""Openings and closes of quizzes, for calendars. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from optilearn.assessment.quizzes.timing import Allowance, Window
from optilearn.core import clock
from optilearn.core.sql import Row, compose, rows
from optilearn.courses.rules import COURSES, LESSONS, live, taught_by
from optilearn.enrollment.rules import ENROLLMENTS, opening

_QUIZ: Final = """
    q.lesson_id, l.title, c.id AS course_id, c.title AS course_title, q.time_limit_seconds,
    q.opens_at, q.closes_at
"""
_LESSON: Final = compose(
    """
    JOIN <lessons> ON l.institution_id = q.institution_id AND l.id = q.lesson_id
     AND l.archived_at IS NULL
    """,
    lessons=LESSONS.aliased("l"),
)
_DATED: Final = "(q.opens_at IS NOT NULL OR q.closes_at IS NOT NULL)"
_OF_STUDENTS: Final = compose(
    """
    SELECT <quiz>, e.student_id,
           (SELECT max(x.time_factor) FROM assessment_accommodation x
             WHERE x.institution_id = e.institution_id AND x.student_id = e.student_id
               AND (x.course_id = e.course_id OR x.course_id IS NULL)) AS time_factor,
           EXISTS (SELECT FROM assessment_attempt t
                    WHERE t.institution_id = e.institution_id AND t.quiz_id = q.id
                      AND t.enrollment_id = e.id AND t.submitted_at IS NOT NULL) AS is_submitted
      FROM <enrollments> <course> AND <live>
      JOIN assessment_quiz q ON q.institution_id = e.institution_id AND q.course_id = e.course_id
      <lesson>
     WHERE e.student_id = ANY(%(students)s) AND <opening> AND <dated>
     ORDER BY q.id, e.student_id
    """,
    quiz=_QUIZ,
    enrollments=ENROLLMENTS.aliased("e"),
    course=COURSES.joined("c", "e.course_id"),
    live=live("c"),
    lesson=_LESSON,
    opening=opening("e"),
    dated=_DATED,
)
_OF_TEACHER: Final = compose(
    """
    SELECT <quiz>, NULL::bigint AS student_id, NULL::numeric AS time_factor,
           FALSE AS is_submitted
      FROM <courses>
      JOIN assessment_quiz q ON q.institution_id = c.institution_id AND q.course_id = c.id
      <lesson>
     WHERE <taught> AND <live> AND <dated>
     ORDER BY q.id
    """,
    quiz=_QUIZ,
    courses=COURSES.aliased("c"),
    lesson=_LESSON,
    taught=taught_by("%(person)s"),
    live=live("c"),
    dated=_DATED,
)


@dataclass(frozen=True)
class QuizDates:
    """A quiz's opening and close, of one student or (``student_id`` None) of the course."""

    lesson_id: int
    title: str
    course_id: int
    course_title: str
    student_id: int | None
    opens_at: datetime | None
    closes_at: datetime | None
    is_submitted: bool


def quiz_dates_of(student_ids: Collection[int]) -> list[QuizDates]:
    """Return the quizzes of these students that open or close, with their extra time.

    One query.
    """
    return [_dates(one) for one in rows(_OF_STUDENTS, _given(students=list(student_ids)))]


def quiz_dates_taught(person_id: int) -> list[QuizDates]:
    """Return the quizzes of the courses that a person teaches that open or close. One query."""
    return [_dates(one) for one in rows(_OF_TEACHER, _given(person=person_id))]


def _given(**values: object) -> dict[str, object]:
    return {"now": clock.now(), **values}


def _dates(found: Row) -> QuizDates:
    window = Window(found["time_limit_seconds"], found["opens_at"], found["closes_at"])
    return QuizDates(
        lesson_id=found["lesson_id"],
        title=found["title"],
        course_id=found["course_id"],
        course_title=found["course_title"],
        student_id=found["student_id"],
        opens_at=window.opens_at,
        closes_at=window.closes_for(Allowance(found["time_factor"] or Decimal(1))),
        is_submitted=found["is_submitted"],
    )
