"""Recipients of messages about courses. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from optilearn.core import clock
from optilearn.core.sql import compose, rows
from optilearn.courses.rules import COURSES, discoverable, live
from optilearn.enrollment.rules import in_force, last_seen, opening
from optilearn.people.rules import PEOPLE, active, active_student

_COURSE: Final = COURSES.joined("c", "e.course_id")
_PERSON: Final = PEOPLE.joined("p", "e.student_id")
_PARTS: Final = {
    "course": _COURSE,
    "person": _PERSON,
    "active": active("p"),
    "live": live("c"),
    "in_force": in_force("e"),
    "seen": last_seen("e"),
}

_STUDENTS: Final = compose(
    """
    SELECT e.student_id AS id FROM enrollment_enrollment e <course> <person>
     WHERE e.course_id = %(course)s AND <in_force> AND <active> AND <live>
     ORDER BY e.student_id
    """,
    **_PARTS,
)
_LEARNERS: Final = compose(
    """
    SELECT e.student_id AS id FROM enrollment_enrollment e <course> <person>
     WHERE e.course_id = %(course)s AND <opening> AND <active> AND <live>
     ORDER BY e.student_id
    """,
    opening=opening("e"),
    **_PARTS,
)
_CANDIDATES: Final = compose(
    """
    SELECT p.id
      FROM <courses> JOIN <people> ON p.institution_id = c.institution_id AND <active_student>
     WHERE c.id = %(course)s AND <discoverable> AND c.self_enrollment
       AND NOT EXISTS (SELECT FROM enrollment_enrollment e
                        WHERE e.institution_id = c.institution_id AND e.course_id = c.id
                          AND e.student_id = p.id)
     ORDER BY p.id
    """,
    courses=COURSES.aliased("c"),
    people=PEOPLE.aliased("p"),
    active_student=active_student("p"),
    discoverable=discoverable("p.class_id", "p.section_id"),
)
_EXPIRING: Final = compose(
    """
    SELECT e.id, e.student_id, e.expires_at, c.id AS course_id, c.title AS course_title
      FROM enrollment_enrollment e <course> AND <live> <person> AND <active>
     WHERE <in_force> AND e.expires_at <= %(until)s AND e.id > %(after)s
     ORDER BY e.id LIMIT %(limit)s
    """,
    **_PARTS,
)
_AWAY: Final = compose(
    """
    WITH page AS (
        SELECT e.institution_id, e.student_id, max(<seen>) AS seen_at
          FROM enrollment_enrollment e <course> <person> AND <active>
         WHERE e.student_id > %(after)s
         GROUP BY e.institution_id, e.student_id
        HAVING max(<seen>) BETWEEN %(since)s AND %(until)s AND bool_or(<in_force> AND <live>)
         ORDER BY e.student_id LIMIT %(limit)s
    )
    SELECT page.student_id, page.seen_at, l.course_id, l.course_title, l.progress_pct
      FROM page CROSS JOIN LATERAL (
           SELECT c.id AS course_id, c.title AS course_title,
                  floor(coalesce(e.progress_pct, 0))::int AS progress_pct
             FROM enrollment_enrollment e <course>
            WHERE e.institution_id = page.institution_id AND e.student_id = page.student_id
              AND <in_force> AND <live>
            ORDER BY <seen> DESC NULLS LAST, c.id LIMIT 1) l
     ORDER BY page.student_id
    """,
    **_PARTS,
)
_ENDS: Final = compose(
    """
    SELECT e.student_id, e.course_id, e.expires_at
      FROM unnest(%(students)s::bigint[], %(courses)s::bigint[]) AS v(student_id, course_id)
      JOIN enrollment_enrollment e ON e.student_id = v.student_id AND e.course_id = v.course_id
     WHERE <in_force> AND e.expires_at IS NOT NULL
    """,
    **_PARTS,
)
_SEEN: Final = compose(
    """
    SELECT DISTINCT e.student_id AS id
      FROM unnest(%(students)s::bigint[], %(sinces)s::timestamptz[]) AS v(student_id, since)
      JOIN enrollment_enrollment e ON e.student_id = v.student_id AND <seen> > v.since
    """,
    **_PARTS,
)


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
    """Return the students with access to a live course now, ascending."""
    found = rows(_STUDENTS, {"course": course_id, "now": clock.now()})
    return [one["id"] for one in found]


def learners_of(course_id: int) -> list[int]:
    """Return the students whose enrollment opens a live course's lessons now, ascending."""
    found = rows(_LEARNERS, {"course": course_id, "now": clock.now()})
    return [one["id"] for one in found]


def candidates_for(course_id: int) -> list[int]:
    """Return the students who may find a PUBLISHED course and enroll in it, ascending.

    Who was in it is left out whatever became of it: who left doesn't want to hear of it again.
    """
    return [one["id"] for one in rows(_CANDIDATES, {"course": course_id})]


def expiring(until: datetime, *, after: int, limit: int) -> list[Expiring]:
    """Enrollments that end between now and ``until``, in the order of their ids."""
    given = {"now": clock.now(), "until": until, "after": after, "limit": limit}
    return [Expiring(**one) for one in rows(_EXPIRING, given)]


def ends_of(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], datetime]:
    """Return the end of current access of these (student, course), where it has one. One query."""
    given = {
        "students": [pair[0] for pair in pairs],
        "courses": [pair[1] for pair in pairs],
        "now": clock.now(),
    }
    found = rows(_ENDS, given)
    return {(one["student_id"], one["course_id"]): one["expires_at"] for one in found}


def seen_since(moments: Mapping[int, datetime]) -> set[int]:
    """Return those of the students who were in a course after their moment. One query."""
    given = {"students": list(moments), "sinces": list(moments.values())}
    return {one["id"] for one in rows(_SEEN, given)}


def away(since: datetime, until: datetime, *, after: int, limit: int) -> list[Away]:
    """Return students whose last activity in all their courses lies in this span, by their ids.

    Enrolling is one too. They have access to a course; of several it is the one they were last
    in.
    """
    given = {"now": clock.now(), "since": since, "until": until, "after": after, "limit": limit}
    return [Away(**one) for one in rows(_AWAY, given)]
