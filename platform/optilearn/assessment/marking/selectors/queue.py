"""The marking queue: each student's newest submission, the earliest first."""

from __future__ import annotations

from typing import Any, Final

from optilearn.assessment.assignments import policies
from optilearn.assessment.assignments.anonymity import label
from optilearn.assessment.marking.schemas import SubmissionsQuery
from optilearn.assessment.models import Assignment, Submission
from optilearn.core.access.principal import Principal
from optilearn.core.plaintext import ENOUGH, preview
from optilearn.core.sql import Row, compose, rows, total_of
from optilearn.people.rules import PEOPLE

_NEWEST: Final = """
    (SELECT DISTINCT ON (w.enrollment_id) w.institution_id, w.id
       FROM assessment_submission w
      WHERE w.assignment_id = %(assignment)s AND w.attempt_id IS NULL
      ORDER BY w.enrollment_id, w.submitted_at DESC, w.id DESC) AS newest
      JOIN assessment_submission s
        ON s.institution_id = newest.institution_id AND s.id = newest.id
     WHERE (%(status)s::text IS NULL OR s.status = %(status)s)
       AND (%(ungraded)s::boolean IS NULL OR (s.status = %(handed_in)s) = %(ungraded)s)
       AND (%(late)s::boolean IS NULL OR s.is_late = %(late)s)
"""
_PAGE: Final = compose(
    """
    SELECT page.*, p.id AS student_id, p.code, p.name, g.id AS grade_id, g.points,
           g.version, g.posted_at,
           (SELECT count(*) FROM assessment_submission w
             WHERE w.institution_id = page.institution_id AND w.enrollment_id = page.enrollment_id
               AND w.assignment_id = %(assignment)s) AS attempts,
           (SELECT count(*) FROM assessment_submissionfile f
             WHERE f.institution_id = page.institution_id AND f.submission_id = page.id) AS files,
           (SELECT count(*) FROM assessment_submissionmark m
             WHERE m.institution_id = page.institution_id AND m.submission_id = page.id) AS marks
      FROM (SELECT s.institution_id, s.id, s.enrollment_id, s.student_id AS person, s.status,
                   s.submitted_at, s.is_late, s.url, left(s.text, %(enough)s) AS html,
                   s.group_key IS NOT NULL AS is_of_group, count(*) OVER () AS total
              FROM <newest>
             ORDER BY s.submitted_at, s.id LIMIT %(limit)s OFFSET %(offset)s) AS page
      <person>
      LEFT JOIN assessment_grade g ON g.institution_id = page.institution_id
            AND g.enrollment_id = page.enrollment_id AND g.assignment_id = %(assignment)s
     ORDER BY page.submitted_at, page.id
    """,
    newest=_NEWEST,
    person=PEOPLE.joined("p", "page.person"),
)
_COUNT: Final = compose("SELECT count(*) AS total FROM <newest>", newest=_NEWEST)


def submissions(
    principal: Principal, assignment_id: int, query: SubmissionsQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of the newest submissions of an assignment's students, and their number.

    Three queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND, CONFLICT for a quiz.
    """
    assignment, _course = policies.managed_assignment(principal, assignment_id)
    given = {
        "assignment": assignment_id,
        "status": query.status,
        "ungraded": query.ungraded,
        "handed_in": Submission.Status.SUBMITTED.value,
        "late": query.late,
        "enough": ENOUGH,
        "limit": query.per_page,
        "offset": query.offset,
    }
    page = rows(_PAGE, given)
    return [_row(assignment, one) for one in page], total_of(page, _COUNT, given, query)


def _row(assignment: Assignment, found: Row) -> dict[str, Any]:
    hidden = assignment.is_anonymous and found["posted_at"] is None
    student = {"id": found["student_id"], "code": found["code"], "name": found["name"]}
    return {
        "id": found["id"],
        "label": label(assignment.pk, found["enrollment_id"]) if hidden else found["name"],
        "student": None if hidden else student,
        "enrollmentId": None if hidden else found["enrollment_id"],
        "status": found["status"],
        "submittedAt": found["submitted_at"],
        "isLate": found["is_late"],
        "isOfGroup": found["is_of_group"],
        "attempts": found["attempts"],
        "preview": preview(found["html"]),
        "files": found["files"],
        "url": found["url"],
        "marks": found["marks"],
        "grade": grade_of(found),
    }


def grade_of(found: Row) -> dict[str, Any] | None:
    """Return the grade of a row that has its columns; None if there is none."""
    if found["grade_id"] is None:
        return None
    return {
        "points": found["points"],
        "version": found["version"],
        "isPosted": found["posted_at"] is not None,
    }
