"""Meeting obligations: by completed courses and by accepted evidence."""

from __future__ import annotations

from typing import Final

from optilearn.compliance.models import Obligation, Requirement
from optilearn.compliance.rules import is_open
from optilearn.compliance.selectors.days import local_zone
from optilearn.core import clock
from optilearn.core.sql import Row, change, compose, quoted
from optilearn.enrollment.events import CourseCompleted
from optilearn.enrollment.rules import ENROLLMENTS, completed_once

_MEET: Final = compose(
    """
    WITH found AS (
        SELECT o.id, e.id AS enrollment_id, coalesce(e.completed_at, %(now)s) AS met_at
          FROM compliance_obligation o
          JOIN compliance_requirement r
            ON r.institution_id = o.institution_id AND r.id = o.requirement_id
          JOIN <enrollments> ON e.institution_id = o.institution_id
           AND e.student_id = o.person_id AND e.course_id = r.course_id
         WHERE o.requirement_id = ANY(%(requirements)s) AND <open> AND <completed>
           AND (%(students)s::bigint[] IS NULL OR o.person_id = ANY(%(students)s::bigint[]))
           AND (o.starts_on IS NULL
                OR (e.completed_at AT TIME ZONE %(zone)s)::date >= o.starts_on)
         ORDER BY o.id FOR NO KEY UPDATE OF o
    )
    UPDATE compliance_obligation o
       SET met_at = found.met_at, met_by = <course>, enrollment_id = found.enrollment_id
      FROM found WHERE o.id = found.id AND <open>
    """,
    enrollments=ENROLLMENTS.aliased("e"),
    completed=completed_once("e"),
    course=quoted(Obligation.MetBy.COURSE),
    open=is_open("o"),
)


def meet_completed(event: CourseCompleted) -> None:
    """Meet what the students who completed a course owed for it, in the same transaction.

    One statement where no requirement asks for the course.
    """
    courses = sorted({one.course_id for one in event.subjects})
    asked = Requirement.objects.filter(course_id__in=courses, archived_at=None).order_by("id")
    if keys := list(asked.values_list("id", flat=True)):
        _meet(keys, [one.student_id for one in event.subjects])


def meet_by_course(requirement: Requirement) -> int:
    """Meet what is owed by who completed the course of a locked requirement; return how many."""
    return 0 if requirement.course_id is None else _meet([requirement.pk], None)


def meet_again(obligation: Obligation) -> None:
    """Meet an obligation that is owed again, if a completed course does."""
    _meet([obligation.requirement_id], [obligation.person_id])


def _meet(requirement_ids: list[int], student_ids: list[int] | None) -> int:
    given: Row = {
        "requirements": requirement_ids,
        "students": student_ids,
        "zone": local_zone().key,
        "now": clock.now(),
    }
    return change(_MEET, given)
