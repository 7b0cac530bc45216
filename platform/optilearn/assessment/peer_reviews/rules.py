"""Facts about reviews that reads and writes share."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from optilearn.assessment.models import PeerReview, PeerReviewResult, PeerReviewSettings
from optilearn.core import clock

_PENDING: Final = PeerReview.Status.PENDING
_EXCLUDED: Final = PeerReview.Decision.EXCLUDED
_AVERAGE: Final = PeerReviewSettings.SetsScore.AVERAGE


def counts(review: PeerReview) -> bool:
    """Return True if a review is part of the result: submitted, and not excluded."""
    return review.status != _PENDING and review.decision != _EXCLUDED


def is_waiting(review: PeerReview) -> bool:
    """Return True of a review that isn't submitted and wasn't closed."""
    return review.status == _PENDING and review.closed_at is None


def is_over(settings: PeerReviewSettings) -> bool:
    """Return True if nobody may write reviews any more: the deadline passed, or they are off."""
    has_passed = settings.due_at is not None and settings.due_at <= clock.now()
    return settings.review_count == 0 or has_passed


def score_of(result: PeerReviewResult, sets_score: str) -> Decimal | None:
    """Return the number of a result that is shown as its score; the median where none is set."""
    return result.average if sets_score == _AVERAGE else result.median
