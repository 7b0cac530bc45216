"""Due dates of assignments, for calendars. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from optilearn.assessment.assignments.policies import QUIZ
from optilearn.assessment.assignments.rules import due_for
from optilearn.core import clock
from optilearn.core.sql import compose, rows
from optilearn.courses.rules import COURSES, LESSONS, live, taught_by
from optilearn.enrollment.rules import ENROLLMENTS, opening
from optilearn.people.rules import PEOPLE

_SHOWN: Final = compose(
    """
    a.kind <> %(quiz)s AND a.archived_at IS NULL
       AND NOT EXISTS (SELECT FROM <lessons>
                        WHERE l.institution_id = a.institution_id AND l.id = a.lesson_id
                          AND l.archived_at IS NOT NULL)
    """,
    lessons=LESSONS.aliased("l"),
)
_OF_STUDENTS: Final = compose(
    """
    SELECT a.id AS assignment_id, a.title, a.lesson_id, c.id AS course_id,
           c.title AS course_title, e.student_id, d.due_at,
           EXISTS (SELECT FROM assessment_submission s
                    WHERE s.institution_id = e.institution_id AND s.enrollment_id = e.id
                      AND s.assignment_id = a.id) AS is_submitted
      FROM <enrollments> <course> AND <live> <person>
      JOIN assessment_assignment a
        ON a.institution_id = e.institution_id AND a.course_id = e.course_id
      JOIN LATERAL (SELECT <due> AS due_at) AS d ON TRUE
     WHERE e.student_id = ANY(%(students)s) AND <opening> AND <shown>
       AND a.due_at <= %(until)s AND d.due_at BETWEEN %(since)s AND %(until)s
     ORDER BY d.due_at, a.id, e.student_id
    """,
    enrollments=ENROLLMENTS.aliased("e"),
    course=COURSES.joined("c", "e.course_id"),
    live=live("c"),
    person=PEOPLE.joined("p", "e.student_id"),
    due=due_for("a", "e.student_id", "p.section_id"),
    opening=opening("e"),
    shown=_SHOWN,
)
_OF_TEACHER: Final = compose(
    """
    SELECT a.id AS assignment_id, a.title, a.lesson_id, c.id AS course_id,
           c.title AS course_title, NULL::bigint AS student_id, a.due_at, FALSE AS is_submitted
      FROM <courses>
      JOIN assessment_assignment a
        ON a.institution_id = c.institution_id AND a.course_id = c.id
     WHERE <taught> AND <live> AND <shown> AND a.due_at BETWEEN %(since)s AND %(until)s
     ORDER BY a.due_at, a.id
    """,
    courses=COURSES.aliased("c"),
    live=live("c"),
    taught=taught_by("%(person)s"),
    shown=_SHOWN,
)


@dataclass(frozen=True)
class DueDate:
    """An assignment's due date, of one student or (``student_id`` None) of the course."""

    assignment_id: int
    title: str
    lesson_id: int | None
    course_id: int
    course_title: str
    student_id: int | None
    due_at: datetime
    is_submitted: bool


def due_dates_of(student_ids: Collection[int], since: datetime, until: datetime) -> list[DueDate]:
    """Return these students' due dates from ``since`` to ``until``, extensions included.

    One query. Quizzes aren't among them.
    """
    given = {"students": list(student_ids), "since": since, "until": until, "now": clock.now()}
    return [DueDate(**one) for one in rows(_OF_STUDENTS, given | {"quiz": QUIZ})]


def due_dates_taught(person_id: int, since: datetime, until: datetime) -> list[DueDate]:
    """Return the due dates of the courses that a person teaches, without extensions. One query."""
    given = {"person": person_id, "since": since, "until": until, "quiz": QUIZ}
    return [DueDate(**one) for one in rows(_OF_TEACHER, given)]
