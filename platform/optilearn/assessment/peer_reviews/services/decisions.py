"""The writes of managers: a review of their own, and verdicts on others'."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.gradebook.services.grades import check_is_named
from optilearn.assessment.models import PeerReview, PeerReviewSettings, Submission
from optilearn.assessment.peer_reviews import policies
from optilearn.assessment.peer_reviews.services.allocating import (
    locked_settings,
    rubric_of,
    top_up,
)
from optilearn.assessment.peer_reviews.services.content import Written, require_score, write
from optilearn.assessment.peer_reviews.services.results import lock_work, recompute
from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode

_Decision = PeerReview.Decision


@transaction.atomic
def fill_in(
    *, principal: Principal, assignment_id: int, enrollment_id: int, written: Written
) -> None:
    """Review a student's work as a manager, also after the deadline; again replaces the review.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND for a student without work, VALIDATION_ERROR,
    CONFLICT where there is no peer review, or while marking is anonymous. Work of a group has one
    review by the manager.
    """
    assignment = policies.managed_assignment(principal, assignment_id)
    check_is_named(assignment, enrollment_id)
    enrollment_id = lock_work(assignment, enrollment_id)
    work = Submission.objects.filter(
        assignment_id=assignment_id, enrollment_id=enrollment_id, attempt=None, is_banked=False
    )
    newest = work.order_by("-submitted_at", "-id").first()
    if newest is None:
        raise not_found()
    if not PeerReviewSettings.objects.filter(assignment_id=assignment_id).exists():
        raise AppError(ErrorCode.CONFLICT, _("This assignment has no peer review."))
    own = {
        "assignment_id": assignment_id,
        "enrollment_id": enrollment_id,
        "reviewer_id": principal.caller_id,
    }
    review = PeerReview.objects.select_for_update(of=("self",)).filter(**own).first() or PeerReview(
        **own, course_id=assignment.course_id, student_id=newest.student_id
    )
    review.submission, review.rubric_version = newest, rubric_of(assignment)
    write(review, written, assignment)
    require_score(review)
    review.status, review.decision = PeerReview.Status.SUBMITTED, ""
    review.assigned_at = review.assigned_at if review.pk else clock.now()
    review.saved_at = review.submitted_at = clock.now()
    review.save()
    recompute(assignment_id, enrollment_id)
    audit.record(
        action="peer_review.fill_in",
        actor=principal,
        target=f"assignment:{assignment_id}",
        details={"enrollment": enrollment_id},
    )


@transaction.atomic
def decide(*, principal: Principal, review_id: int, is_excluded: bool) -> None:
    """Leave a submitted review out of the result, or let it count though it is flagged.

    Where one is left out, another reviewer is asked, before the deadline. Doing it again changes
    nothing. Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for a pending one.
    """
    found = policies.managed_review(principal, review_id)
    lock_work(found.assignment, found.enrollment_id)
    settings = locked_settings(found.assignment_id)
    review = PeerReview.objects.select_for_update().get(pk=review_id)
    if review.status == PeerReview.Status.PENDING:
        raise AppError(ErrorCode.CONFLICT, _("This review isn't submitted yet."))
    decision = _Decision.EXCLUDED if is_excluded else _Decision.INCLUDED
    if review.decision == decision:
        return
    review.decision = decision
    review.save(update_fields=["decision"])
    if settings is not None:
        top_up(settings)
    recompute(review.assignment_id, review.enrollment_id)
    audit.record(
        action="peer_review.exclude" if is_excluded else "peer_review.include",
        actor=principal,
        target=f"peer-review:{review_id}",
    )
