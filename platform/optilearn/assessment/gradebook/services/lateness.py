"""The lateness of work, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from optilearn.assessment.gradebook.selectors.setup import late_policy
from optilearn.assessment.gradebook.services.history import Cause, change, state_of
from optilearn.assessment.gradebook.services.locks import lock_enrollments
from optilearn.assessment.gradebook.totals.late import LatePolicy
from optilearn.assessment.models import Grade, GradeChange, GradingPolicy, Submission
from optilearn.core.access.principal import Principal
from optilearn.core.sql import rows

_NEWEST: Final = """
    SELECT DISTINCT ON (s.assignment_id, s.enrollment_id)
           s.assignment_id, s.enrollment_id, s.id, s.submitted_at, s.score, s.graded_at,
           s.attempt_id IS NOT NULL AS is_attempt
      FROM assessment_submission s
     WHERE s.course_id = %(course)s
       AND (s.assignment_id, s.enrollment_id)
           IN (SELECT * FROM unnest(%(assignments)s::bigint[], %(enrollments)s::bigint[]))
     ORDER BY s.assignment_id, s.enrollment_id, s.submitted_at DESC, s.id DESC
"""


@dataclass(frozen=True)
class Newest:
    """The newest submission of a student for an assignment."""

    id: int
    submitted_at: datetime
    score: Decimal | None
    graded_at: datetime | None
    is_attempt: bool
    """An attempt at a quiz: never late, as its own clock ended it, and its score is its own."""


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
    due_at = grade.assignment.due_at
    if submitted is None or submitted.is_attempt or due_at is None:
        return timedelta(0)
    late: timedelta = submitted.submitted_at - due_at
    return late


def deduct_anew(principal: Principal, policy: GradingPolicy) -> None:
    """Apply a course's changed rule to all its grades; what changes has an entry in history.

    Seven statements at any size.
    """
    found = Grade.objects.filter(course_id=policy.course_id, raw_points__isnull=False)
    lock_enrollments(set(found.values_list("enrollment_id", flat=True)))
    locked = found.select_for_update(of=("self",)).select_related("assignment")
    grades = list(locked.order_by("id"))
    rule, submitted = late_policy(policy), newest(grades)
    changed, entries, scores = [], [], []
    for grade in grades:
        before = state_of(grade)
        work = submitted.get((grade.assignment_id, grade.enrollment_id))
        deduct(grade, rule, work)
        if state_of(grade) == before:
            continue
        grade.version += 1
        changed.append(grade)
        entries.append(change(grade, before, Cause.POLICY, principal))
        if work is not None and not work.is_attempt:
            scores.append(Submission(id=work.id, score=grade.points))
    Grade.objects.bulk_update(changed, ["points", "deducted", "version"], batch_size=500)
    GradeChange.objects.bulk_create(entries, batch_size=500)
    Submission.objects.bulk_update(scores, ["score"], batch_size=500)
