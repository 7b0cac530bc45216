"""Moderated work: what its markers say, and how far they are apart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from optilearn.assessment.assignments import policies
from optilearn.assessment.assignments.anonymity import label
from optilearn.assessment.gradebook.totals.late import rounded
from optilearn.assessment.marking.schemas import ModerationQuery
from optilearn.assessment.marking.selectors.queue import grade_of
from optilearn.assessment.models import Assignment, SubmissionMark
from optilearn.core.access.principal import Principal
from optilearn.core.sql import Row, compose, rows, total_of
from optilearn.people.rules import PEOPLE

_APART: Final = """
    (SELECT DISTINCT ON (w.enrollment_id) w.institution_id, w.id, w.enrollment_id, w.student_id
       FROM assessment_submission w
      WHERE w.assignment_id = %(assignment)s AND w.attempt_id IS NULL
      ORDER BY w.enrollment_id, w.submitted_at DESC, w.id DESC) AS s
      LEFT JOIN LATERAL (
           SELECT CASE WHEN count(m.points) > 1 THEN max(m.points) - min(m.points) END AS difference
             FROM assessment_submissionmark m
            WHERE m.institution_id = s.institution_id AND m.submission_id = s.id) AS apart ON TRUE
     WHERE (%(differing)s::boolean IS NULL
            OR (coalesce(apart.difference, 0) > %(allowed)s) = %(differing)s)
"""
_PAGE: Final = compose(
    """
    SELECT page.*, p.name, g.id AS grade_id, g.points, g.version, g.posted_at
      FROM (SELECT s.*, apart.difference, count(*) OVER () AS total FROM <apart>
             ORDER BY apart.difference DESC NULLS LAST, s.id
             LIMIT %(limit)s OFFSET %(offset)s) AS page
      <person>
      LEFT JOIN assessment_grade g ON g.institution_id = page.institution_id
            AND g.enrollment_id = page.enrollment_id AND g.assignment_id = %(assignment)s
     ORDER BY page.difference DESC NULLS LAST, page.id
    """,
    apart=_APART,
    person=PEOPLE.joined("p", "page.student_id"),
)
_COUNT: Final = compose("SELECT count(*) AS total FROM <apart>", apart=_APART)


def moderation(
    principal: Principal, assignment_id: int, query: ModerationQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of submissions with their marks, the furthest apart first, and their number.

    Four queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND, CONFLICT for a quiz.
    """
    assignment, _course = policies.managed_assignment(principal, assignment_id)
    allowed = rounded(assignment.max_score * assignment.moderation_percent / 100)
    given = {
        "assignment": assignment_id,
        "differing": query.differing,
        "allowed": allowed,
        "limit": query.per_page,
        "offset": query.offset,
    }
    page = rows(_PAGE, given)
    marks = _marks([one["id"] for one in page])
    shown = [_row(assignment, one, marks.get(one["id"], []), allowed) for one in page]
    return shown, total_of(page, _COUNT, given, query)


def _marks(submission_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    found = SubmissionMark.objects.filter(submission_id__in=submission_ids)
    marks: dict[int, list[dict[str, Any]]] = {}
    for key, submission_id, marker, points in found.order_by("updated_at", "id").values_list(
        "id", "submission_id", "marker__name", "points"
    ):
        shown = {"id": key, "markerName": marker, "points": points}
        marks.setdefault(submission_id, []).append(shown)
    return marks


def _row(
    assignment: Assignment, found: Row, marks: list[dict[str, Any]], allowed: Decimal
) -> dict[str, Any]:
    hidden = assignment.is_anonymous and found["posted_at"] is None
    difference = found["difference"]
    return {
        "id": found["id"],
        "label": label(assignment.pk, found["enrollment_id"]) if hidden else found["name"],
        "marks": marks,
        "difference": difference,
        "allowed": allowed,
        "isDiffering": difference is not None and difference > allowed,
        "grade": grade_of(found),
    }
