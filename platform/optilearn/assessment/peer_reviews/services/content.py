"""The content of a review, checked against the rubric and the highest score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from optilearn.assessment.models import Assignment, PeerReview, RubricVersion
from optilearn.assessment.peer_reviews.scoring import scaled
from optilearn.assessment.rubrics.content import (
    RatingError,
    RubricRating,
    criteria_of,
    possible_of,
    rated,
)
from optilearn.core.errors import invalid
from optilearn.courses.services.richtext import sanitized


@dataclass(frozen=True)
class Written:
    """A review as somebody writes it."""

    score: Decimal | None = None
    ratings: Sequence[RubricRating] = ()
    comment: str = ""


def write(review: PeerReview, written: Written, assignment: Assignment) -> None:
    """Set the content of a review, not saved; its score is None while something is missing.

    Raises ``AppError`` VALIDATION_ERROR with the place of what doesn't fit.
    """
    review.comment = sanitized(written.comment)
    review.ratings = [
        one.model_dump(mode="json") | {"comment": sanitized(one.comment)} for one in written.ratings
    ]
    review.score = _score(review.rubric_version, written, assignment)


def require_score(review: PeerReview) -> None:
    """Raises ``AppError`` VALIDATION_ERROR for a review that lacks ratings or its score."""
    if review.score is not None:
        return
    if _possible(review.rubric_version):
        raise invalid(_("Rate each criterion of the rubric."), "/ratings")
    raise invalid(_("Give a score."), "/score")


def _possible(version: RubricVersion | None) -> Decimal:
    return Decimal(0) if version is None else possible_of(criteria_of(version.criteria))


def _score(
    version: RubricVersion | None, written: Written, assignment: Assignment
) -> Decimal | None:
    possible = _possible(version)
    try:
        criteria = [] if version is None else criteria_of(version.criteria)
        points = rated(criteria, written.ratings)
    except RatingError as error:
        raise invalid(str(error), f"/ratings/{error.index}") from None
    if possible:
        if written.score is not None:
            raise invalid(_("The ratings make the score. Leave it out."), "/score")
        return None if points is None else scaled(points, possible, assignment.max_score)
    if written.score is not None and written.score > assignment.max_score:
        raise invalid(
            _("Give at most %(most)s points.") % {"most": f"{assignment.max_score:f}"}, "/score"
        )
    return written.score
