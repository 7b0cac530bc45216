"""Rubrics over HTTP."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.assessment.rubrics import selectors, services
from optilearn.assessment.rubrics.schemas import (
    RubricChange,
    RubricCopyIn,
    RubricDeleted,
    RubricIn,
    RubricOut,
    RubricRow,
    RubricsQuery,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.pages import answer_page

router = Router(tags=["Rubrics"], by_alias=True)
READ = refusals(400, 403, 404)
WRITE = refusals(400, 403, 404, 409)


@router.get(
    "/courses/{int:courseId}/rubrics",
    response={200: Envelope[list[RubricRow]], **READ},
    operation_id="listRubrics",
)
def rubrics(request: HttpRequest, courseId: int, query: Query[RubricsQuery]) -> HttpResponse:
    """The rubrics of a course by title."""
    rows, total = selectors.rubrics(principal_of(request), courseId, query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/courses/{int:courseId}/rubrics",
    response={201: Envelope[RubricOut], **READ},
    operation_id="addRubric",
)
def add(request: HttpRequest, courseId: int, rubric: RubricIn) -> HttpResponse:
    """Add a rubric, which assignments of the course can share."""
    principal = principal_of(request)
    key = services.add_rubric(
        principal=principal, course_id=courseId, title=rubric.title, criteria=rubric.criteria
    )
    return answer(selectors.rubric(principal, key), status=201)


@router.get(
    "/rubrics/{int:rubricId}",
    response={200: Envelope[RubricOut], **READ},
    operation_id="getRubric",
)
def rubric(request: HttpRequest, rubricId: int) -> HttpResponse:
    """A rubric with the criteria of its newest version."""
    return answer(selectors.rubric(principal_of(request), rubricId))


@router.patch(
    "/rubrics/{int:rubricId}",
    response={200: Envelope[RubricOut], **WRITE},
    operation_id="updateRubric",
)
def update(request: HttpRequest, rubricId: int, wanted: RubricChange) -> HttpResponse:
    """Change a rubric; other criteria are a new version, and marks stay as they were.

    409 if its points would change under grades: copy it then.
    """
    principal = principal_of(request)
    values: dict[str, Any] = wanted.model_dump(mode="json", exclude_unset=True, exclude={"version"})
    if "criteria" in values:  # whole, with the defaults of what wasn't sent
        values["criteria"] = [one.model_dump(mode="json") for one in wanted.criteria]
    services.update_rubric(
        principal=principal, rubric_id=rubricId, values=values, version=wanted.version
    )
    return answer(selectors.rubric(principal, rubricId))


@router.delete(
    "/rubrics/{int:rubricId}",
    response={200: Envelope[RubricDeleted], **WRITE},
    operation_id="deleteRubric",
)
def delete(request: HttpRequest, rubricId: int) -> HttpResponse:
    """Delete a rubric; one that marks have is archived. 409 while an assignment has it."""
    is_gone = services.delete_rubric(principal=principal_of(request), rubric_id=rubricId)
    return answer({"isGone": is_gone})


@router.post(
    "/rubrics/{int:rubricId}/copy",
    response={201: Envelope[RubricOut], **READ},
    operation_id="copyRubric",
)
def copy(request: HttpRequest, rubricId: int, wanted: RubricCopyIn) -> HttpResponse:
    """Copy a rubric into the same course or another."""
    principal = principal_of(request)
    key = services.copy_rubric(
        principal=principal,
        rubric_id=rubricId,
        course_id=wanted.course_id,
        title=wanted.title,
    )
    return answer(selectors.rubric(principal, key), status=201)
