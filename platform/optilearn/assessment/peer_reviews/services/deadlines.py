"""The passing of time: reviews are closed at their deadline, results completed and announced."""

from __future__ import annotations

import logging
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from optilearn.assessment.models import (
    Assignment,
    Grade,
    PeerReview,
    PeerReviewResult,
    PeerReviewSettings,
)
from optilearn.assessment.peer_reviews.rules import is_over
from optilearn.assessment.peer_reviews.services.allocating import close_reviews, locked_settings
from optilearn.assessment.peer_reviews.services.results import lock_work, recompute
from optilearn.core import clock
from optilearn.core.locking import each_alone

_logger: Final = logging.getLogger(__name__)
_AT_ONCE: Final = 500


def close_due_reviews() -> int:
    """Close the reviews of the institution in force whose time is up; return their number.

    One transaction for each assignment, so a worker that is killed loses none. Idempotent.
    """
    waiting = PeerReview.objects.filter(
        assignment=OuterRef("assignment"), status=PeerReview.Status.PENDING, closed_at=None
    )
    over = PeerReviewSettings.objects.filter(
        Q(review_count=0) | Q(due_at__lte=clock.now()), Exists(waiting)
    )
    closed = 0
    for assignment_id in list(over.order_by("id").values_list("assignment_id", flat=True)):
        with transaction.atomic():
            settings = locked_settings(assignment_id)
            if settings is not None and is_over(settings):
                closed += close_reviews(assignment_id)
    return closed


def complete_results() -> int:
    """Compute results anew that are stale, or to be completed or announced; return the number.

    One transaction for each student, some hundred at once. Idempotent.
    """
    found = PeerReviewResult.objects.filter(
        Q(is_stale=True) | Q(pk__in=_ripe().values("pk")) | Q(pk__in=_unannounced().values("pk"))
    )
    due = list(found.order_by("id").values_list("assignment_id", "enrollment_id")[:_AT_ONCE])
    assignments = Assignment.objects.in_bulk({assignment_id for assignment_id, _key in due})

    def compute(work: tuple[int, int]) -> bool:
        assignment_id, enrollment_id = work
        lock_work(assignments[assignment_id], enrollment_id)
        recompute(assignment_id, enrollment_id)
        return True

    return each_alone(due, compute, _logger, "peer review result of (assignment, enrollment)")


def _ripe() -> QuerySet[PeerReviewResult]:
    """Results without pending reviews whose assignment expects no more of them."""
    now = clock.now()
    ended = PeerReviewSettings.objects.filter(
        Q(review_count=0) | Q(due_at__lte=now) | Q(assignment__due_at__lte=now),
        assignment=OuterRef("assignment"),
    )
    waiting = PeerReview.objects.filter(
        assignment=OuterRef("assignment"),
        enrollment=OuterRef("enrollment"),
        status=PeerReview.Status.PENDING,
        closed_at=None,
    )
    return PeerReviewResult.objects.filter(
        Exists(ended), ~Exists(waiting), completed_at=None, review_count__gt=0
    )


def _unannounced() -> QuerySet[PeerReviewResult]:
    """Complete results that students may see by now: as ``visibility.are_released``."""
    graded = Grade.objects.filter(
        Q(points__isnull=False) | Q(is_excused=True),
        assignment=OuterRef("assignment"),
        enrollment=OuterRef("enrollment"),
    )
    is_free = ~Exists(graded) & Q(assignment__posts_manually=False)
    return PeerReviewResult.objects.filter(
        is_free | Exists(graded.filter(posted_at__isnull=False)),
        announced_at=None,
        submission__isnull=False,
    )
