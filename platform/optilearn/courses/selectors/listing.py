"""The list of courses: one statement for a page and its total.

In SQL rather than through the ORM, which takes longer to write the statement than PostgreSQL
to answer it (docs/benchmarks.md).
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from optilearn.core.access.principal import Principal
from optilearn.courses.rules import taught_by
from optilearn.courses.schemas import CourseQuery
from optilearn.courses.selectors.search import relevance, words_condition
from optilearn.courses.selectors.visibility import Condition, visible
from optilearn.institutions.rules import TERMS
from optilearn.people.rules import PEOPLE

Row = dict[str, Any]

COLUMNS: Final = (
    "c.id, c.code, c.title, c.category, c.tags, c.status, c.starts_on, c.ends_on, t.code,"
    " c.creator_id, p.name, c.cover_id, c.list_price, c.currency, c.self_enrollment,"
    " c.max_enrollments, c.enrolled_count, c.rating_count, c.rating_total, c.published_at,"
    " c.updated_at"
)
"""The columns of ``course_row``, in its order."""

TABLES: Final = (
    f"courses_course c LEFT {TERMS.joined('t', 'c.term_id')}"
    f" LEFT {PEOPLE.joined('p', 'c.creator_id')}"
)
_ORDERS: Final = {
    "title": "lower(c.title), c.title, c.id",
    "-title": "lower(c.title) DESC, c.title DESC, c.id DESC",
    "newest": "c.published_at DESC NULLS LAST, c.id DESC",
    "startsOn": "c.starts_on NULLS LAST, c.id",
    "-startsOn": "c.starts_on DESC NULLS LAST, c.id",
    "rating": "c.rating_total::float / greatest(c.rating_count, 1) DESC, c.rating_count DESC, c.id",
}
_TAUGHT: Final = taught_by("%s")


def course_list(principal: Principal, query: CourseQuery) -> tuple[list[Row], int]:
    """Return a page of the courses that the principal may find, and how many there are.

    One statement; a second one for the placement of a student, and to count where the page
    lies beyond the end.
    """
    where, parameters = _condition(principal, query)
    order, ordered = _ORDERS.get(query.order, _ORDERS["title"]), list[Any]()
    fits = relevance(query.q) if query.order == "relevance" else None
    if fits is not None:
        order, ordered = f"{fits[0]} DESC, c.id", fits[1]
    count = f"SELECT count(*) FROM courses_course c WHERE {where}"  # noqa: S608 - all ours
    page = (
        f"SELECT ({count}), {COLUMNS} FROM {TABLES} WHERE {where}"  # noqa: S608 - all ours
        f" ORDER BY {order} LIMIT {query.per_page:d} OFFSET {query.offset:d}"
    )
    with connection.cursor() as cursor:
        cursor.execute(page, [*parameters, *parameters, *ordered])
        rows = cursor.fetchall()
        if not rows and query.offset:
            cursor.execute(count, parameters)
            return [], int(cursor.fetchone()[0])
    return [course_row(row[1:]) for row in rows], rows[0][0] if rows else 0


def _condition(principal: Principal, query: CourseQuery) -> Condition:
    where, parameters = visible(principal)
    parts = [(where, parameters)]
    for sql, value in (
        ("c.status = %s", query.status),
        ("c.category = %s", query.category),
        ("c.tags @> ARRAY[%s]", query.tag),
        ("c.term_id = %s", query.term_id),
    ):
        if value is not None:
            parts.append((sql, [value]))
    teachers = (query.teacher_id, principal.person_id if query.mine else None)
    parts += [(_TAUGHT, [person, person]) for person in teachers if person is not None]
    if (asked := words_condition(query.q)) is not None:
        parts.append(asked)
    return " AND ".join(sql for sql, _ in parts), [v for _, values in parts for v in values]


def course_row(row: tuple[Any, ...]) -> Row:
    """Return a course of a list on the wire, from ``COLUMNS``."""
    (key, code, title, category, tags, status, starts_on, ends_on, term, teacher_id, teacher,
     cover_id, price, currency, self_enrollment, seats, enrolled, rated, stars, published_at,
     updated_at) = row  # fmt: skip
    return {
        "id": key,
        "code": code,
        "title": title,
        "category": category,
        "tags": tags,
        "status": status,
        "startsOn": starts_on,
        "endsOn": ends_on,
        "term": term,
        "teacher": {"id": teacher_id, "name": teacher} if teacher_id else None,
        "coverFileId": cover_id,
        "listPrice": price,
        "currency": currency,
        "selfEnrollment": self_enrollment,
        "maxEnrollments": seats,
        "enrolledCount": enrolled,
        "rating": round(stars / rated, 2) if rated else None,
        "ratingCount": rated,
        "publishedAt": published_at,
        "updatedAt": updated_at,
    }
