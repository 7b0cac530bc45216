"""Reads of rubrics, for managers of the course."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from optilearn.assessment import policies as assessment_policies
from optilearn.assessment.models import Assignment, Rubric, RubricVersion, SubmissionMark
from optilearn.assessment.rubrics import policies
from optilearn.assessment.rubrics.content import criteria_of, possible_of, shown
from optilearn.assessment.rubrics.schemas import RubricsQuery
from optilearn.core.access.principal import Principal


def rubrics(
    principal: Principal, course_id: int, query: RubricsQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of a course's rubrics by title, and their number.

    Three queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    assessment_policies.managed(principal, course_id)
    found = Rubric.objects.filter(course_id=course_id, archived_at__isnull=not query.archived)
    page = found.order_by("title", "id")[query.window]
    rows = [
        {
            "id": one.pk,
            "title": one.title,
            "version": one.version,
            "isArchived": one.archived_at is not None,
        }
        for one in page
    ]
    return rows, found.count()


def rubric(principal: Principal, rubric_id: int) -> dict[str, Any]:
    """Return a rubric with its newest criteria. Five queries. Raises as ``managed_rubric``."""
    found = policies.managed_rubric(principal, rubric_id)
    newest = newest_version(rubric_id)
    criteria = criteria_of(newest.criteria)
    assignments = Assignment.objects.filter(rubric_id=rubric_id).order_by("id")
    earlier = SubmissionMark.objects.filter(
        rubric_version__rubric_id=rubric_id, rubric_version__number__lt=found.version
    )
    return {
        "id": found.pk,
        "courseId": found.course_id,
        "title": found.title,
        "version": found.version,
        "possible": possible_of(criteria),
        "criteria": shown(criteria),
        "isArchived": found.archived_at is not None,
        "assignmentIds": list(assignments.values_list("id", flat=True)),
        "marksOfEarlierVersions": earlier.count(),
    }


def newest_version(rubric_id: int) -> RubricVersion:
    """Return a rubric's newest version, which new marks get. One query."""
    return RubricVersion.objects.get(rubric_id=rubric_id, number=F("rubric__version"))
