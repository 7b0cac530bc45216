"""The members of a learning path, for administrators."""

from __future__ import annotations

from typing import Final

from optilearn.core.access.principal import Principal
from optilearn.core.http.pages import PageQuery
from optilearn.core.sql import Row, compose, rows, total_of
from optilearn.enrollment.rules import ENROLLMENTS, completed_once
from optilearn.people.rules import PEOPLE, erased
from optilearn.recognition.paths import policies
from optilearn.recognition.paths.rules import percent

_MEMBERS: Final = compose(
    "FROM recognition_pathmember m <person>"
    " WHERE m.path_id = %(path)s AND m.left_at IS NULL AND NOT <erased>",
    person=PEOPLE.joined("p", "m.student_id"),
    erased=erased("p"),
)
_PAGE: Final = compose(
    """
    SELECT w.*, n.courses, n.done FROM (
        SELECT m.institution_id, m.id, m.path_id, m.student_id, m.joined_at, m.completed_at,
               p.code, p.name, count(*) OVER () AS total
          <members>
         ORDER BY lower(p.name), m.id LIMIT %(limit)s OFFSET %(offset)s) w
     CROSS JOIN LATERAL (
        SELECT count(*) AS courses, count(*) FILTER (WHERE <completed>) AS done
          FROM recognition_pathcourse s
          LEFT JOIN <enrollments> ON e.institution_id = s.institution_id
           AND e.course_id = s.course_id AND e.student_id = w.student_id
         WHERE s.institution_id = w.institution_id AND s.path_id = w.path_id) n
     ORDER BY lower(w.name), w.id
    """,
    members=_MEMBERS,
    completed=completed_once("e"),
    enrollments=ENROLLMENTS.aliased("e"),
)
_COUNT: Final = f"SELECT count(*) AS total {_MEMBERS}"


def path_members(principal: Principal, path_id: int, query: PageQuery) -> tuple[list[Row], int]:
    """Return a page of a path's members by name, each with their progress, and their number.

    Two queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.managed(principal, path_id)
    given = {"path": path_id, "limit": query.per_page, "offset": query.offset}
    page = rows(_PAGE, given)
    members = [
        {
            "student": {"id": one["student_id"], "code": one["code"], "name": one["name"]},
            "joinedAt": one["joined_at"],
            "completedAt": one["completed_at"],
            "completedCount": one["done"],
            "progressPct": percent(one["done"], one["courses"]),
        }
        for one in page
    ]
    return members, total_of(page, _COUNT, given, query)
