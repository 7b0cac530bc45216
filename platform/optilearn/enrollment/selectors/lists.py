"""The smaller lists: the waiting list, ratings, date overrides."""

from __future__ import annotations

from typing import Final

from optilearn.core.access.policies import STAFF, not_found
from optilearn.core.access.principal import Principal
from optilearn.core.http.pages import PageQuery
from optilearn.core.sql import Row, row
from optilearn.courses.selectors.overrides import overrides_of
from optilearn.enrollment import policies
from optilearn.enrollment.models import CourseRating, WaitingEntry
from optilearn.enrollment.rules import stated
from optilearn.enrollment.selectors import access
from optilearn.enrollment.selectors.entering import managed_course

_STUDENT: Final = (
    "student_id", "student__code", "student__name", "student__class_name",
    "student__section_name",
)  # fmt: skip
_OWN_PLACE: Final = stated(
    """
    SELECT w.status, w.joined_at, w.settled_at, CASE WHEN w.status = <waiting> THEN (
           SELECT count(*) FROM enrollment_waitingentry o
            WHERE o.institution_id = w.institution_id AND o.course_id = w.course_id
              AND o.status = <waiting> AND (o.rank, o.id) <= (w.rank, w.id)) END AS position
      FROM enrollment_waitingentry w WHERE w.course_id = %s AND w.student_id = %s
    """
)


def waiting_list(principal: Principal, course_id: int, query: PageQuery) -> tuple[list[Row], int]:
    """Return a page of the waiting list, the next one first.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    managed_course(principal, course_id)
    waiting = WaitingEntry.objects.filter(course_id=course_id, status=WaitingEntry.Status.WAITING)
    found = waiting.order_by("rank", "id").values("id", "joined_at", *_STUDENT)[query.window]
    total = waiting.count()
    page = [
        {
            "id": one["id"],
            "position": query.offset + nth,
            "student": {
                "id": one["student_id"],
                "code": one["student__code"],
                "name": one["student__name"],
                "className": one["student__class_name"],
                "sectionName": one["student__section_name"],
            },
            "joinedAt": one["joined_at"],
        }
        for nth, one in enumerate(found, start=1)
    ]
    return page, total


def own_waiting(principal: Principal, course_id: int) -> Row:
    """Return the caller's place in the list, 1 being the next. Raises ``AppError`` NOT_FOUND."""
    policies.as_student(principal)
    found = row(_OWN_PLACE, [course_id, principal.person_id])
    if found is None:
        raise not_found()
    return {
        "status": found["status"],
        "position": found["position"],
        "joinedAt": found["joined_at"],
        "settledAt": found["settled_at"],
    }


def ratings(principal: Principal, course_id: int, query: PageQuery) -> tuple[list[Row], int]:
    """Return a page of a course's ratings, the newest first; names are for managers of the course.

    Raises ``AppError`` NOT_FOUND.
    """
    found = access.course_access(principal, course_id)
    if found is None:
        raise not_found()
    if principal.role not in STAFF:
        policies.seen_by_student(found)
    given = CourseRating.objects.filter(course_id=course_id)
    page = given.order_by("-updated_at", "-id").values(
        "id", "student_id", "student__name", "stars", "comment", "updated_at"
    )[query.window]
    return [
        {
            "id": one["id"],
            "stars": one["stars"],
            "comment": one["comment"],
            "studentName": one["student__name"] if found.manages else None,
            "isOwn": one["student_id"] == principal.person_id,
            "updatedAt": one["updated_at"],
        }
        for one in page
    ], given.count()


def lesson_overrides(
    principal: Principal, lesson_id: int, query: PageQuery
) -> tuple[list[Row], int]:
    """Return a page of what is moved in a lesson. Raises ``AppError`` FORBIDDEN, NOT_FOUND."""
    policies.managed_lesson(principal, lesson_id)
    page, total = overrides_of(lesson_id, query)
    return [
        {
            "id": one["id"],
            "studentId": one["student_id"],
            "studentName": one["student__name"],
            "sectionId": one["section_id"] or None,
            "unlockAt": one["unlock_at"],
            "closesAt": one["closes_at"],
            "reason": one["reason"],
        }
        for one in page
    ], total
