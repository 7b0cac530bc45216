"""Notifications of peer reviews. None names the author of work to a reviewer, or the reverse."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from optilearn.assessment.events import PeerReviewsAssigned, PeerReviewsCompleted
from optilearn.assessment.peer_reviews.selectors.messages import (
    OpenReview,
    complete_reviews,
    new_reviews,
    open_reviews,
)
from optilearn.core.clock import now
from optilearn.core.events import subscribe
from optilearn.notifications.payloads import instant_key, points
from optilearn.notifications.services import Item, send, send_each

AT_ONCE: Final = 100
"""More reviews that are assigned together are left to the hourly scan."""
_CHUNK: Final = 500
_NEW_FOR: Final = timedelta(hours=24)


def register() -> None:
    """Register the handlers; called once, when the app is ready."""
    subscribe(PeerReviewsAssigned, notify_assigned)
    subscribe(PeerReviewsCompleted, notify_completed)


def notify_assigned(event: PeerReviewsAssigned) -> None:
    """Notify the reviewers, once for each review."""
    if len(event.review_ids) <= AT_ONCE:
        _send_assigned(open_reviews(event.review_ids))


def notify_new_reviews() -> int:
    """Notify of reviews of the last day that nobody was notified of; return how many are new."""
    new, after = 0, 0
    while page := new_reviews(now() - _NEW_FOR, after=after, limit=_CHUNK):
        new += _send_assigned(page)
        after = page[-1].id
    return new


def notify_completed(event: PeerReviewsCompleted) -> None:
    """Notify the author, once for each submission, that all reviews are in."""
    found = complete_reviews(event.submission_id)
    if found is None:
        return
    send(
        key="ASSESS_PEER_GRADED",
        to=found.student_id,
        data={
            "courseId": found.course_id,
            "courseTitle": found.course_title,
            "assignmentId": found.assignment_id,
            "assignmentTitle": found.assignment_title,
            "score": points(found.score),
            "maxScore": points(found.max_score),
        },
        once=f"submission:{found.submission_id}",
    )


def review_item(review: OpenReview) -> Item:
    """Return a message about an open review to its reviewer, once for each deadline."""
    due = "" if review.due_at is None else instant_key(review.due_at)
    return _item(review, f"review:{review.id}:{due}")


def _send_assigned(reviews: list[OpenReview]) -> int:
    items = [_item(one, f"review:{one.id}") for one in reviews]
    return send_each(key="PEER_REVIEW_ASSIGNED", items=items) if items else 0


def _item(review: OpenReview, once: str) -> Item:
    return Item(
        to=review.reviewer_id,
        data={
            "courseId": review.course_id,
            "courseTitle": review.course_title,
            "assignmentId": review.assignment_id,
            "assignmentTitle": review.assignment_title,
            "reviewId": review.id,
            "dueAt": review.due_at,
        },
        once=once,
        expires_at=review.due_at,
    )
