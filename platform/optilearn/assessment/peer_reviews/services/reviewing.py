"""A reviewer's writes: a draft, and submitting it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.models import PeerReview, PeerReviewSettings
from optilearn.assessment.peer_reviews import policies
from optilearn.assessment.peer_reviews.services.content import Written, require_score, write
from optilearn.assessment.peer_reviews.services.results import lock_work, recompute
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode


@transaction.atomic
def save_review(*, principal: Principal, review_id: int, written: Written) -> None:
    """Save the draft of a review that the caller was asked for, whole.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, VALIDATION_ERROR, CONFLICT with ``details {reason:
    "SUBMITTED" | "CLOSED"}``.
    """
    review = _locked(principal, review_id)
    if review.status != PeerReview.Status.PENDING:
        raise _conflict(_("This review was submitted already."), "SUBMITTED")
    _check_is_open(review)
    write(review, written, review.assignment)
    review.saved_at = clock.now()
    review.save(update_fields=["ratings", "score", "comment", "saved_at"])


@transaction.atomic
def submit_review(*, principal: Principal, review_id: int) -> None:
    """Submit the caller's saved review; doing it again changes nothing.

    The last one of some work sets its score. Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT
    after the deadline, VALIDATION_ERROR for one without its score.
    """
    found = policies.own_review(principal, review_id)
    enrollment_id = found.enrollment_id
    lock_work(found.assignment, enrollment_id)
    review = _locked(principal, review_id)
    if review.status != PeerReview.Status.PENDING:
        return
    _check_is_open(review)
    require_score(review)
    review.status, review.submitted_at = PeerReview.Status.SUBMITTED, clock.now()
    review.save(update_fields=["status", "submitted_at"])
    recompute(review.assignment_id, enrollment_id)
    audit.record(action="peer_review.submit", actor=principal, target=f"peer-review:{review_id}")


def _locked(principal: Principal, review_id: int) -> PeerReview:
    """The caller's review as it is once its row is locked."""
    policies.own_review(principal, review_id)
    PeerReview.objects.select_for_update().get(pk=review_id)
    return policies.own_review(principal, review_id)


def _check_is_open(review: PeerReview) -> None:
    settings = PeerReviewSettings.objects.filter(assignment_id=review.assignment_id).first()
    if not policies.is_open(review, settings):
        raise _conflict(_("This review can't be written any more."), "CLOSED")


def _conflict(message: str, reason: str) -> AppError:
    return AppError(ErrorCode.CONFLICT, message, {"reason": reason})
