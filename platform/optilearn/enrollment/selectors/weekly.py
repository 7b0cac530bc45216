"""Events of a week in courses, for many people at once. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from optilearn.core import clock
from optilearn.core.sql import rows
from optilearn.courses.rules import COURSES, live
from optilearn.enrollment.rules import in_force, last_seen, stated

_PROGRESS: Final = stated(
    """
    SELECT e.student_id, c.title AS course_title, e.last_activity_at,
           CASE WHEN e.status = <completed> THEN e.completed_at END AS completed_at,
           floor(coalesce(e.progress_pct, 0))::int AS progress_pct
      FROM enrollment_enrollment e <course> AND <live>
     WHERE e.student_id = ANY(%(students)s)
       AND (<in_force> OR e.status = <completed> AND e.completed_at >= %(since)s)
     ORDER BY e.student_id, c.title, c.id
    """,
    course=COURSES.joined("c", "e.course_id"),
    live=live("c"),
    in_force=in_force("e"),
)
_CHANGES: Final = stated(
    """
    SELECT w.nth - 1 AS nth,
           count(*) FILTER (WHERE e.enrolled_at >= w.since AND e.enrolled_at < w.until
                              AND e.status <> <withdrawn>) AS enrolled,
           count(*) FILTER (WHERE e.completed_at >= w.since AND e.completed_at < w.until)
            AS completed,
           count(*) FILTER (WHERE <in_force_then> AND <seen> >= w.since - %(away)s
                              AND <seen> < w.until - %(away)s) AS inactive
      FROM unnest(%(courses)s::bigint[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
           WITH ORDINALITY AS w (course_id, since, until, nth)
      JOIN enrollment_enrollment e ON e.course_id = w.course_id
     GROUP BY w.nth
    """,
    in_force_then=in_force("e", at="w.until"),
    seen=last_seen("e"),
)


@dataclass(frozen=True)
class Progress:
    """A student's progress in a current course, or one completed lately."""

    student_id: int
    course_title: str
    last_activity_at: datetime | None
    completed_at: datetime | None
    progress_pct: int


@dataclass(frozen=True)
class Span:
    """A course in a stretch of time."""

    course_id: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Changes:
    """The number of students who joined, finished, or have been away just too long."""

    enrolled: int = 0
    completed: int = 0
    inactive: int = 0


def progress_of(student_ids: Collection[int], since: datetime) -> list[Progress]:
    """Return the current courses, and those completed ``since``, by student and title.

    One query.
    """
    given = {"students": list(student_ids), "now": clock.now(), "since": since}
    return [Progress(**one) for one in rows(_PROGRESS, given)]


def changes_in(spans: Sequence[Span], away: timedelta) -> list[Changes]:
    """Return the changes of each span, in their order. One query.

    Inactive are those whose absence became longer than ``away`` within the span: each absence
    is counted in one week and not in every week that follows.
    """
    given = {
        "courses": [span.course_id for span in spans],
        "sinces": [span.since for span in spans],
        "untils": [span.until for span in spans],
        "away": away,
    }
    found = {one.pop("nth"): Changes(**one) for one in rows(_CHANGES, given)}
    return [found.get(nth, Changes()) for nth in range(len(spans))]
