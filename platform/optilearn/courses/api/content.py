"""Modules and lessons over HTTP."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.courses import selectors
from optilearn.courses.schemas import (
    Gone,
    LessonChange,
    LessonIn,
    LessonOut,
    ModuleChange,
    ModuleIn,
    OutlineOut,
)
from optilearn.courses.services import content

router = Router(tags=["Courses"], by_alias=True)
WRITE = refusals(400, 401, 403, 404, 409)


@router.post(
    "/courses/{int:courseId}/modules",
    response={201: Envelope[OutlineOut], **WRITE},
    operation_id="createModule",
)
def add_module(request: HttpRequest, courseId: int, module: ModuleIn) -> HttpResponse:
    """Add a module at the end; the answer is the outline."""
    principal = principal_of(request)
    values = module.model_dump(exclude_unset=True)
    content.add_module(principal=principal, course_id=courseId, values=values)
    return answer(selectors.outline(principal, courseId), status=201)


@router.patch(
    "/modules/{int:moduleId}",
    response={200: Envelope[OutlineOut], **WRITE},
    operation_id="updateModule",
)
def update_module(request: HttpRequest, moduleId: int, change: ModuleChange) -> HttpResponse:
    """Change what is sent of a module."""
    principal = principal_of(request)
    values = change.model_dump(exclude_unset=True)
    course_id = content.update_module(principal=principal, module_id=moduleId, values=values)
    return answer(selectors.outline(principal, course_id))


@router.delete(
    "/modules/{int:moduleId}", response={200: Envelope[Gone], **WRITE}, operation_id="deleteModule"
)
def delete_module(request: HttpRequest, moduleId: int) -> HttpResponse:
    """Delete an empty module."""
    content.delete_module(principal=principal_of(request), module_id=moduleId)
    return answer({"deleted": True, "archived": False})


@router.post(
    "/modules/{int:moduleId}/lessons",
    response={201: Envelope[LessonOut], **WRITE},
    operation_id="createLesson",
)
def add_lesson(request: HttpRequest, moduleId: int, lesson: LessonIn) -> HttpResponse:
    """Add a lesson at the end of a module."""
    principal = principal_of(request)
    values = lesson.model_dump(exclude_unset=True)
    key = content.add_lesson(principal=principal, module_id=moduleId, values=values)
    return answer(selectors.lesson_for_staff(principal, key), status=201)


@router.get(
    "/lessons/{int:lessonId}",
    response={200: Envelope[LessonOut], **refusals(401, 403, 404)},
    operation_id="getLesson",
)
def lesson(request: HttpRequest, lessonId: int) -> HttpResponse:
    """A lesson as its makers see it. Students open it under `/learning`."""
    return answer(selectors.lesson_for_staff(principal_of(request), lessonId))


@router.patch(
    "/lessons/{int:lessonId}",
    response={200: Envelope[LessonOut], **WRITE},
    operation_id="updateLesson",
)
def update_lesson(request: HttpRequest, lessonId: int, change: LessonChange) -> HttpResponse:
    """Change what is sent of a lesson."""
    principal = principal_of(request)
    values = change.model_dump(exclude_unset=True)
    content.update_lesson(principal=principal, lesson_id=lessonId, values=values)
    return answer(selectors.lesson_for_staff(principal, lessonId))


@router.delete(
    "/lessons/{int:lessonId}", response={200: Envelope[Gone], **WRITE}, operation_id="deleteLesson"
)
def delete_lesson(request: HttpRequest, lessonId: int) -> HttpResponse:
    """Delete a lesson; one that students used is archived, and their work stays."""
    gone = content.delete_lesson(principal=principal_of(request), lesson_id=lessonId)
    return answer({"deleted": gone, "archived": not gone})
