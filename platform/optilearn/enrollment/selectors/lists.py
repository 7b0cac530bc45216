"""The smaller lists: who waits for a seat, what students think, what is moved for whom."""

from __future__ import annotations

from optilearn.core.access.policies import STAFF, not_found
from optilearn.core.access.principal import Principal
from optilearn.core.http.pages import PageQuery
from optilearn.enrollment import course_facts, policies
from optilearn.enrollment.sql import Row, row, rows


def waiting_list(principal: Principal, course_id: int, query: PageQuery) -> tuple[list[Row], int]:
    """A page of who waits, the next one first. Raises ``AppError`` FORBIDDEN, NOT_FOUND."""
    policies.managed(principal, course_id)
    found = rows(
        "SELECT w.id, w.student_id, p.code, p.name, p.class_name, p.section_name, w.joined_at"
        "  FROM enrollment_waitingentry w JOIN people_person p"
        "    ON p.institution_id = w.institution_id AND p.id = w.student_id"
        " WHERE w.course_id = %s AND w.status = 'WAITING'"
        " ORDER BY w.rank, w.id LIMIT %s OFFSET %s",
        [course_id, query.per_page, query.offset],
    )
    total = rows(
        "SELECT count(*) AS total FROM enrollment_waitingentry"
        " WHERE course_id = %s AND status = 'WAITING'",
        [course_id],
    )[0]["total"]
    page = [
        {
            "id": one["id"],
            "position": query.offset + nth,
            "student": {
                "id": one["student_id"],
                "code": one["code"],
                "name": one["name"],
                "className": one["class_name"],
                "sectionName": one["section_name"],
            },
            "joinedAt": one["joined_at"],
        }
        for nth, one in enumerate(found, start=1)
    ]
    return page, total


def own_waiting(principal: Principal, course_id: int) -> Row:
    """The caller's place in the list, 1 being the next. Raises ``AppError`` NOT_FOUND."""
    policies.as_student(principal)
    found = row(
        "SELECT w.status, w.joined_at, w.settled_at, CASE WHEN w.status = 'WAITING' THEN ("
        "   SELECT count(*) FROM enrollment_waitingentry o"
        "    WHERE o.institution_id = w.institution_id AND o.course_id = w.course_id"
        "      AND o.status = 'WAITING' AND (o.rank, o.id) <= (w.rank, w.id)) END AS position"
        "  FROM enrollment_waitingentry w WHERE w.course_id = %s AND w.student_id = %s",
        [course_id, principal.person_id],
    )
    if found is None:
        raise not_found()
    return {
        "status": found["status"],
        "position": found["position"],
        "joinedAt": found["joined_at"],
        "settledAt": found["settled_at"],
    }


def ratings(principal: Principal, course_id: int, query: PageQuery) -> tuple[list[Row], int]:
    """A page of a course's ratings, the newest first; names are for who manages the course.

    Raises ``AppError`` NOT_FOUND.
    """
    found = course_facts.standing(principal, course_id)
    if found is None:
        raise not_found()
    if principal.role not in STAFF:
        policies.seen_by_student(found)
    page = rows(
        "SELECT r.id, r.student_id, p.name, r.stars, r.comment, r.updated_at"
        "  FROM enrollment_courserating r JOIN people_person p"
        "    ON p.institution_id = r.institution_id AND p.id = r.student_id"
        " WHERE r.course_id = %s ORDER BY r.updated_at DESC, r.id DESC LIMIT %s OFFSET %s",
        [course_id, query.per_page, query.offset],
    )
    total = rows(
        "SELECT count(*) AS total FROM enrollment_courserating WHERE course_id = %s", [course_id]
    )[0]["total"]
    return [
        {
            "id": one["id"],
            "stars": one["stars"],
            "comment": one["comment"],
            "studentName": one["name"] if found.manages else None,
            "isOwn": one["student_id"] == principal.person_id,
            "updatedAt": one["updated_at"],
        }
        for one in page
    ], total


def lesson_overrides(
    principal: Principal, lesson_id: int, query: PageQuery
) -> tuple[list[Row], int]:
    """A page of what is moved in a lesson. Raises ``AppError`` FORBIDDEN, NOT_FOUND."""
    policies.managed_lesson(principal, lesson_id)
    page = rows(
        "SELECT o.id, o.student_id, p.name, o.section_id, o.unlock_at, o.closes_at, o.reason"
        "  FROM courses_lessonoverride o LEFT JOIN people_person p"
        "    ON p.institution_id = o.institution_id AND p.id = o.student_id"
        " WHERE o.lesson_id = %s ORDER BY o.student_id NULLS FIRST, o.section_id, o.id"
        " LIMIT %s OFFSET %s",
        [lesson_id, query.per_page, query.offset],
    )
    total = rows(
        "SELECT count(*) AS total FROM courses_lessonoverride WHERE lesson_id = %s", [lesson_id]
    )[0]["total"]
    return [
        {
            "id": one["id"],
            "studentId": one["student_id"],
            "studentName": one["name"],
            "sectionId": one["section_id"] or None,
            "unlockAt": one["unlock_at"],
            "closesAt": one["closes_at"],
            "reason": one["reason"],
        }
        for one in page
    ], total
