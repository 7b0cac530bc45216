"""Scores of reviews follow the points of their assignment."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import F, Value
from django.db.models.functions import Round

from optilearn.assessment.models import Assignment, PeerReview
from optilearn.assessment.peer_reviews.services.allocating import mark_stale


def scale_reviews(assignment: Assignment, before: Decimal, *, only_drafts: bool = False) -> None:
    """Bring scores to the assignment's changed points, which stood at ``before``, half up.

    ``only_drafts`` leaves what was submitted as it is. Results follow within a minute. Two
    statements at any number.
    """
    found = PeerReview.objects.filter(assignment=assignment, score__isnull=False)
    if only_drafts:
        found = found.filter(status=PeerReview.Status.PENDING)
    exact = F("score") * Value(assignment.max_score) / Value(before)
    found.update(score=Round(exact, 2))
    mark_stale(assignment.pk)
