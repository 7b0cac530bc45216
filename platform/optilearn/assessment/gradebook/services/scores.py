"""Scores of submissions, which reports and students' own numbers are made of.

A submission has its score from when the grade is released, so that no report of a student or a
parent shows what the teacher hasn't released yet.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from optilearn.assessment.models import Attempt, Submission
from optilearn.core.sql import change, compose, quoted

_Status = Submission.Status
_PAIRS: Final = "unnest(%(assignments)s::bigint[], %(enrollments)s::bigint[])"
_OF_WORK: Final = compose(
    """
    UPDATE assessment_submission s
       SET score = CASE WHEN g.posted_at IS NOT NULL THEN g.points END,
           graded_at = CASE WHEN g.posted_at IS NOT NULL AND g.points IS NOT NULL
                            THEN coalesce(g.graded_at, g.posted_at) END,
           status = CASE WHEN g.points IS NOT NULL
                          AND (s.status <> <returned> OR g.graded_at >= s.returned_at)
                         THEN <graded>
                         WHEN s.status = <returned> THEN s.status ELSE <submitted> END
      FROM assessment_grade g
     WHERE (g.assignment_id, g.enrollment_id) IN (SELECT * FROM <pairs>)
       AND s.institution_id = g.institution_id AND s.assignment_id = g.assignment_id
       AND s.enrollment_id = g.enrollment_id AND s.attempt_id IS NULL
       AND NOT EXISTS (SELECT FROM assessment_submission o
                        WHERE o.institution_id = s.institution_id
                          AND o.enrollment_id = s.enrollment_id
                          AND o.assignment_id = s.assignment_id
                          AND (o.submitted_at, o.id) > (s.submitted_at, s.id))
    """,
    pairs=_PAIRS,
    graded=quoted(_Status.GRADED),
    returned=quoted(_Status.RETURNED),
    submitted=quoted(_Status.SUBMITTED),
)
_OF_ATTEMPTS: Final = compose(
    """
    UPDATE assessment_submission s
       SET score = CASE WHEN g.posted_at IS NULL OR t.status <> <marked> THEN NULL
                        WHEN t.possible = 0 THEN 0
                        ELSE round(t.points * a.max_score / t.possible, 2) END,
           graded_at = CASE WHEN g.posted_at IS NOT NULL AND t.status = <marked>
                            THEN coalesce(s.graded_at, g.graded_at, g.posted_at) END,
           status = CASE WHEN t.status = <marked> THEN <graded> ELSE <submitted> END
      FROM assessment_attempt t
      JOIN assessment_quiz q ON q.institution_id = t.institution_id AND q.id = t.quiz_id
      JOIN assessment_assignment a
        ON a.institution_id = q.institution_id AND a.id = q.assignment_id
      LEFT JOIN assessment_grade g
        ON g.institution_id = a.institution_id AND g.assignment_id = a.id
       AND g.enrollment_id = t.enrollment_id
     WHERE (a.id, t.enrollment_id) IN (SELECT * FROM <pairs>)
       AND s.institution_id = t.institution_id AND s.attempt_id = t.id
    """,
    pairs=_PAIRS,
    marked=quoted(Attempt.Status.GRADED),
    graded=quoted(_Status.GRADED),
    submitted=quoted(_Status.SUBMITTED),
)


def score_submissions(pairs: Collection[tuple[int, int]]) -> None:
    """Write the scores of submissions by (assignment, enrollment), as their grades are now.

    The newest submission has the grade's points, an attempt at a quiz its own, in the quiz's
    points and half up. Two statements at any number.
    """
    if not pairs:
        return
    given = {
        "assignments": [assignment for assignment, _enrollment in pairs],
        "enrollments": [enrollment for _assignment, enrollment in pairs],
    }
    for statement in (_OF_WORK, _OF_ATTEMPTS):
        change(statement, given)
