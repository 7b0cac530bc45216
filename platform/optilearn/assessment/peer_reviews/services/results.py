"""The results of reviews: median, average, flags, the grade, and that the student is notified."""

from __future__ import annotations

from collections.abc import Sequence

from optilearn.assessment.events import PeerReviewsCompleted
from optilearn.assessment.gradebook.services.locks import lock_enrollments
from optilearn.assessment.models import (
    Assignment,
    PeerReview,
    PeerReviewResult,
    PeerReviewSettings,
    Submission,
)
from optilearn.assessment.peer_reviews.rules import counts, is_over, is_waiting
from optilearn.assessment.peer_reviews.scoring import average_of, median_of, outliers
from optilearn.assessment.peer_reviews.services.grades import grade_by_peers
from optilearn.assessment.peer_reviews.services.pool import sharing
from optilearn.assessment.peer_reviews.visibility import are_released
from optilearn.core import clock
from optilearn.core.events import publish

_Status = PeerReview.Status


def lock_work(assignment: Assignment, enrollment_id: int) -> int:
    """Lock the enrollments of all who share a student's work; return that of its author."""
    shared = sharing(assignment, enrollment_id)
    lock_enrollments({enrollment_id, *(one.enrollment_id for one in shared)})
    return int(shared[0].enrollment_id) if shared else enrollment_id


def recompute(assignment_id: int, enrollment_id: int) -> None:
    """Compute anew what the reviews of a student's work make; it is locked by ``lock_work``.

    Work of a group has one result, that of its author's reviews: the others of the group get it
    too, when it is complete, each graded by their own lateness.

    On the last review the score is set, and the student notified: once for each submission that
    is in effect then. Later changes change the score alone. Reviews aren't locked: whoever
    writes submitted ones holds the enrollment's lock, and a pending one that is being closed
    leaves the result stale.
    """
    found = PeerReviewSettings.objects.select_related("assignment")
    assignment = Assignment.objects.get(pk=assignment_id)
    members = sharing(assignment, enrollment_id)
    if members:
        enrollment_id = members[0].enrollment_id
    # Locked before reviews are read: who makes it stale meanwhile waits, and it stays stale.
    known = PeerReviewResult.objects.select_for_update().filter(
        assignment_id=assignment_id, enrollment_id=enrollment_id
    )
    result = known.first()
    settings = found.filter(assignment_id=assignment_id).first()
    own = PeerReview.objects.filter(assignment_id=assignment_id, enrollment_id=enrollment_id)
    reviews = list(own.order_by("id"))
    if settings is None or not reviews:
        return
    counted = [one for one in reviews if counts(one)]
    _flag(settings, counted)
    scores = [one.score for one in counted if one.score is not None]
    result = result or PeerReviewResult(
        assignment_id=assignment_id,
        enrollment_id=enrollment_id,
        student_id=reviews[0].student_id,
        course_id=settings.course_id,
    )
    result.average, result.median = average_of(scores), median_of(scores)
    result.review_count, result.is_stale = len(counted), False
    if _is_complete(settings, reviews, counted) and _is_news(result, counted):
        result.submission_id = _newest(assignment_id, enrollment_id)
        result.completed_at, result.announced_at = clock.now(), None
    result.save()
    for one in [result, *_shared(result, members[1:])]:
        grade_by_peers(settings, one)
        _announce(settings, one)


def _shared(result: PeerReviewResult, others: Sequence[Submission]) -> list[PeerReviewResult]:
    """Write a complete result for the others who share the work."""
    if result.completed_at is None or not others:
        return []
    known = PeerReviewResult.objects.select_for_update().filter(
        assignment_id=result.assignment_id,
        enrollment_id__in=[one.enrollment_id for one in others],
    )
    by_member = {one.enrollment_id: one for one in known.order_by("id")}
    written = []
    for work in others:
        own = by_member.get(work.enrollment_id) or PeerReviewResult(
            assignment_id=result.assignment_id,
            enrollment_id=work.enrollment_id,
            student_id=work.student_id,
            course_id=result.course_id,
        )
        own.average, own.median = result.average, result.median
        own.review_count, own.is_stale = result.review_count, False
        if own.completed_at != result.completed_at:
            own.completed_at, own.submission_id, own.announced_at = (
                result.completed_at,
                work.pk,
                None,
            )
        own.save()
        written.append(own)
    return written


def has_ended(settings: PeerReviewSettings) -> bool:
    """Return True if fewer reviews than ``review_count`` can be all: no more are to be expected.

    Reviewing is over, submitting is, or neither has an end: then the score follows the reviews.
    """
    due_at = settings.assignment.due_at
    if is_over(settings) or (due_at is not None and due_at <= clock.now()):
        return True
    return due_at is None and settings.due_at is None


def _is_complete(
    settings: PeerReviewSettings, reviews: Sequence[PeerReview], counted: Sequence[PeerReview]
) -> bool:
    if not counted or any(is_waiting(one) for one in reviews):
        return False
    return len(counted) >= settings.review_count or has_ended(settings)


def _is_news(result: PeerReviewResult, counted: Sequence[PeerReview]) -> bool:
    """Return True for the first completion, and for one of newer work by a newer review.

    Reviews that stay when work is submitted again are no news.
    """
    since = result.completed_at
    if since is None:
        return True
    has_newer = any(one.submitted_at is not None and one.submitted_at > since for one in counted)
    return has_newer and result.submission_id != _newest(result.assignment_id, result.enrollment_id)


def _newest(assignment_id: int, enrollment_id: int) -> int | None:
    own = Submission.objects.filter(
        assignment_id=assignment_id, enrollment_id=enrollment_id, attempt=None, is_banked=False
    )
    return own.order_by("-submitted_at", "-id").values_list("id", flat=True).first()


def _flag(settings: PeerReviewSettings, counted: Sequence[PeerReview]) -> None:
    """Flag outliers that no manager has decided on; what isn't one any more isn't flagged."""
    scores = [one.score for one in counted if one.score is not None]
    far = outliers(scores, settings.assignment.max_score, settings.flag_percent)
    for place, review in enumerate(counted):
        is_flagged = place in far and not review.decision
        status = _Status.FLAGGED if is_flagged else _Status.SUBMITTED
        if review.status != status:
            review.status = status
            review.save(update_fields=["status"])


def _announce(settings: PeerReviewSettings, result: PeerReviewResult) -> None:
    """Publish once that the reviews are in; the worker looks again when the grade is released."""
    if result.submission_id is None or result.announced_at is not None:
        return
    if are_released(settings.assignment, result.enrollment_id):
        result.announced_at = clock.now()
        result.save(update_fields=["announced_at"])
        publish(PeerReviewsCompleted(result.submission_id))
