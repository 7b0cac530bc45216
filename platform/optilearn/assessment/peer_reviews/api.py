"""Peer reviews over HTTP: for reviewers, for authors, for managers."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.assessment.peer_reviews import selectors, services
from optilearn.assessment.peer_reviews.schemas import (
    OwnPeerReview,
    PeerReviewer,
    PeerReviewIn,
    PeerReviewRow,
    PeerReviewSettingsChange,
    PeerReviewSettingsOut,
    ReviewDecisionIn,
    ReviewedFileUrl,
    ReviewedWork,
    ReviewedWorkQuery,
    ReviewsAllocated,
    ReviewsOfOwnWork,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page

router = Router(tags=["Peer reviews"], by_alias=True)
READ: Final = refusals(400, 403, 404)
WRITE: Final = refusals(400, 403, 404, 409)
_COLUMNS: Final = {
    "peer_review_count": "review_count",
    "peer_review_due_at": "due_at",
    "is_anonymous_to_authors": "is_anonymous",
}


def _written(review: PeerReviewIn) -> services.Written:
    return services.Written(score=review.score, ratings=review.ratings, comment=review.comment)


@router.get(
    "/me/peer-reviews",
    response={200: Envelope[list[PeerReviewRow]], **refusals(400)},
    operation_id="listOwnPeerReviews",
)
def own_reviews(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    """The reviews that the calling student was asked for, the next due first."""
    rows, total = selectors.own_reviews(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/peer-reviews/{int:reviewId}",
    response={200: Envelope[OwnPeerReview], **READ},
    operation_id="getPeerReview",
)
def own_review(request: HttpRequest, reviewId: int) -> HttpResponse:
    """A review that the caller was asked for, with the work while it is open."""
    return answer(selectors.own_review(principal_of(request), reviewId))


@router.get(
    "/peer-reviews/{int:reviewId}/files/{int:number}/url",
    response={200: Envelope[ReviewedFileUrl], **refusals(400, 403, 404, 409, 503)},
    operation_id="getPeerReviewFileUrl",
)
def file_url(request: HttpRequest, reviewId: int, number: int) -> HttpResponse:
    """A short-lived URL of a file of the work, under a neutral name."""
    found = selectors.file_url(principal_of(request), reviewId, number)
    return answer(found | {"url": urljoin(request.build_absolute_uri("/"), found["url"])})


@router.put(
    "/peer-reviews/{int:reviewId}",
    response={200: Envelope[OwnPeerReview], **WRITE},
    operation_id="savePeerReview",
)
def save(request: HttpRequest, reviewId: int, review: PeerReviewIn) -> HttpResponse:
    """Save the draft of a review; it is submitted apart."""
    principal = principal_of(request)
    services.save_review(principal=principal, review_id=reviewId, written=_written(review))
    return answer(selectors.own_review(principal, reviewId))


@router.post(
    "/peer-reviews/{int:reviewId}/submit",
    response={200: Envelope[OwnPeerReview], **WRITE},
    operation_id="submitPeerReview",
)
def submit(request: HttpRequest, reviewId: int) -> HttpResponse:
    """Submit the saved review; again changes nothing."""
    principal = principal_of(request)
    services.submit_review(principal=principal, review_id=reviewId)
    return answer(selectors.own_review(principal, reviewId))


@router.get(
    "/learning/assignments/{int:assignmentId}/peer-reviews",
    response={200: Envelope[ReviewsOfOwnWork], **READ},
    operation_id="getReviewsOfOwnWork",
)
def reviews_of_own_work(request: HttpRequest, assignmentId: int) -> HttpResponse:
    """The reviews of the calling student's work, once all are in and released."""
    return answer(selectors.reviews_of_own_work(principal_of(request), assignmentId))


@router.get(
    "/assignments/{int:assignmentId}/peer-review-settings",
    response={200: Envelope[PeerReviewSettingsOut], **READ},
    operation_id="getPeerReviewSettings",
)
def settings(request: HttpRequest, assignmentId: int) -> HttpResponse:
    """The peer review of an assignment, for managers of the course."""
    return answer(selectors.settings_of(principal_of(request), assignmentId))


@router.patch(
    "/assignments/{int:assignmentId}/peer-review-settings",
    response={200: Envelope[PeerReviewSettingsOut], **WRITE},
    operation_id="updatePeerReviewSettings",
)
def update_settings(
    request: HttpRequest, assignmentId: int, wanted: PeerReviewSettingsChange
) -> HttpResponse:
    """Change the peer review of an assignment; reviews are assigned or closed accordingly."""
    principal = principal_of(request)
    sent = wanted.model_dump(exclude_unset=True)
    services.update_settings(
        principal=principal,
        assignment_id=assignmentId,
        values={_COLUMNS.get(name, name): value for name, value in sent.items()},
    )
    return answer(selectors.settings_of(principal, assignmentId))


@router.get(
    "/assignments/{int:assignmentId}/peer-reviews",
    response={200: Envelope[list[ReviewedWork]], **READ},
    operation_id="listReviewedWork",
)
def reviewed_work(
    request: HttpRequest, assignmentId: int, query: Query[ReviewedWorkQuery]
) -> HttpResponse:
    """An assignment's work with its reviews, by name; `BLOCKED` has what nobody reviews."""
    rows, total = selectors.reviewed_work(principal_of(request), assignmentId, query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/assignments/{int:assignmentId}/peer-reviewers",
    response={200: Envelope[list[PeerReviewer]], **READ},
    operation_id="listPeerReviewers",
)
def reviewers(request: HttpRequest, assignmentId: int, query: Query[PageQuery]) -> HttpResponse:
    """An assignment's reviewers, with how well they review, for managers."""
    rows, total = selectors.reviewers(principal_of(request), assignmentId, query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/assignments/{int:assignmentId}/peer-reviews/allocate",
    response={200: Envelope[ReviewsAllocated], **WRITE},
    operation_id="allocatePeerReviews",
)
def allocate(request: HttpRequest, assignmentId: int) -> HttpResponse:
    """Assign reviews to all work that lacks some; again assigns nothing."""
    principal = principal_of(request)
    assigned = services.allocate_reviews(principal=principal, assignment_id=assignmentId)
    return answer({"assigned": assigned})


@router.put(
    "/assignments/{int:assignmentId}/peer-reviews/{int:enrollmentId}",
    response={200: Envelope[Done], **WRITE},
    operation_id="fillInPeerReview",
)
def fill_in(
    request: HttpRequest, assignmentId: int, enrollmentId: int, review: PeerReviewIn
) -> HttpResponse:
    """Review a student's work as a manager; again replaces one's own review."""
    services.fill_in(
        principal=principal_of(request),
        assignment_id=assignmentId,
        enrollment_id=enrollmentId,
        written=_written(review),
    )
    return answer({"done": True})


@router.put(
    "/peer-reviews/{int:reviewId}/decision",
    response={200: Envelope[Done], **WRITE},
    operation_id="decidePeerReview",
)
def decide(request: HttpRequest, reviewId: int, decision: ReviewDecisionIn) -> HttpResponse:
    """Leave a submitted review out of the result, or let it count though it is flagged."""
    services.decide(
        principal=principal_of(request), review_id=reviewId, is_excluded=decision.is_excluded
    )
    return answer({"done": True})
