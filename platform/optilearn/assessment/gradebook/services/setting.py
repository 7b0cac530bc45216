"""The steps that every grade set by a person goes through, one at a time or many."""

from __future__ import annotations

from typing import Any

from optilearn.assessment.gradebook.services.history import state_of
from optilearn.assessment.gradebook.services.lateness import Newest
from optilearn.assessment.models import Grade
from optilearn.core import clock
from optilearn.core.access.principal import Principal


def begin(grade: Grade, submitted: Newest | None) -> None:
    """Give a new grade the score that an imported submission has, which its student sees."""
    if submitted is None or submitted.is_attempt:
        return
    grade.raw_points = grade.points = submitted.score
    grade.graded_at = submitted.graded_at
    if submitted.score is not None and not grade.assignment.posts_manually:
        grade.posted_at = submitted.graded_at or clock.now()


def decide(principal: Principal, grade: Grade, before: dict[str, Any], *, is_new: bool) -> None:
    """Note who graded, and when students see it: a grade without points is nobody's.

    A grade that was hidden stays hidden when it changes.
    """
    is_graded = grade.points is not None or grade.is_excused
    was_graded = before["points"] is not None or before["isExcused"]
    if state_of(grade) != before or not is_graded:
        grade.grader_id = principal.caller_id if is_graded else None
        grade.graded_at = clock.now() if is_graded else None
    may_post = grade.posted_at is None and not grade.assignment.posts_manually
    if may_post and is_graded and (is_new or not was_graded):
        grade.posted_at = clock.now()
