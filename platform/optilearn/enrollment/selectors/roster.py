"""The enrollments of a course with their progress, and one enrollment whole."""

from __future__ import annotations

from typing import Any, Final

from optilearn.core import clock
from optilearn.core.access.policies import STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.sql import Row, any_of, compose, row, rows, total_of
from optilearn.core.text import has_words, words_of
from optilearn.courses.rules import COURSES, LESSONS, counted
from optilearn.enrollment import policies
from optilearn.enrollment.providers import average_score_sql
from optilearn.enrollment.rules import Status, stated, status_at
from optilearn.enrollment.schemas.enrollments import RosterQuery
from optilearn.enrollment.selectors import access
from optilearn.people.rules import PEOPLE

STATUS_NOW: Final = status_at("e")
_PEOPLE: Final = PEOPLE.joined("p", "e.student_id")
_REQUIRED: Final = compose(
    """
    required AS (
        SELECT array_agg(l.id) AS ids FROM <lessons>
         WHERE l.course_id = %(course)s AND <counted>)
    """,
    lessons=LESSONS.aliased("l"),
    counted=counted("l"),
)
_FIGURES: Final = f"""
    e.id, p.id AS student_id, p.code, p.name, p.class_name, p.section_name,
    {STATUS_NOW} AS status, e.outcome, e.source, e.enrolled_at, e.expires_at, e.completed_at,
    e.withdrawn_at, e.last_activity_at, coalesce(e.progress_pct, 0) AS progress_pct
"""
_DONE: Final = stated(
    """
    (SELECT count(*) FROM enrollment_lessonprogress g
      WHERE g.institution_id = e.institution_id AND g.enrollment_id = e.id
        AND g.status = <completed> AND g.lesson_id = ANY (r.ids)) AS done,
    coalesce(cardinality(r.ids), 0) AS required
    """
)
_ORDERS: Final = {
    "name": "lower(p.name), e.id",
    "-name": "lower(p.name) DESC, e.id DESC",
    "progress": "e.progress_pct NULLS FIRST, e.id",
    "-progress": "e.progress_pct DESC NULLS LAST, e.id DESC",
    "lastActivity": "e.last_activity_at NULLS FIRST, e.id",
    "-lastActivity": "e.last_activity_at DESC NULLS LAST, e.id DESC",
    "enrolledAt": "e.enrolled_at NULLS FIRST, e.id",
    "-enrolledAt": "e.enrolled_at DESC NULLS LAST, e.id DESC",
}
_BY_NAME: Final = frozenset({"name", "-name"})
_PAGE: Final = compose(
    """
    WITH <required>, page AS MATERIALIZED (
        SELECT e.institution_id, e.id, row_number() OVER (ORDER BY <order>) AS nth
          FROM enrollment_enrollment e <join> WHERE e.course_id = %(course)s <where>
         ORDER BY nth LIMIT %(limit)s OFFSET %(offset)s)
    SELECT (<total>) AS total, <figures>, <done>, <average> AS average_score
      FROM page JOIN enrollment_enrollment e
        ON e.institution_id = page.institution_id AND e.id = page.id
      <people> CROSS JOIN required r
     ORDER BY page.nth
    """,
    required=_REQUIRED,
    figures=_FIGURES,
    done=_DONE,
    people=_PEOPLE,
)
"""The page is cut before anything is looked up for it, however large the course is."""
_TOTAL: Final = (
    "SELECT count(*) AS total FROM enrollment_enrollment e <join>"
    " WHERE e.course_id = %(course)s <where>"
)
_DETAIL: Final = compose(
    """
    WITH own AS (SELECT * FROM enrollment_enrollment WHERE id = %(id)s), required AS (
        SELECT array_agg(l.id) AS ids FROM <lessons> JOIN own
            ON l.institution_id = own.institution_id AND l.course_id = own.course_id
         WHERE <counted>)
    SELECT <figures>, <done>, <average> AS average_score, e.course_id, c.title AS course_title,
           e.withdrawal_reason, e.attributes FROM own e
      <people> <course>
     CROSS JOIN required r
    """,
    figures=_FIGURES,
    done=_DONE,
    people=_PEOPLE,
    lessons=LESSONS.aliased("l"),
    counted=counted("l"),
    course=COURSES.joined("c", "e.course_id"),
)


def roster(principal: Principal, course_id: int, query: RosterQuery) -> tuple[list[Row], int]:
    """Return a page of a course's enrollments, and how many there are. One query beside the gate.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.manager(principal, course_id)
    where, params = _where(course_id, query)
    by_person = _PEOPLE if "p." in where else ""
    join = _PEOPLE if by_person or query.order in _BY_NAME else ""
    total = compose(_TOTAL, join=by_person, where=where)
    page = rows(
        compose(
            _PAGE,
            total=total,
            order=_ORDERS[query.order],
            join=join,
            where=where,
            average=average_score_sql("e"),
        ),
        params | {"limit": query.per_page, "offset": query.offset},
    )
    return [_wire(one) for one in page], total_of(page, total, params, query)


def _where(course_id: int, query: RosterQuery) -> tuple[str, dict[str, Any]]:
    params: dict[str, Any] = {"course": course_id, "now": clock.now()}
    where = ""
    if query.status in {Status.ACTIVE, Status.EXPIRED}:
        lapsing = any_of(Status.ACTIVE, Status.EXPIRED)
        where += f" AND e.status IN {lapsing} AND {STATUS_NOW} = %(status)s"
    elif query.status:
        where += " AND e.status = %(status)s"
    if query.class_id:
        where += " AND p.class_id = %(class)s"
    if query.section_id:
        where += " AND p.section_id = %(section)s"
    if words := words_of(query.q):
        where += " AND " + has_words("concat_ws(' ', p.name, p.code, p.email)", "%(q)s")
        params["q"] = words
    return where, params | {
        "status": query.status,
        "class": query.class_id,
        "section": query.section_id,
    }


def enrollment_detail(principal: Principal, enrollment_id: int) -> Row:
    """Return one enrollment whole, for its student and managers of the course. Two queries.

    Raises ``AppError``: NOT_FOUND, also for other contacts; FORBIDDEN for other staff.
    """
    statement = compose(_DETAIL, average=average_score_sql("e"))
    found = row(statement, {"id": enrollment_id, "now": clock.now()})
    course = access.course_access(principal, found["course_id"]) if found else None
    if found is None or course is None:
        raise not_found()
    is_own = found["student_id"] == principal.person_id
    if not course.manages and not is_own:
        refuse_unless(principal.role not in STAFF)
        raise not_found()
    return _wire(found) | {
        "course": {"id": found["course_id"], "title": found["course_title"]},
        "withdrawalReason": found["withdrawal_reason"],
        "attributes": found["attributes"],
    }


def _wire(found: Row) -> Row:
    return {
        "id": found["id"],
        "student": {
            "id": found["student_id"],
            "code": found["code"],
            "name": found["name"],
            "className": found["class_name"],
            "sectionName": found["section_name"],
        },
        "status": found["status"],
        "outcome": found["outcome"],
        "source": found["source"],
        "progressPct": found["progress_pct"],
        "completedLessons": found["done"],
        "requiredLessons": found["required"],
        "averageScorePct": found["average_score"],
        "enrolledAt": found["enrolled_at"],
        "expiresAt": found["expires_at"],
        "completedAt": found["completed_at"],
        "withdrawnAt": found["withdrawn_at"],
        "lastActivityAt": found["last_activity_at"],
    }
