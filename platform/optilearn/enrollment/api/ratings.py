"""Ratings of courses."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page
from optilearn.enrollment import services
from optilearn.enrollment.schemas.learning import RatingIn, RatingOut
from optilearn.enrollment.selectors.lists import ratings

router = Router(tags=["Ratings"], by_alias=True)


@router.get(
    "/courses/{int:courseId}/ratings",
    response={200: Envelope[list[RatingOut]], **refusals(400, 401, 404)},
    operation_id="listCourseRatings",
)
def course_ratings(request: HttpRequest, courseId: int, query: Query[PageQuery]) -> HttpResponse:
    """The ratings of a course, the newest first."""
    rows, total = ratings(principal_of(request), courseId, query)
    return answer_page(rows, total=total, query=query)


@router.put(
    "/courses/{int:courseId}/rating",
    response={200: Envelope[Done], **refusals(400, 401, 403, 404)},
    operation_id="rateCourse",
)
def rate(request: HttpRequest, courseId: int, wanted: RatingIn) -> HttpResponse:
    """Rate a course that one takes; a second rating replaces the first."""
    services.rate_course(
        principal=principal_of(request),
        course_id=courseId,
        stars=wanted.stars,
        comment=wanted.comment,
    )
    return answer({"done": True})


@router.delete(
    "/courses/{int:courseId}/rating",
    response={200: Envelope[Done], **refusals(401, 403, 404)},
    operation_id="deleteCourseRating",
)
def take_back(request: HttpRequest, courseId: int) -> HttpResponse:
    """Take one's rating back."""
    services.remove_rating(principal=principal_of(request), course_id=courseId)
    return answer({"done": True})
