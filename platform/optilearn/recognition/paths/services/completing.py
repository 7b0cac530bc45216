"""Completing learning paths, in the transaction that completes their last course."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from optilearn.core import clock
from optilearn.core.events import publish
from optilearn.core.sql import compose, quoted, rows
from optilearn.enrollment.events import CourseCompleted
from optilearn.enrollment.rules import ENROLLMENTS, completed_once
from optilearn.people.rules import PEOPLE, erased
from optilearn.recognition.events import PathsCompleted
from optilearn.recognition.paths.rules import Status

_LOCK: Final = """
    SELECT m.id
      FROM recognition_pathmember m
      JOIN recognition_pathcourse s ON s.institution_id = m.institution_id
       AND s.path_id = m.path_id AND s.course_id = ANY(%(courses)s::bigint[])
     WHERE m.student_id = ANY(%(students)s::bigint[]) AND m.completed_at IS NULL
       AND m.left_at IS NULL
     ORDER BY m.id FOR NO KEY UPDATE OF m
    """
"""Of two last courses that are completed at once, the later one waits here and sees the other. Who
changes members or courses of a path lets completions wait before (``hold_completions``)."""
_COMPLETE: Final = compose(
    """
    UPDATE recognition_pathmember m
       SET completed_at = %(now)s
      FROM recognition_learningpath a
     WHERE a.institution_id = m.institution_id AND a.id = m.path_id AND a.status <> <draft>
       AND m.id = ANY(%(members)s::bigint[]) AND m.completed_at IS NULL AND m.left_at IS NULL
       AND NOT EXISTS (SELECT FROM <people> WHERE p.institution_id = m.institution_id
            AND p.id = m.student_id AND <erased>)
       AND EXISTS (SELECT FROM recognition_pathcourse s
            WHERE s.institution_id = m.institution_id AND s.path_id = m.path_id)
       AND NOT EXISTS (
           SELECT FROM recognition_pathcourse s
            WHERE s.institution_id = m.institution_id AND s.path_id = m.path_id
              AND NOT EXISTS (SELECT FROM <enrollments> WHERE e.institution_id = s.institution_id
                   AND e.course_id = s.course_id AND e.student_id = m.student_id AND <completed>))
    RETURNING m.id
    """,
    draft=quoted(Status.DRAFT),
    enrollments=ENROLLMENTS.aliased("e"),
    completed=completed_once("e"),
    people=PEOPLE.aliased("p"),
    erased=erased("p"),
)


def complete_paths_of(event: CourseCompleted) -> None:
    """Complete the paths whose last course was completed.

    One statement where the students take no path with the course, otherwise two.
    """
    given = {
        "students": sorted({one.student_id for one in event.subjects}),
        "courses": sorted({one.course_id for one in event.subjects}),
    }
    complete([int(one["id"]) for one in rows(_LOCK, given)])


def complete(member_ids: Sequence[int]) -> None:
    """Complete those of the locked memberships whose courses are all completed."""
    if not member_ids:
        return
    found = rows(_COMPLETE, {"members": list(member_ids), "now": clock.now()})
    if found:
        publish(PathsCompleted(tuple(sorted(int(one["id"]) for one in found))))
