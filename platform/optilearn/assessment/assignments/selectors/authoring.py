"""Reads of assignments and extensions, for managers of the course."""

from __future__ import annotations

from typing import Any, Final

from optilearn.assessment import policies as assessment_policies
from optilearn.assessment.assignments import policies
from optilearn.assessment.assignments.schemas import AssignmentsQuery
from optilearn.assessment.models import Assignment, Extension, Submission
from optilearn.core.access.principal import Principal
from optilearn.core.sql import compose, quoted, rows, total_of

_LIST: Final = compose(
    """
    SELECT a.id, a.title, a.kind, a.due_at AS "dueAt", a.closes_at AS "closesAt",
           a.max_score AS "maxScore", a.archived_at IS NOT NULL AS "isArchived",
           work.submitted, work.ungraded, count(*) OVER () AS total
      FROM assessment_assignment a
      JOIN LATERAL (
           SELECT count(*) AS submitted, count(*) FILTER (WHERE s.status = <handed_in>) AS ungraded
             FROM (SELECT DISTINCT ON (s.enrollment_id) s.status FROM assessment_submission s
                    WHERE s.institution_id = a.institution_id AND s.assignment_id = a.id
                    ORDER BY s.enrollment_id, s.submitted_at DESC, s.id DESC) AS s) AS work ON TRUE
     WHERE a.course_id = %(course)s AND (a.archived_at IS NOT NULL) = %(archived)s
     ORDER BY a.due_at NULLS LAST, a.id LIMIT %(limit)s OFFSET %(offset)s
    """,
    handed_in=quoted(Submission.Status.SUBMITTED),
)
_COUNT: Final = """
    SELECT count(*) AS total FROM assessment_assignment a
     WHERE a.course_id = %(course)s AND (a.archived_at IS NOT NULL) = %(archived)s
"""


def types_of(assignment: Assignment) -> list[str]:
    """Return the ways in which work may be handed in."""
    ways = (
        ("TEXT", assignment.accepts_text),
        ("FILE", assignment.accepts_files),
        ("URL", assignment.accepts_urls),
    )
    return [kind for kind, accepts in ways if accepts]


def assignments(
    principal: Principal, course_id: int, query: AssignmentsQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of a course's assignments by due date, for managers, and their number.

    Two queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    assessment_policies.managed(principal, course_id)
    given = {
        "course": course_id,
        "archived": query.archived,
        "limit": query.per_page,
        "offset": query.offset,
    }
    page = rows(_LIST, given)
    total = total_of(page, _COUNT, given, query)
    for one in page:
        del one["total"]
    return page, total


def assignment_for_staff(principal: Principal, assignment_id: int) -> dict[str, Any]:
    """Return an assignment for managers. Two queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND."""
    one, _course = policies.managed_assignment(principal, assignment_id)
    return {
        "id": one.pk,
        "courseId": one.course_id,
        "version": one.version,
        "title": one.title,
        "instructions": one.instructions,
        "submissionTypes": types_of(one),
        "maxScore": one.max_score,
        "dueAt": one.due_at,
        "opensAt": one.opens_at,
        "closesAt": one.closes_at,
        "maxAttempts": one.max_attempts,
        "fileTypes": one.file_types,
        "maxFiles": one.max_files,
        "groupId": one.group_id,
        "groupSetId": one.group_set_id,
        "rubricId": one.rubric_id,
        "lessonId": one.lesson_id,
        "postsManually": one.posts_manually,
        "isAnonymous": one.is_anonymous,
        "isModerated": one.is_moderated,
        "moderationPercent": one.moderation_percent,
        "regradeDays": one.regrade_days,
        "isArchived": one.archived_at is not None,
    }


def extensions(principal: Principal, assignment_id: int) -> list[dict[str, Any]]:
    """Return the extensions of an assignment, for managers. Three queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.managed_assignment(principal, assignment_id)
    found = Extension.objects.filter(assignment_id=assignment_id).select_related("student")
    return [
        {
            "id": one.pk,
            "student": None
            if one.student is None
            else {"id": one.student.pk, "code": one.student.code, "name": one.student.name},
            "sectionId": one.section_id,
            "dueAt": one.due_at,
            "closesAt": one.closes_at,
            "reason": one.reason,
        }
        for one in found.order_by("section_id", "student__name", "id")
    ]
