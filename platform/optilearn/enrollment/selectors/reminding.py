"""Whom messages about courses are for. For the product itself: nobody is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from optilearn.core import clock
from optilearn.enrollment.sql import rows

_IN_FORCE: Final = "e.status = 'ACTIVE' AND (e.expires_at IS NULL OR e.expires_at > %(now)s)"

_STUDENTS: Final = f"""
SELECT e.student_id AS id
  FROM enrollment_enrollment e
  JOIN courses_course c ON c.institution_id = e.institution_id AND c.id = e.course_id
  JOIN people_person p ON p.institution_id = e.institution_id AND p.id = e.student_id
 WHERE e.course_id = %(course)s AND {_IN_FORCE} AND p.status = 'ACTIVE'
   AND c.status IN ('PUBLISHED', 'ARCHIVED')
 ORDER BY e.student_id
"""  # noqa: S608 - ours

_CANDIDATES: Final = """
SELECT p.id
  FROM courses_course c
  JOIN people_person p ON p.institution_id = c.institution_id AND p.kind = 'STUDENT'
   AND p.status = 'ACTIVE'
 WHERE c.id = %(course)s AND c.status = 'PUBLISHED' AND c.self_enrollment
   AND (cardinality(c.target_class_ids) + cardinality(c.target_section_ids) = 0
        OR p.class_id <> '' AND c.target_class_ids @> ARRAY[p.class_id]
        OR p.section_id <> '' AND c.target_section_ids @> ARRAY[p.section_id])
   AND NOT EXISTS (SELECT FROM enrollment_enrollment e
                    WHERE e.institution_id = c.institution_id AND e.course_id = c.id
                      AND e.student_id = p.id)
 ORDER BY p.id
"""

_EXPIRING: Final = f"""
SELECT e.id, e.student_id, e.expires_at, c.id AS course_id, c.title AS course_title
  FROM enrollment_enrollment e
  JOIN courses_course c ON c.institution_id = e.institution_id AND c.id = e.course_id
   AND c.status IN ('PUBLISHED', 'ARCHIVED')
  JOIN people_person p ON p.institution_id = e.institution_id AND p.id = e.student_id
   AND p.status = 'ACTIVE'
 WHERE {_IN_FORCE} AND e.expires_at <= %(until)s AND e.id > %(after)s
 ORDER BY e.id LIMIT %(most)s
"""  # noqa: S608 - ours

_SIGN: Final = "greatest(e.last_activity_at, e.enrolled_at)"
_OPEN: Final = f"{_IN_FORCE} AND c.status IN ('PUBLISHED', 'ARCHIVED')"

_AWAY: Final = f"""
WITH page AS (
    SELECT e.institution_id, e.student_id, max({_SIGN}) AS seen_at
      FROM enrollment_enrollment e
      JOIN courses_course c ON c.institution_id = e.institution_id AND c.id = e.course_id
      JOIN people_person p ON p.institution_id = e.institution_id AND p.id = e.student_id
       AND p.status = 'ACTIVE'
     WHERE e.student_id > %(after)s
     GROUP BY e.institution_id, e.student_id
    HAVING max({_SIGN}) BETWEEN %(since)s AND %(until)s AND bool_or({_OPEN})
     ORDER BY e.student_id LIMIT %(most)s
)
SELECT page.student_id, page.seen_at, l.course_id, l.course_title, l.progress_pct
  FROM page CROSS JOIN LATERAL (
       SELECT c.id AS course_id, c.title AS course_title,
              floor(coalesce(e.progress_pct, 0))::int AS progress_pct
         FROM enrollment_enrollment e
         JOIN courses_course c ON c.institution_id = e.institution_id AND c.id = e.course_id
        WHERE e.institution_id = page.institution_id AND e.student_id = page.student_id
          AND {_OPEN}
        ORDER BY {_SIGN} DESC NULLS LAST, c.id LIMIT 1) l
 ORDER BY page.student_id
"""  # noqa: S608 - ours


_ENDS: Final = f"""
SELECT e.student_id, e.course_id, e.expires_at
  FROM unnest(%(students)s::bigint[], %(courses)s::bigint[]) AS v(student_id, course_id)
  JOIN enrollment_enrollment e ON e.student_id = v.student_id AND e.course_id = v.course_id
 WHERE {_IN_FORCE} AND e.expires_at IS NOT NULL
"""  # noqa: S608 - ours

_SEEN: Final = f"""
SELECT DISTINCT e.student_id AS id
  FROM unnest(%(students)s::bigint[], %(sinces)s::timestamptz[]) AS v(student_id, since)
  JOIN enrollment_enrollment e ON e.student_id = v.student_id AND {_SIGN} > v.since
"""  # noqa: S608 - ours


@dataclass(frozen=True)
class Expiring:
    """An enrollment whose end is near."""

    id: int
    student_id: int
    expires_at: datetime
    course_id: int
    course_title: str


@dataclass(frozen=True)
class Away:
    """A student who was in none of their courses for a while, and where they were last."""

    student_id: int
    seen_at: datetime
    course_id: int
    course_title: str
    progress_pct: int


def students_of(course_id: int) -> list[int]:
    """Who is enrolled and has access now, ascending; nobody while the course is being made."""
    found = rows(_STUDENTS, {"course": course_id, "now": clock.now()})
    return [one["id"] for one in found]


def candidates_for(course_id: int) -> list[int]:
    """The students whom a PUBLISHED course is aimed at and who may enrol in it, ascending.

    Who was in it is left out whatever became of it: who left doesn't want to hear of it again.
    """
    return [one["id"] for one in rows(_CANDIDATES, {"course": course_id})]


def expiring(until: datetime, *, after: int, most: int) -> list[Expiring]:
    """Enrollments that end between now and ``until``, in the order of their ids."""
    given = {"now": clock.now(), "until": until, "after": after, "most": most}
    return [Expiring(**one) for one in rows(_EXPIRING, given)]


def ends_of(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], datetime]:
    """Of these (student, course), when the access of today ends, where it does. One query."""
    given = {
        "students": [pair[0] for pair in pairs],
        "courses": [pair[1] for pair in pairs],
        "now": clock.now(),
    }
    found = rows(_ENDS, given)
    return {(one["student_id"], one["course_id"]): one["expires_at"] for one in found}


def seen_since(moments: Mapping[int, datetime]) -> set[int]:
    """Those of the students who were in a course after their moment. One query."""
    given = {"students": list(moments), "sinces": list(moments.values())}
    return {one["id"] for one in rows(_SEEN, given)}


def away(since: datetime, until: datetime, *, after: int, most: int) -> list[Away]:
    """Students whose last sign of life in all their courses lies in this span, by their ids.

    Enrolling is one too. They have access to a course; of several it is the one they were last
    in.
    """
    given = {"now": clock.now(), "since": since, "until": until, "after": after, "most": most}
    return [Away(**one) for one in rows(_AWAY, given)]
