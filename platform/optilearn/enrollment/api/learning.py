"""Learning: a student's courses, a course's lessons, a lesson, and progress in it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.access.principal import Principal
from optilearn.core.http.auth import principal_of
from optilearn.core.http.conditional import answer_cached
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.openapi import conditional
from optilearn.core.http.pages import answer_page
from optilearn.enrollment import services
from optilearn.enrollment.schemas.learning import (
    LearningCourse,
    LearningQuery,
    LearningRow,
    OpenLesson,
    ProgressAnswer,
    ProgressIn,
)
from optilearn.enrollment.selectors import learning

router = Router(tags=["Learning"], by_alias=True)


@router.get(
    "/learning/courses",
    response={200: Envelope[list[LearningRow]], **refusals(400, 401, 403)},
    operation_id="listOwnCourses",
)
def courses(request: HttpRequest, query: Query[LearningQuery]) -> HttpResponse:
    """The courses that the calling student takes or took."""
    rows, total = learning.my_courses(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/learning/courses/{int:courseId}",
    response={200: Envelope[LearningCourse], **refusals(401, 403, 404)},
    openapi_extra=conditional(),
    operation_id="getOwnCourse",
)
def course(request: HttpRequest, courseId: int) -> HttpResponse:
    """A course with its modules and lessons: progress, locks with reasons, where to go on.

    Who manages the course gets a preview.
    """
    return answer_cached(request, learning.learning_course(principal_of(request), courseId))


@router.get(
    "/learning/lessons/{int:lessonId}",
    response={200: Envelope[OpenLesson], **refusals(401, 402, 403, 404)},
    operation_id="openLesson",
)
def open_lesson(request: HttpRequest, lessonId: int) -> HttpResponse:
    """Open a lesson; this begins it, and completes it if its rule is OPENED.

    403 `LESSON_LOCKED` with `details {reason, unlocksAt}`, 403 `ENROLLMENT_REQUIRED`, 402
    `FEE_OVERDUE`. A preview for who manages the course.
    """
    lesson, progress = services.open_lesson(principal=principal_of(request), lesson_id=lessonId)
    return answer(learning.open_lesson(lesson, progress))


@router.put(
    "/learning/lessons/{int:lessonId}/progress",
    response={200: Envelope[ProgressAnswer], **refusals(400, 401, 403, 404)},
    operation_id="reportProgress",
)
def report(request: HttpRequest, lessonId: int, wanted: ProgressIn) -> HttpResponse:
    """Report what was played since the last report; the server decides what it is worth.

    Safe to repeat, in any order. What is more than could be played since the last report (at
    double speed) is left out; the beginning counts. For 7 days after a lesson has closed, what can
    have been played before then is taken from who had opened it.
    """
    principal = principal_of(request)
    stretches = tuple((round(start), round(end)) for start, end in wanted.watched)
    progress, accepted = services.report_progress(
        principal=principal,
        lesson_id=lessonId,
        report=services.Report(wanted.seconds, stretches, wanted.resume_seconds),
    )
    return answer(_progress(principal, lessonId, progress, accepted))


@router.post(
    "/learning/lessons/{int:lessonId}/complete",
    response={200: Envelope[ProgressAnswer], **refusals(401, 403, 404, 409)},
    operation_id="completeLesson",
)
def complete(request: HttpRequest, lessonId: int) -> HttpResponse:
    """Mark a lesson complete whose rule is MARKED; 409 for others."""
    principal = principal_of(request)
    progress = services.complete_by_hand(principal=principal, lesson_id=lessonId)
    return answer(_progress(principal, lessonId, progress, 0))


def _progress(
    principal: Principal, lesson_id: int, progress: dict[str, Any], accepted: int
) -> dict[str, Any]:
    return {
        "lesson": learning.progress_row(progress),
        "course": learning.course_progress(principal, lesson_id),
        "acceptedSeconds": accepted,
    }
