"""The possible points of an assignment: from its rubric, and when they change under grades."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from optilearn.assessment.gradebook.services.grades import adopt_scores
from optilearn.assessment.gradebook.services.history import Cause, change, record, state_of
from optilearn.assessment.gradebook.totals.late import rounded
from optilearn.assessment.models import (
    Assignment,
    Grade,
    GradeChange,
    Rubric,
    RubricVersion,
    Submission,
)
from optilearn.assessment.peer_reviews.services.points import scale_reviews
from optilearn.assessment.rubrics.content import criteria_of, possible_of
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode

SCALE = "SCALE"


def rubric_points(rubric_id: int) -> Decimal:
    """Return the points that a rubric's newest version can give, which nobody changes meanwhile.

    Two queries. Raises ``AppError`` VALIDATION_ERROR for one that gives none.
    """
    list(Rubric.objects.select_for_update(no_key=True).filter(pk=rubric_id))
    newest = RubricVersion.objects.get(rubric_id=rubric_id, number=F("rubric__version"))
    possible = possible_of(criteria_of(newest.criteria))
    if not possible:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("This rubric gives no points: no criterion counts."),
            [{"path": "/rubricId"}],
        )
    return possible


def has_grades(assignment_id: int) -> bool:
    """Return True if the assignment has marks that other points would change. Two queries."""
    graded = Grade.objects.filter(assignment_id=assignment_id, raw_points__isnull=False)
    scored = Submission.objects.filter(assignment_id=assignment_id, score__isnull=False)
    return graded.exists() or scored.exists()


def change_points(
    assignment: Assignment, before: Decimal, on_grades: str | None, principal: Principal
) -> None:
    """Make grades and peers' reviews fit the assignment's points, which stood at ``before``.

    The course's enrollments are locked. Deductions are for the caller to apply anew. Raises
    ``AppError`` CONFLICT if there are grades and nothing says what becomes of them.
    """
    is_graded = has_grades(assignment.pk)
    if is_graded and on_grades is None:
        raise _undecided()
    retains = on_grades is not None and on_grades != SCALE
    scale_reviews(assignment, before, only_drafts=retains)
    if retains or not is_graded:
        return
    adopt_scores(assignment)
    found = Grade.objects.filter(assignment_id=assignment.pk, raw_points__isnull=False)
    _scale(assignment, before, found, principal)


def change_points_by_hand(
    assignment: Assignment, before: Decimal, on_grades: str | None, principal: Principal
) -> None:
    """The same for a quiz, where only grades that a person has set need a decision.

    Those that attempts make are for the caller to write anew.
    """
    found = Grade.objects.filter(
        assignment_id=assignment.pk, raw_points__isnull=False, grader__isnull=False
    )
    if on_grades is None and found.exists():
        raise _undecided()
    if on_grades == SCALE:
        _scale(assignment, before, found, principal)


def _undecided() -> AppError:
    return AppError(
        ErrorCode.CONFLICT,
        _("Grades were given. Say if they are scaled, or stay as they are."),
        {"path": "/onGrades", "choices": ["SCALE", "RETAIN"]},
    )


def _scale(
    assignment: Assignment, before: Decimal, found: QuerySet[Grade], principal: Principal
) -> None:
    """Scale grades in proportion, with an entry in the history of each."""
    entries: list[GradeChange] = []
    grades = list(found.select_for_update().order_by("id"))
    for grade in grades:
        state: dict[str, Any] = state_of(grade)
        grade.assignment = assignment
        grade.raw_points = rounded((grade.raw_points or 0) * assignment.max_score / before)
        grade.points = rounded((grade.points or 0) * assignment.max_score / before)
        grade.deducted = grade.raw_points - grade.points
        grade.version += 1
        entries.append(change(grade, state, Cause.ASSIGNMENT, principal))
    columns = ["raw_points", "points", "deducted", "version"]
    Grade.objects.bulk_update(grades, columns, batch_size=500)
    record(entries)
