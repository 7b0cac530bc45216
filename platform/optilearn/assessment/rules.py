"""Facts about marks that other apps compose."""

from __future__ import annotations

from typing import Final

from optilearn.core.sql import compose

_AVERAGE: Final = """
    (SELECT round(avg(100 * m.points / a.max_score), 2)
       FROM (SELECT g.assignment_id, g.points FROM assessment_grade g
              WHERE g.institution_id = <e>.institution_id AND g.enrollment_id = <e>.id
                AND g.posted_at IS NOT NULL AND NOT g.is_excused
             UNION ALL
             (SELECT DISTINCT ON (s.assignment_id) s.assignment_id, s.score
                FROM assessment_submission s
               WHERE s.institution_id = <e>.institution_id AND s.enrollment_id = <e>.id
                 AND NOT EXISTS (
                     SELECT FROM assessment_grade g
                      WHERE g.institution_id = s.institution_id
                        AND g.enrollment_id = s.enrollment_id
                        AND g.assignment_id = s.assignment_id)
               ORDER BY s.assignment_id, s.submitted_at DESC, s.id DESC)) AS m
       JOIN assessment_assignment a
         ON a.institution_id = <e>.institution_id AND a.id = m.assignment_id
      WHERE m.points IS NOT NULL AND a.counts AND a.archived_at IS NULL
        AND NOT a.is_extra_credit)
"""


def average_score(enrollment: str) -> str:
    """SQL of an enrollment's mean percent; ``enrollment`` is the alias of its row.

    Released grades count, and the newest submission's score where there is no grade; each
    assignment alike, whatever its weight: a first look, not the course's total. What is excused,
    extra credit, archived, or no part of the total is left out. NULL without any.
    """
    return compose(_AVERAGE, e=enrollment)
