"""Courses over HTTP."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.conditional import answer_cached
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.openapi import conditional
from optilearn.core.http.pages import answer_page
from optilearn.courses import selectors
from optilearn.courses.schemas import (
    CopyIn,
    CourseChange,
    CourseIn,
    CourseOut,
    CourseQuery,
    CourseRow,
    CoursesIn,
    FacetsOut,
    Gone,
    OrderIn,
    OutlineOut,
    PeopleIn,
    StatusIn,
)
from optilearn.courses.services.content import order_content
from optilearn.courses.services.copying import copy_course
from optilearn.courses.services.courses import (
    create_course,
    delete_course,
    move_course,
    set_co_teachers,
    set_prerequisites,
    update_course,
)

router = Router(tags=["Courses"], by_alias=True)
READ = refusals(400, 401, 404)
WRITE = refusals(400, 401, 403, 404, 409)


@router.get(
    "/courses",
    response={200: Envelope[list[CourseRow]], **refusals(400, 401)},
    operation_id="listCourses",
)
def courses(request: HttpRequest, query: Query[CourseQuery]) -> HttpResponse:
    """The courses that the caller may find.

    Staff find all of them, students what is published and meant for their class or section.
    """
    rows, total = selectors.course_list(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.post("/courses", response={201: Envelope[CourseOut], **WRITE}, operation_id="createCourse")
def create(request: HttpRequest, course: CourseIn) -> HttpResponse:
    """Begin a course. It is a DRAFT, which students don't see."""
    principal = principal_of(request)
    key = create_course(principal=principal, values=course.model_dump(exclude_unset=True))
    return answer(selectors.course_detail(principal, key), status=201)


@router.get(
    "/courses/facets",
    response={200: Envelope[FacetsOut], **refusals(401)},
    operation_id="listCourseFacets",
)
def facets(request: HttpRequest) -> HttpResponse:
    """Categories and tags of the courses that the caller may find, with their numbers."""
    return answer(selectors.facets(principal_of(request)))


@router.get(
    "/courses/{int:courseId}",
    response={200: Envelope[CourseOut], **READ},
    openapi_extra=conditional(),
    operation_id="getCourse",
)
def course(request: HttpRequest, courseId: int) -> HttpResponse:
    """One course."""
    return answer_cached(request, selectors.course_detail(principal_of(request), courseId))


@router.patch(
    "/courses/{int:courseId}",
    response={200: Envelope[CourseOut], **WRITE},
    operation_id="updateCourse",
)
def update(request: HttpRequest, courseId: int, change: CourseChange) -> HttpResponse:
    """Change what is sent of a course."""
    principal = principal_of(request)
    values = change.model_dump(exclude_unset=True)
    update_course(principal=principal, course_id=courseId, values=values)
    return answer(selectors.course_detail(principal, courseId))


@router.delete(
    "/courses/{int:courseId}", response={200: Envelope[Gone], **WRITE}, operation_id="deleteCourse"
)
def delete(request: HttpRequest, courseId: int) -> HttpResponse:
    """Delete a course that was never published."""
    delete_course(principal=principal_of(request), course_id=courseId)
    return answer({"deleted": True, "archived": False})


@router.post(
    "/courses/{int:courseId}/status",
    response={200: Envelope[CourseOut], **WRITE},
    operation_id="moveCourse",
)
def move(request: HttpRequest, courseId: int, wanted: StatusIn) -> HttpResponse:
    """Move a course onwards: DRAFT, REVIEW, PUBLISHED, ARCHIVED."""
    principal = principal_of(request)
    move_course(principal=principal, course_id=courseId, status=wanted.status)
    return answer(selectors.course_detail(principal, courseId))


@router.post(
    "/courses/{int:courseId}/copy",
    response={201: Envelope[CourseOut], **WRITE},
    operation_id="copyCourse",
)
def copy(request: HttpRequest, courseId: int, wanted: CopyIn) -> HttpResponse:
    """Copy a course with its content; all dates move with its start."""
    principal = principal_of(request)
    key = copy_course(principal=principal, course_id=courseId, wanted=wanted)
    return answer(selectors.course_detail(principal, key), status=201)


@router.put(
    "/courses/{int:courseId}/co-teachers",
    response={200: Envelope[CourseOut], **WRITE},
    operation_id="setCourseCoTeachers",
)
def co_teachers(request: HttpRequest, courseId: int, people: PeopleIn) -> HttpResponse:
    """Say who teaches the course beside its creator."""
    principal = principal_of(request)
    set_co_teachers(principal=principal, course_id=courseId, person_ids=people.person_ids)
    return answer(selectors.course_detail(principal, courseId))


@router.put(
    "/courses/{int:courseId}/prerequisites",
    response={200: Envelope[CourseOut], **WRITE},
    operation_id="setCoursePrerequisites",
)
def prerequisites(request: HttpRequest, courseId: int, wanted: CoursesIn) -> HttpResponse:
    """Say which courses have to be completed first."""
    principal = principal_of(request)
    set_prerequisites(principal=principal, course_id=courseId, course_ids=wanted.course_ids)
    return answer(selectors.course_detail(principal, courseId))


@router.get(
    "/courses/{int:courseId}/outline",
    response={200: Envelope[OutlineOut], **READ},
    openapi_extra=conditional(),
    operation_id="getCourseOutline",
)
def outline(request: HttpRequest, courseId: int) -> HttpResponse:
    """Modules and lessons of a course, in their order, without their content."""
    return answer_cached(request, selectors.outline(principal_of(request), courseId))


@router.put(
    "/courses/{int:courseId}/order",
    response={200: Envelope[OutlineOut], **WRITE},
    operation_id="setCourseOrder",
)
def order(request: HttpRequest, courseId: int, wanted: OrderIn) -> HttpResponse:
    """Order modules and lessons; lessons may move between modules."""
    principal = principal_of(request)
    order_content(principal=principal, course_id=courseId, order=wanted)
    return answer(selectors.outline(principal, courseId))
