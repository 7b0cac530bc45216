"""Openings of lessons and ends of access, for calendars. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from optilearn.core import clock
from optilearn.core.sql import Row, any_of, compose, rows
from optilearn.courses.rules import COURSES, LESSONS, OVERRIDES, live, taught_by
from optilearn.enrollment import drip
from optilearn.enrollment.rules import Status, opening
from optilearn.people.rules import PEOPLE

_LESSON: Final = """
    l.id AS lesson_id, l.title, c.id AS course_id, c.title AS course_title, l.unlock_at,
    l.unlock_after_days
"""
_MOVED_OPENING: Final = compose(
    """
    (SELECT o.unlock_at FROM <overrides>
      WHERE o.institution_id = l.institution_id AND o.course_id = l.course_id
        AND o.lesson_id = l.id AND o.unlock_at IS NOT NULL
        AND (o.student_id = e.student_id
             OR (o.student_id IS NULL AND p.section_id <> '' AND o.section_id = p.section_id))
      ORDER BY o.student_id NULLS LAST LIMIT 1)
    """,
    overrides=OVERRIDES.aliased("o"),
)
_OF_STUDENTS: Final = compose(
    """
    SELECT * FROM (
        SELECT <lesson>, e.student_id, e.enrolled_at, <moved_opening> AS moved_opening
          FROM enrollment_enrollment e <course> AND <live> <person>
          JOIN <lessons> ON l.institution_id = e.institution_id AND l.course_id = e.course_id
           AND l.archived_at IS NULL
         WHERE e.student_id = ANY(%(students)s) AND <opening>) AS found
     WHERE moved_opening IS NOT NULL OR unlock_at IS NOT NULL OR unlock_after_days IS NOT NULL
     ORDER BY lesson_id, student_id
    """,
    lesson=_LESSON,
    moved_opening=_MOVED_OPENING,
    course=COURSES.joined("c", "e.course_id"),
    live=live("c"),
    person=PEOPLE.joined("p", "e.student_id"),
    lessons=LESSONS.aliased("l"),
    opening=opening("e"),
)
_OF_TEACHER: Final = compose(
    """
    SELECT <lesson>, NULL::bigint AS student_id, NULL::timestamptz AS enrolled_at,
           NULL::timestamptz AS moved_opening
      FROM <courses>
      JOIN <lessons> ON l.institution_id = c.institution_id AND l.course_id = c.id
       AND l.archived_at IS NULL
     WHERE <taught> AND <live> AND l.unlock_at IS NOT NULL
     ORDER BY l.id
    """,
    lesson=_LESSON,
    courses=COURSES.aliased("c"),
    lessons=LESSONS.aliased("l"),
    taught=taught_by("%(person)s"),
    live=live("c"),
)
_ENDS: Final = compose(
    """
    SELECT e.id AS enrollment_id, e.student_id, e.expires_at, c.id AS course_id,
           c.title AS course_title
      FROM enrollment_enrollment e <course> AND <live>
     WHERE e.student_id = ANY(%(students)s) AND e.status IN <having_access>
       AND e.expires_at BETWEEN %(since)s AND %(until)s
     ORDER BY e.id
    """,
    course=COURSES.joined("c", "e.course_id"),
    live=live("c"),
    having_access=any_of(Status.ACTIVE, Status.COMPLETED, Status.EXPIRED),
)


@dataclass(frozen=True)
class Unlock:
    """The opening of a lesson, for one student or (``student_id`` None) for the course."""

    lesson_id: int
    title: str
    course_id: int
    course_title: str
    student_id: int | None
    opens_at: datetime


@dataclass(frozen=True)
class AccessEnd:
    """The end of a student's access to a course."""

    enrollment_id: int
    student_id: int
    expires_at: datetime
    course_id: int
    course_title: str


def unlocks_of(student_ids: Collection[int], zone: ZoneInfo) -> list[Unlock]:
    """Return the openings of lessons for these students, with what is moved for them.

    One query; it reads the lessons of their courses that have an opening.
    """
    found = rows(_OF_STUDENTS, {"students": list(student_ids), "now": clock.now()})
    return [one for one in (_unlock(row, zone) for row in found) if one is not None]


def unlocks_taught(person_id: int, zone: ZoneInfo) -> list[Unlock]:
    """Return the fixed openings of lessons in the courses that a person teaches. One query."""
    found = rows(_OF_TEACHER, {"person": person_id})
    return [one for one in (_unlock(row, zone) for row in found) if one is not None]


def access_ends_of(
    student_ids: Collection[int], since: datetime, until: datetime
) -> list[AccessEnd]:
    """Return the ends of these students' access from ``since`` to ``until``, past ones too.

    One query.
    """
    given = {"students": list(student_ids), "since": since, "until": until}
    return [AccessEnd(**one) for one in rows(_ENDS, given)]


def _unlock(found: Row, zone: ZoneInfo) -> Unlock | None:
    schedule = drip.Schedule(found["unlock_at"], found["unlock_after_days"])
    moved = (drip.Override(unlock_at=found["moved_opening"]),)
    opens_at = drip.window(schedule, moved, found["enrolled_at"], zone).opens_at
    if opens_at is None:
        return None
    return Unlock(
        lesson_id=found["lesson_id"],
        title=found["title"],
        course_id=found["course_id"],
        course_title=found["course_title"],
        student_id=found["student_id"],
        opens_at=opens_at,
    )
