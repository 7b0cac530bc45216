"""Another opening or closing of a lesson, for one student or one section."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page
from optilearn.enrollment import services
from optilearn.enrollment.schemas.learning import OverrideIn, OverrideOut, OverrideTargetQuery
from optilearn.enrollment.selectors.lists import lesson_overrides

router = Router(tags=["Learning"], by_alias=True)
PATH = "/lessons/{int:lessonId}/overrides"
REFUSALS = refusals(400, 401, 403, 404)


@router.get(
    PATH,
    response={200: Envelope[list[OverrideOut]], **REFUSALS},
    operation_id="listLessonOverrides",
)
def overrides(request: HttpRequest, lessonId: int, query: Query[PageQuery]) -> HttpResponse:
    """For whom a lesson opens or closes at another time."""
    rows, total = lesson_overrides(principal_of(request), lessonId, query)
    return answer_page(rows, total=total, query=query)


@router.put(PATH, response={200: Envelope[Done], **REFUSALS}, operation_id="putLessonOverride")
def put(request: HttpRequest, lessonId: int, wanted: OverrideIn) -> HttpResponse:
    """Set another opening or closing for a student or a section."""
    services.put_override(
        principal=principal_of(request),
        lesson_id=lessonId,
        target=services.OverrideFor(wanted.student_id, wanted.section_id or ""),
        times=services.OverrideTimes(wanted.unlock_at, wanted.closes_at, wanted.reason),
    )
    return answer({"done": True})


@router.delete(
    PATH, response={200: Envelope[Done], **REFUSALS}, operation_id="deleteLessonOverride"
)
def remove(request: HttpRequest, lessonId: int, target: Query[OverrideTargetQuery]) -> HttpResponse:
    """Back to the lesson's own times for a student or a section."""
    services.remove_override(
        principal=principal_of(request),
        lesson_id=lessonId,
        target=services.OverrideFor(target.student_id, target.section_id or ""),
    )
    return answer({"done": True})
