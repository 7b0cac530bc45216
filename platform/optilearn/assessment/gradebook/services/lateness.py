"""The lateness of work, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet

from optilearn.assessment.assignments.rules import due_for
from optilearn.assessment.gradebook.selectors.setup import late_policy, policy_of
from optilearn.assessment.gradebook.services.history import Cause, change, record, state_of
from optilearn.assessment.gradebook.services.locks import lock_enrollments
from optilearn.assessment.gradebook.totals.late import LatePolicy
from optilearn.assessment.models import Assignment, Grade, GradeChange, GradingPolicy
from optilearn.core.access.principal import Principal
from optilearn.core.sql import change as change_rows
from optilearn.core.sql import compose, rows
from optilearn.people.rules import PEOPLE

_NEWEST: Final = compose(
    """
    SELECT DISTINCT ON (s.assignment_id, s.enrollment_id)
           s.assignment_id, s.enrollment_id, s.id, s.submitted_at, s.score, s.graded_at,
           s.attempt_id IS NOT NULL AS is_attempt, <due> AS due_at
      FROM assessment_submission s
      JOIN assessment_assignment a
        ON a.institution_id = s.institution_id AND a.id = s.assignment_id
      <person>
     WHERE s.course_id = %(course)s
       AND (s.assignment_id, s.enrollment_id)
           IN (SELECT * FROM unnest(%(assignments)s::bigint[], %(enrollments)s::bigint[]))
     ORDER BY s.assignment_id, s.enrollment_id, s.submitted_at DESC, s.id DESC
    """,
    due=due_for("a", "s.student_id", "p.section_id"),
    person=PEOPLE.joined("p", "s.student_id"),
)
_IS_LATE: Final = compose(
    """
    UPDATE assessment_submission s SET is_late = due.is_late
      FROM (SELECT w.institution_id, w.id, coalesce(w.submitted_at > <due>, FALSE) AS is_late
              FROM assessment_submission w
              JOIN assessment_assignment a
                ON a.institution_id = w.institution_id AND a.id = w.assignment_id
              <person>
             WHERE w.assignment_id = %(assignment)s AND w.attempt_id IS NULL) AS due
     WHERE s.institution_id = due.institution_id AND s.id = due.id AND s.is_late <> due.is_late
    """,
    due=due_for("a", "w.student_id", "p.section_id"),
    person=PEOPLE.joined("p", "w.student_id"),
)


@dataclass(frozen=True)
class Newest:
    """The newest submission of a student for an assignment."""

    id: int
    submitted_at: datetime
    score: Decimal | None
    graded_at: datetime | None
    is_attempt: bool
    """An attempt at a quiz: never late, as its own clock ended it, and its score is its own."""
    due_at: datetime | None
    """With the student's extensions."""


def newest(grades: Iterable[Grade]) -> dict[tuple[int, int], Newest]:
    """Return the newest submissions of grades of one course, by (assignment, enrollment).

    One query.
    """
    wanted = list(grades)
    if not wanted:
        return {}
    given = {
        "course": wanted[0].course_id,
        "assignments": [grade.assignment_id for grade in wanted],
        "enrollments": [grade.enrollment_id for grade in wanted],
    }
    return {
        (one.pop("assignment_id"), one.pop("enrollment_id")): Newest(**one)
        for one in rows(_NEWEST, given)
    }


def deduct(grade: Grade, policy: LatePolicy, submitted: Newest | None) -> None:
    """Set the points that lateness takes from a grade's raw points, and what is left."""
    if grade.raw_points is None:
        grade.points, grade.deducted = None, Decimal(0)
        return
    late = _lateness(grade, submitted)
    grade.points, grade.deducted = policy.deducted(
        grade.raw_points, grade.assignment.max_score, late
    )


def _lateness(grade: Grade, submitted: Newest | None) -> timedelta:
    """The time between due date and submission: as set by hand, or by the newest submission."""
    if grade.late_seconds is not None:
        return timedelta(seconds=grade.late_seconds)
    if submitted is None or submitted.is_attempt or submitted.due_at is None:
        return timedelta(0)
    return submitted.submitted_at - submitted.due_at


def deduct_anew(principal: Principal, policy: GradingPolicy) -> None:
    """Apply a course's changed rule to all its grades; what changes has an entry in history.

    Thirteen statements at any size.
    """
    found = Grade.objects.filter(course_id=policy.course_id, raw_points__isnull=False)
    _deduct(found, late_policy(policy), Cause.POLICY, principal)


def deduct_anew_of(principal: Principal, assignment: Assignment) -> None:
    """Apply an assignment's changed times or points to its submissions and grades.

    What changes has an entry in history. Fifteen statements at any size.
    """
    change_rows(_IS_LATE, {"assignment": assignment.pk})
    found = Grade.objects.filter(assignment_id=assignment.pk, raw_points__isnull=False)
    rule = late_policy(policy_of(assignment.course_id))
    _deduct(found, rule, Cause.ASSIGNMENT, principal)


def _deduct(
    found: QuerySet[Grade], rule: LatePolicy, cause: GradeChange.Cause, principal: Principal
) -> None:
    lock_enrollments(set(found.values_list("enrollment_id", flat=True)))
    locked = found.select_for_update(of=("self",)).select_related("assignment")
    grades = list(locked.order_by("id"))
    submitted = newest(grades)
    changed, entries = [], []
    for grade in grades:
        before = state_of(grade)
        work = submitted.get((grade.assignment_id, grade.enrollment_id))
        deduct(grade, rule, work)
        if state_of(grade) == before:
            continue
        grade.version += 1
        changed.append(grade)
        entries.append(change(grade, before, cause, principal))
    Grade.objects.bulk_update(changed, ["points", "deducted", "version"], batch_size=500)
    record(entries)
