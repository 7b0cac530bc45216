"""Live classes, for calendars. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from optilearn.core import clock
from optilearn.core.sql import compose, quoted, rows
from optilearn.courses.rules import COURSES, live, taught_by
from optilearn.enrollment.rules import ENROLLMENTS, opening
from optilearn.live.models import LiveClass

_CLASS: Final = compose(
    """
    k.id AS class_id, k.title, k.starts_at, k.ends_at, k.lesson_id, c.id AS course_id,
    c.title AS course_title, k.status = <ended> AS is_over
    """,
    ended=quoted(LiveClass.Status.ENDED),
)
_SHOWN: Final = compose(
    "k.status <> <cancelled> AND k.starts_at BETWEEN %(since)s AND %(until)s",
    cancelled=quoted(LiveClass.Status.CANCELLED),
)
_OF_STUDENTS: Final = compose(
    """
    SELECT <class>, e.student_id
      FROM <enrollments> <course> AND <live>
      JOIN live_liveclass k ON k.institution_id = e.institution_id AND k.course_id = e.course_id
     WHERE e.student_id = ANY(%(students)s) AND <opening> AND <shown>
     ORDER BY k.starts_at, k.id, e.student_id
    """,
    **{"class": _CLASS},
    enrollments=ENROLLMENTS.aliased("e"),
    course=COURSES.joined("c", "e.course_id"),
    live=live("c"),
    opening=opening("e"),
    shown=_SHOWN,
)
_OF_TEACHER: Final = compose(
    """
    SELECT <class>, NULL::bigint AS student_id
      FROM <courses>
      JOIN live_liveclass k ON k.institution_id = c.institution_id AND k.course_id = c.id
     WHERE <taught> AND <live> AND <shown>
     ORDER BY k.starts_at, k.id
    """,
    **{"class": _CLASS},
    courses=COURSES.aliased("c"),
    taught=taught_by("%(person)s"),
    live=live("c"),
    shown=_SHOWN,
)


@dataclass(frozen=True)
class ClassDate:
    """A live class that isn't cancelled, for one student or (``student_id`` None) the course."""

    class_id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    lesson_id: int | None
    course_id: int
    course_title: str
    is_over: bool
    student_id: int | None


def live_classes_of(
    student_ids: Collection[int], since: datetime, until: datetime
) -> list[ClassDate]:
    """Return the live classes of these students that start from ``since`` to ``until``.

    Of courses that their enrollments open. One query.
    """
    given = {"students": list(student_ids), "since": since, "until": until, "now": clock.now()}
    return [ClassDate(**one) for one in rows(_OF_STUDENTS, given)]


def live_classes_taught(person_id: int, since: datetime, until: datetime) -> list[ClassDate]:
    """Return the live classes in the courses that a person teaches. One query."""
    given = {"person": person_id, "since": since, "until": until}
    return [ClassDate(**one) for one in rows(_OF_TEACHER, given)]
