"""Enrolling, the roster, and what becomes of enrollments."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.pages import answer_page
from optilearn.enrollment import services
from optilearn.enrollment.schemas.enrollments import (
    BulkIn,
    BulkOut,
    EnrollIn,
    EnrollmentChange,
    EnrollmentOut,
    EnrollmentRow,
    Placed,
    RosterQuery,
    WithdrawIn,
)
from optilearn.enrollment.selectors.roster import enrollment_detail, roster

router = Router(tags=["Enrollments"], by_alias=True)
READ = refusals(400, 401, 403, 404)
WRITE = refusals(400, 401, 403, 404, 409)


@router.post(
    "/courses/{int:courseId}/enroll",
    response={201: Envelope[EnrollmentOut], **refusals(401, 402, 403, 404, 409)},
    operation_id="enrollInCourse",
)
def enroll(request: HttpRequest, courseId: int) -> HttpResponse:
    """Take a seat in a course.

    409 `ALREADY_ENROLLED` for a second time, also if both were sent at once; 409 `COURSE_FULL`
    with `details {waitingList: true}`; 402 `FEE_OVERDUE`; 403 with `details {reason:
    "PREREQUISITE", courses}` if others have to be completed first.
    """
    principal = principal_of(request)
    key = services.enroll_self(principal=principal, course_id=courseId)
    return answer(enrollment_detail(principal, key), status=201)


@router.get(
    "/courses/{int:courseId}/enrollments",
    response={200: Envelope[list[EnrollmentRow]], **READ},
    operation_id="listCourseEnrollments",
)
def course_roster(request: HttpRequest, courseId: int, query: Query[RosterQuery]) -> HttpResponse:
    """The enrollments of a course, with their progress."""
    rows, total = roster(principal_of(request), courseId, query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/courses/{int:courseId}/enrollments",
    response={201: Envelope[list[Placed]], **WRITE},
    operation_id="enrollStudents",
)
def enroll_students(request: HttpRequest, courseId: int, wanted: EnrollIn) -> HttpResponse:
    """Enroll students, all of them or none."""
    given = services.enroll_students(
        principal=principal_of(request),
        course_id=courseId,
        student_ids=wanted.student_ids,
        expires_at=wanted.expires_at,
    )
    return answer([{"id": one["id"], "studentId": one["student_id"]} for one in given], status=201)


@router.post(
    "/courses/{int:courseId}/enrollments/bulk",
    response={200: Envelope[BulkOut], **WRITE},
    operation_id="enrollList",
)
def enroll_list(request: HttpRequest, courseId: int, wanted: BulkIn) -> HttpResponse:
    """Enroll a pasted list or a CSV file; a preview of what would happen unless `apply`.

    Who withdrew or whose time ran out comes back with all work; who is enrolled gets the end and
    outcome that the list has, and is skipped if it has none. What is rejected comes back as a
    file with reasons.
    """
    return answer(
        services.enroll_list(
            principal=principal_of(request),
            course_id=courseId,
            text=wanted.text,
            file=wanted.csv,
            apply=wanted.apply,
        )
    )


@router.get(
    "/enrollments/{int:enrollmentId}",
    response={200: Envelope[EnrollmentOut], **READ},
    operation_id="getEnrollment",
)
def enrollment(request: HttpRequest, enrollmentId: int) -> HttpResponse:
    """One enrollment: for its student, and for who manages the course."""
    return answer(enrollment_detail(principal_of(request), enrollmentId))


@router.patch(
    "/enrollments/{int:enrollmentId}",
    response={200: Envelope[EnrollmentOut], **WRITE},
    operation_id="updateEnrollment",
)
def change(request: HttpRequest, enrollmentId: int, wanted: EnrollmentChange) -> HttpResponse:
    """Set end, outcome or status of an enrollment by hand; only what is sent is changed."""
    principal = principal_of(request)
    services.change_enrollment(
        principal=principal,
        enrollment_id=enrollmentId,
        changes=wanted.model_dump(exclude_unset=True),
    )
    return answer(enrollment_detail(principal, enrollmentId))


@router.post(
    "/enrollments/{int:enrollmentId}/withdraw",
    response={200: Envelope[EnrollmentOut], **WRITE},
    operation_id="withdrawFromCourse",
)
def withdraw(
    request: HttpRequest, enrollmentId: int, wanted: WithdrawIn | None = None
) -> HttpResponse:
    """Leave a course, or take a student out of it; all work is kept."""
    principal = principal_of(request)
    reason = wanted.reason if wanted else ""
    services.withdraw(principal=principal, enrollment_id=enrollmentId, reason=reason)
    return answer(enrollment_detail(principal, enrollmentId))


@router.post(
    "/enrollments/{int:enrollmentId}/return",
    response={200: Envelope[EnrollmentOut], **WRITE, **refusals(402)},
    operation_id="returnToCourse",
)
def come_back(request: HttpRequest, enrollmentId: int) -> HttpResponse:
    """Come back to a course with all work as it was; it needs a free seat, and students paid fees.

    Students come back from their own withdrawal, staff bring back anybody.
    """
    principal = principal_of(request)
    services.return_to_course(principal=principal, enrollment_id=enrollmentId)
    return answer(enrollment_detail(principal, enrollmentId))
