"""Permissions on peer reviews: reviewers, authors, managers of the course."""

from __future__ import annotations

from optilearn.assessment import policies
from optilearn.assessment.models import Assignment, PeerReview, PeerReviewSettings
from optilearn.assessment.peer_reviews import rules
from optilearn.core import clock
from optilearn.core.access.policies import STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.enrollment.rules import opens_lessons


def managed_assignment(principal: Principal, assignment_id: int) -> Assignment:
    """Return an assignment of a course that the principal manages. Two queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    refuse_unless(principal.role in STAFF)
    found = Assignment.objects.filter(pk=assignment_id).first()
    if found is None:
        raise not_found()
    policies.managed(principal, found.course_id)
    return found


def managed_review(principal: Principal, review_id: int) -> PeerReview:
    """Return a review in a course that the principal manages. Two queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    refuse_unless(principal.role in STAFF)
    found = PeerReview.objects.select_related("assignment").filter(pk=review_id).first()
    if found is None:
        raise not_found()
    policies.managed(principal, found.course_id)
    return found


def own_review(principal: Principal, review_id: int) -> PeerReview:
    """Return a review that the calling student was asked for. Two queries.

    Raises ``AppError``: FORBIDDEN for others than students, NOT_FOUND.
    """
    refuse_unless(principal.role is Role.STUDENT)
    found = (
        PeerReview.objects.select_related(
            "assignment", "submission", "reviewer_enrollment", "rubric_version"
        )
        .filter(
            pk=review_id,
            reviewer_id=principal.person_id,
            reviewer_enrollment__isnull=False,
        )
        .first()
    )
    if found is None:
        raise not_found()
    policies.own_course(principal, found.course_id)
    return found


def is_open(review: PeerReview, settings: PeerReviewSettings | None) -> bool:
    """Return True if the reviewer may see the work and write now. Its enrollment is loaded."""
    place = review.reviewer_enrollment
    return (
        rules.is_waiting(review)
        and place is not None
        and opens_lessons(place.status, place.expires_at, clock.now())
        and settings is not None
        and not rules.is_over(settings)
    )
