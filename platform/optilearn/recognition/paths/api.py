"""Learning paths over HTTP."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page
from optilearn.recognition.paths import selectors, services
from optilearn.recognition.paths.schemas import (
    LearningPathChange,
    LearningPathIn,
    LearningPathOut,
    LearningPathRow,
    PathMemberOut,
    PathMembersAdded,
    PathMembersIn,
    StartedCourse,
)

router = Router(tags=["Learning paths"], by_alias=True)
READ: Final = refusals(400, 403, 404)
WRITE: Final = refusals(400, 403, 404, 409)


@router.get(
    "/learning-paths",
    response={200: Envelope[list[LearningPathRow]], **refusals(400, 403)},
    operation_id="listLearningPaths",
)
def paths(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    """The paths that the caller takes, and those that are there for them."""
    rows, total = selectors.learning_paths(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/learning-paths",
    response={201: Envelope[LearningPathOut], **WRITE},
    operation_id="addLearningPath",
)
def add(request: HttpRequest, path: LearningPathIn) -> HttpResponse:
    """Add a path. A published one needs courses, all of which are published."""
    principal = principal_of(request)
    created = services.add_path(principal=principal, values=path.model_dump())
    return answer(selectors.learning_path(principal, created), status=201)


@router.get(
    "/learning-paths/{int:pathId}",
    response={200: Envelope[LearningPathOut], **READ},
    operation_id="getLearningPath",
)
def path(request: HttpRequest, pathId: int) -> HttpResponse:
    """A path with its courses, and for students the state of each."""
    return answer(selectors.learning_path(principal_of(request), pathId))


@router.patch(
    "/learning-paths/{int:pathId}",
    response={200: Envelope[LearningPathOut], **WRITE},
    operation_id="updateLearningPath",
)
def update(request: HttpRequest, pathId: int, wanted: LearningPathChange) -> HttpResponse:
    """Change a path. Who has completed it keeps that, whatever courses it has now."""
    principal = principal_of(request)
    values = wanted.model_dump(exclude_unset=True)
    services.update_path(principal=principal, path_id=pathId, values=values)
    return answer(selectors.learning_path(principal, pathId))


@router.get(
    "/learning-paths/{int:pathId}/members",
    response={200: Envelope[list[PathMemberOut]], **READ},
    operation_id="listPathMembers",
)
def members(request: HttpRequest, pathId: int, query: Query[PageQuery]) -> HttpResponse:
    """The students who take a path, by name, for administrators."""
    rows, total = selectors.path_members(principal_of(request), pathId, query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/learning-paths/{int:pathId}/members",
    response={200: Envelope[PathMembersAdded], **WRITE},
    operation_id="addPathMembers",
)
def add_members(request: HttpRequest, pathId: int, wanted: PathMembersIn) -> HttpResponse:
    """Let students take a path, all or none. Who takes it already is left alone."""
    added = services.add_members(
        principal=principal_of(request), path_id=pathId, student_ids=wanted.student_ids
    )
    return answer({"added": added})


@router.delete(
    "/learning-paths/{int:pathId}/members/{int:studentId}",
    response={200: Envelope[Done], **WRITE},
    operation_id="removePathMember",
)
def remove_member(request: HttpRequest, pathId: int, studentId: int) -> HttpResponse:
    """Take a student off a path; their enrollments and work stay."""
    services.remove_member(principal=principal_of(request), path_id=pathId, student_id=studentId)
    return answer({"done": True})


@router.put(
    "/learning-paths/{int:pathId}/membership",
    response={200: Envelope[LearningPathOut], **WRITE},
    operation_id="joinLearningPath",
)
def join(request: HttpRequest, pathId: int) -> HttpResponse:
    """Take an open path, as a student."""
    principal = principal_of(request)
    services.join_path(principal=principal, path_id=pathId)
    return answer(selectors.learning_path(principal, pathId))


@router.delete(
    "/learning-paths/{int:pathId}/membership",
    response={200: Envelope[Done], **WRITE},
    operation_id="leaveLearningPath",
)
def leave(request: HttpRequest, pathId: int) -> HttpResponse:
    """Leave a path that one joined; enrollments and work stay."""
    services.leave_path(principal=principal_of(request), path_id=pathId)
    return answer({"done": True})


@router.post(
    "/learning-paths/{int:pathId}/courses/{int:courseId}/start",
    response={200: Envelope[StartedCourse], **refusals(402, 403, 404, 409)},
    operation_id="startPathCourse",
)
def start(request: HttpRequest, pathId: int, courseId: int) -> HttpResponse:
    """Enroll in a course of one's path that is unlocked. Safe to repeat.

    403 `LESSON_LOCKED` with `details {reason: PATH, next}` for a course whose turn hasn't come,
    402 `FEE_OVERDUE`, 409 `COURSE_FULL` with `details {waitingList: true}`.
    """
    enrollment_id = services.start_course(
        principal=principal_of(request), path_id=pathId, course_id=courseId
    )
    return answer({"enrollmentId": enrollment_id})
