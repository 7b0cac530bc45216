"""Requests to grade again: of a course, and a student's own."""

from __future__ import annotations

from typing import Any

from optilearn.assessment import policies as assessment_policies
from optilearn.assessment.assignments.policies import own_assignment
from optilearn.assessment.marking import policies
from optilearn.assessment.marking.schemas import RegradesQuery
from optilearn.assessment.models import RegradeMessage, RegradeRequest
from optilearn.core.access.principal import Principal


def regrades(
    principal: Principal, course_id: int, query: RegradesQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of a course's requests, the newest first, and their number.

    Three queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    assessment_policies.managed(principal, course_id)
    found = RegradeRequest.objects.filter(course_id=course_id)
    if query.status is not None:
        found = found.filter(status=query.status)
    page = found.select_related("grade__assignment", "student").order_by("-opened_at", "-id")
    return [_row(one) for one in page[query.window]], found.count()


def regrade(principal: Principal, request_id: int) -> dict[str, Any]:
    """Return a request with its thread, for managers. Three queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    return _whole(policies.managed_request(principal, request_id))


def own_regrade(principal: Principal, request_id: int) -> dict[str, Any]:
    """Return the caller's own request with its thread. Two queries. Raises NOT_FOUND."""
    return _whole(policies.own_request(principal, request_id))


def own_regrades(principal: Principal, assignment_id: int) -> list[dict[str, Any]]:
    """Return the caller's requests for an assignment, the newest first.

    Four queries. Raises as ``own_assignment``.
    """
    _assignment, _course, enrollment_id = own_assignment(principal, assignment_id)
    found = RegradeRequest.objects.filter(
        grade__assignment_id=assignment_id, grade__enrollment_id=enrollment_id
    ).select_related("grade__assignment")
    return _with_threads(list(found.order_by("-opened_at", "-id")))


def _facts(one: RegradeRequest) -> dict[str, Any]:
    return {
        "id": one.pk,
        "assignmentId": one.grade.assignment_id,
        "assignmentTitle": one.grade.assignment.title,
        "enrollmentId": one.grade.enrollment_id,
        "status": one.status,
        "pointsBefore": one.points_before,
        "pointsAfter": one.points_after,
        "openedAt": one.opened_at,
        "closedAt": one.closed_at,
    }


def _row(one: RegradeRequest) -> dict[str, Any]:
    student = {"id": one.student_id, "code": one.student.code, "name": one.student.name}
    return _facts(one) | {"student": student}


def _whole(one: RegradeRequest) -> dict[str, Any]:
    return _with_threads([one])[0]


def _with_threads(found: list[RegradeRequest]) -> list[dict[str, Any]]:
    """Requests with their messages. One query."""
    threads: dict[int, list[dict[str, Any]]] = {one.pk: [] for one in found}
    messages = RegradeMessage.objects.filter(request_id__in=threads).order_by("created_at", "id")
    for one in messages.select_related("author"):
        threads[one.request_id].append(
            {
                "authorName": one.author.name,
                "isStudent": one.author_id == one.student_id,
                "text": one.text,
                "createdAt": one.created_at,
            }
        )
    return [
        _facts(one) | {"gradeVersion": one.grade.version, "messages": threads[one.pk]}
        for one in found
    ]
