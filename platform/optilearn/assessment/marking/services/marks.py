"""Marks of submissions: by points or a rubric, provisional or as the grade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.gradebook.services.grades import Given, set_grade
from optilearn.assessment.marking.services.handed_in import lock_newest
from optilearn.assessment.models import (
    Assignment,
    Grade,
    RubricVersion,
    Submission,
    SubmissionMark,
)
from optilearn.assessment.rubrics.content import RatingError, RubricRating, criteria_of, rated
from optilearn.assessment.rubrics.selectors import newest_version
from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid


@dataclass(frozen=True)
class MarkGiven:
    """A mark as somebody gives it: points, or ratings by the assignment's rubric.

    ``version`` is of the grade that was read, 0 for none; provisional marks don't ask for it.
    """

    points: Decimal | None = None
    ratings: tuple[RubricRating, ...] | None = None
    comment: str = ""
    reason: str = ""
    version: int = 0
    is_for_group: bool = True


@transaction.atomic
def mark_submission(*, principal: Principal, submission_id: int, given: MarkGiven) -> None:
    """Mark a student's newest submission, and those of the group; the mark is the grade.

    Provisional where the assignment is moderated, and while a criterion that counts isn't rated.
    Ratings stay with the version of the rubric that they are of. Raises ``AppError``: FORBIDDEN,
    NOT_FOUND, CONFLICT for an earlier submission or an old version of the grade, VALIDATION_ERROR.
    """
    submission, together = lock_newest(principal, submission_id, with_group=given.is_for_group)
    points, version = _points(submission.assignment, given)
    for one in together:
        SubmissionMark.objects.update_or_create(
            submission_id=one.pk,
            marker_id=principal.caller_id,
            defaults={
                "student_id": one.student_id,
                "rubric_version": version,
                "ratings": _stored(given.ratings),
                "points": points,
                "comment": given.comment,
                "updated_at": clock.now(),
            },
        )
    if points is not None and not submission.assignment.is_moderated:
        _grade(principal, submission, together, points, given)
    audit.record(action="submission.mark", actor=principal, target=f"submission:{submission_id}")


@transaction.atomic
def decide_mark(
    *, principal: Principal, submission_id: int, given: MarkGiven, mark_id: int | None
) -> None:
    """Decide the final mark of moderated work: a marker's, or other points; it is the grade.

    Raises ``AppError``: as ``mark_submission``, NOT_FOUND for a mark of other work, CONFLICT for
    work that isn't moderated, or a mark without points.
    """
    submission, together = lock_newest(principal, submission_id, with_group=given.is_for_group)
    if not submission.assignment.is_moderated:
        raise AppError(ErrorCode.CONFLICT, _("This assignment isn't moderated: mark it."))
    if (given.points is None) == (mark_id is None):
        raise invalid(_("Choose a marker's mark, or enter points."), "/points")
    points = given.points if mark_id is None else _marked(submission, mark_id)
    _check_max(submission.assignment, points)
    _grade(principal, submission, together, points, given)
    audit.record(
        action="submission.decide",
        actor=principal,
        target=f"submission:{submission_id}",
        details={"mark": mark_id},
    )


def _grade(
    principal: Principal,
    submission: Submission,
    together: Sequence[Submission],
    points: Decimal | None,
    given: MarkGiven,
) -> None:
    """Give the grade to all; lateness that somebody has set by hand stays."""
    known = {
        one.enrollment_id: one
        for one in Grade.objects.filter(
            assignment_id=submission.assignment_id,
            enrollment_id__in=[one.enrollment_id for one in together],
        )
    }
    for one in together:
        own = known.get(one.enrollment_id)
        is_read = one.pk == submission.pk
        version = given.version if is_read else own.version if own else 0
        set_grade(
            principal=principal,
            assignment_id=one.assignment_id,
            enrollment_id=one.enrollment_id,
            given=Given(
                points=points,
                late_seconds=own.late_seconds if own else None,
                comment=given.comment,
                reason=given.reason,
            ),
            version=version,
        )


def _points(
    assignment: Assignment, given: MarkGiven
) -> tuple[Decimal | None, RubricVersion | None]:
    """The points of a mark, None while they aren't complete, and the criteria they are of."""
    if (given.points is None) == (given.ratings is None):
        raise invalid(_("Send points, or ratings by the rubric: one of them."), "/points")
    if given.ratings is None:
        _check_max(assignment, given.points)
        return given.points, None
    if assignment.rubric_id is None:
        raise invalid(_("This assignment has no rubric."), "/ratings")
    version = newest_version(assignment.rubric_id)
    try:
        return rated(criteria_of(version.criteria), given.ratings), version
    except RatingError as error:
        raise invalid(str(error), f"/ratings/{error.index}") from error


def _check_max(assignment: Assignment, points: Decimal | None) -> None:
    """Marks of submissions stay within the possible points; extra credit is for the gradebook."""
    if points is not None and points > assignment.max_score:
        raise invalid(
            _("Give at most %(points)s points.") % {"points": assignment.max_score}, "/points"
        )


def _stored(ratings: Sequence[RubricRating] | None) -> list[dict[str, object]] | None:
    if ratings is None:
        return None
    return [one.model_dump(mode="json", by_alias=True) for one in ratings]


def _marked(submission: Submission, mark_id: int) -> Decimal:
    mark = SubmissionMark.objects.filter(pk=mark_id, submission_id=submission.pk).first()
    if mark is None:
        raise not_found()
    if mark.points is None:
        raise AppError(ErrorCode.CONFLICT, _("This mark isn't complete yet."))
    return mark.points
