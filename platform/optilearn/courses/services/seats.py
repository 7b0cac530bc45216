"""The numbers that a course carries for the app that counts them, and the lock they need.

In SQL: the lock is ``FOR NO KEY UPDATE`` of the course's row alone in a join, and a count and its
writing are one statement, so that nobody reads a number that another is about to change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from optilearn.core.sql import change, compose, row
from optilearn.institutions.rules import INSTITUTIONS

_LOCK: Final = compose(
    "SELECT c.id, c.status, c.max_enrollments, c.access_days, i.time_zone"
    "  FROM courses_course c JOIN <institutions> ON i.id = c.institution_id"
    " WHERE c.id = %s FOR NO KEY UPDATE OF c",
    institutions=INSTITUTIONS.aliased("i"),
)


@dataclass(frozen=True)
class LockedCourse:
    """A course whose row is locked."""

    id: int
    status: str
    max_enrollments: int | None
    access_days: int | None
    zone: ZoneInfo


def lock_course(course_id: int) -> LockedCourse | None:
    """Lock the course's row until the transaction ends; return ``None`` if there is none."""
    found = row(_LOCK, [course_id])
    if found is None:
        return None
    zone = ZoneInfo(found.pop("time_zone"))
    return LockedCourse(**found, zone=zone)


def write_enrolled_count(course_id: int, counting: str) -> tuple[int, int | None]:
    """Store how many seats are held; return that number and the limit.

    ``counting`` is a SELECT of one number about the course ``c``, written by the app that knows
    who holds a seat.
    """
    found = row(
        f"UPDATE courses_course c SET enrolled_count = ({counting})"  # noqa: S608 - ours
        " WHERE c.id = %s RETURNING enrolled_count, max_enrollments",
        [course_id],
    )
    return (found["enrolled_count"], found["max_enrollments"]) if found else (0, None)


def write_rating(course_id: int, counting: str) -> None:
    """Store how many ratings a course has, and the sum of their stars.

    ``counting`` is a SELECT of these two about the course ``c``, as of ``write_enrolled_count``.
    """
    change(
        f"UPDATE courses_course c SET (rating_count, rating_total) = ({counting})"  # noqa: S608 - ours
        " WHERE c.id = %s",
        [course_id],
    )
