"""Reads of attendance: expected students, the list of a class, a student's own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q

from optilearn.core.access.policies import require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.http.pages import PageQuery
from optilearn.core.sql import compose, row, rows
from optilearn.courses.rules import LIVE as LIVE_COURSES
from optilearn.enrollment.rules import ENROLLMENTS, opening
from optilearn.live import policies
from optilearn.live.models import Attendance
from optilearn.people.rules import PEOPLE, active

_EXPECTED: Final = compose(
    """
    SELECT e.id AS enrollment_id, e.student_id
      FROM <enrollments> <person>
     WHERE e.course_id = %(course)s
       AND (e.student_id = ANY(%(came)s)
            OR <active> AND <opening> AND (e.enrolled_at IS NULL OR e.enrolled_at <= %(at)s))
     ORDER BY e.id
    """,
    enrollments=ENROLLMENTS.aliased("e"),
    person=PEOPLE.joined("p", "e.student_id"),
    active=active("p"),
    opening=opening("e", "%(at)s"),
)
_STUDENT: Final = compose(
    "SELECT e.student_id FROM <enrollments> WHERE e.id = %(enrollment)s"
    " AND e.course_id = %(course)s",
    enrollments=ENROLLMENTS.aliased("e"),
)


@dataclass(frozen=True)
class Expected:
    """A student whose attendance of a class is recorded."""

    enrollment_id: int
    student_id: int


def expected_students(course_id: int, at: datetime, came: Collection[int]) -> list[Expected]:
    """Return the students who could be in a class at ``at``, and those who came. One query.

    For the product itself. Who enrolled later, and who has left the course or the school, isn't
    absent.
    """
    found = rows(_EXPECTED, {"course": course_id, "at": at, "came": list(came)})
    return [Expected(**one) for one in found]


def student_of(enrollment_id: int, course_id: int) -> int | None:
    """Return the student of an enrollment in that course; None if there is none. One query."""
    found = row(_STUDENT, {"enrollment": enrollment_id, "course": course_id})
    return None if found is None else int(found["student_id"])


def attendance_of(
    principal: Principal, class_id: int, query: PageQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of a class's attendance by name, and its number; empty before the end.

    Four queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.hosted(principal, class_id)
    found = Attendance.objects.filter(live_class_id=class_id)
    page = found.order_by("student__name", "id").values(
        "status",
        "measured",
        "reason",
        enrollmentId=F("enrollment_id"),
        studentId=F("student_id"),
        name=F("student__name"),
        presentSeconds=F("present_seconds"),
        classSeconds=F("class_seconds"),
        firstAt=F("first_at"),
        lastAt=F("last_at"),
        correctedBy=F("corrected_by__name"),
        correctedAt=F("corrected_at"),
    )
    return [dict(one) for one in page[query.window]], found.count()


def attendance_counts(student_id: int, since: datetime, until: datetime) -> dict[str, int]:
    """Return a student's classes that began from ``since`` to before ``until``, by attendance.

    For the product itself: no permissions. One query.
    """
    found = Attendance.objects.filter(
        student_id=student_id,
        course__status__in=LIVE_COURSES,
        live_class__starts_at__gte=since,
        live_class__starts_at__lt=until,
    )
    counted = dict(found.order_by().values_list("status").annotate(number=Count("id")))
    return {status: counted.get(status, 0) for status in Attendance.Status.values}


def own_attendance(
    principal: Principal, query: PageQuery, course_id: int | None = None
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of the calling student's attendance, the newest first, and its number.

    Two queries. Raises ``AppError`` FORBIDDEN for others than students.
    """
    require(principal, frozenset({Role.STUDENT}))
    found = Attendance.objects.filter(
        student_id=principal.person_id, course__status__in=LIVE_COURSES
    )
    if course_id is not None:
        found = found.filter(course_id=course_id)
    page = found.order_by("-live_class__starts_at", "-id").values(
        "status",
        liveClassId=F("live_class_id"),
        title=F("live_class__title"),
        courseId=F("course_id"),
        courseTitle=F("course__title"),
        startsAt=F("live_class__starts_at"),
        endsAt=F("live_class__ends_at"),
        presentSeconds=F("present_seconds"),
        classSeconds=F("class_seconds"),
        isCorrected=ExpressionWrapper(Q(corrected_at__isnull=False), BooleanField()),
    )
    return [dict(one) for one in page[query.window]], found.count()
