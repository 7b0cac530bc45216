"""Grades that a student sees, for their parents. For the product itself: no permissions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from optilearn.core.sql import compose, rows
from optilearn.courses.rules import COURSES, LESSONS, live

_NEWEST: Final = compose(
    """
    SELECT a.id AS assignment_id, CASE WHEN q.id IS NULL THEN a.title ELSE l.title END AS title,
           c.id AS course_id, c.title AS course_title, x.points, a.max_score AS possible, x.at
      FROM (SELECT g.institution_id, g.course_id, g.assignment_id, g.points,
                   coalesce(g.graded_at, g.posted_at) AS at
              FROM assessment_grade g
             WHERE g.student_id = %(student)s AND g.posted_at IS NOT NULL AND NOT g.is_excused
               AND g.points IS NOT NULL
            UNION ALL
            SELECT n.institution_id, n.course_id, n.assignment_id, n.score,
                   coalesce(n.graded_at, n.submitted_at)
              FROM assessment_submission n
             WHERE n.student_id = %(student)s AND n.score IS NOT NULL
               AND NOT EXISTS (SELECT FROM assessment_grade g
                                WHERE g.institution_id = n.institution_id
                                  AND g.enrollment_id = n.enrollment_id
                                  AND g.assignment_id = n.assignment_id)
               AND NOT EXISTS (SELECT FROM assessment_submission o
                                WHERE o.institution_id = n.institution_id
                                  AND o.enrollment_id = n.enrollment_id
                                  AND o.assignment_id = n.assignment_id
                                  AND (o.submitted_at, o.id) > (n.submitted_at, n.id))) AS x
      JOIN assessment_assignment a
        ON a.institution_id = x.institution_id AND a.id = x.assignment_id AND a.archived_at IS NULL
      <course> AND <live>
      LEFT JOIN assessment_quiz q
        ON q.institution_id = a.institution_id AND q.assignment_id = a.id
      LEFT JOIN <lessons> ON l.institution_id = a.institution_id AND l.id = a.lesson_id
     ORDER BY x.at DESC, a.id DESC
     LIMIT %(limit)s
    """,
    course=COURSES.joined("c", "x.course_id"),
    live=live("c"),
    lessons=LESSONS.aliased("l"),
)


@dataclass(frozen=True)
class SeenGrade:
    """A grade that was released, or a score of work that was graded before there were grades."""

    assignment_id: int
    title: str
    course_id: int
    course_title: str
    points: Decimal
    possible: Decimal
    at: datetime
    """The moment when it was given; for imported ones that don't say, of the submission."""


def newest_grades_of(student_id: int, limit: int) -> list[SeenGrade]:
    """Return a student's newest grades that they see, in courses that are live. One query."""
    return [SeenGrade(**one) for one in rows(_NEWEST, {"student": student_id, "limit": limit})]
