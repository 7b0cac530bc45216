"""Assigning reviews: on each submission, when somebody comes or goes, and by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from optilearn.assessment.events import PeerReviewsAssigned
from optilearn.assessment.models import (
    Assignment,
    PeerReview,
    PeerReviewResult,
    PeerReviewSettings,
    RubricVersion,
)
from optilearn.assessment.peer_reviews import policies
from optilearn.assessment.peer_reviews.allocation import (
    Existing,
    Pair,
    allocate,
    mixed,
)
from optilearn.assessment.peer_reviews.rules import is_over
from optilearn.assessment.peer_reviews.services.pool import Pool, Work, pool_of
from optilearn.assessment.rubrics.selectors import newest_version
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.core.sql import change, compose, quoted

_PENDING: Final = PeerReview.Status.PENDING
_EXCLUDED: Final = PeerReview.Decision.EXCLUDED

_MOVE: Final = compose(
    """
    UPDATE assessment_peerreview r SET submission_id = n.submission
      FROM unnest(%(reviews)s::bigint[], %(submissions)s::bigint[]) AS n (review, submission)
     WHERE r.id = n.review AND r.status = <pending>
    """,
    pending=quoted(PeerReview.Status.PENDING),
)


@dataclass(frozen=True)
class _Review:
    """A review, as far as allocation sees it."""

    id: int
    author: int
    reviewer: int | None
    """Null: a manager."""
    submission_id: int
    is_pending: bool
    is_closed: bool
    is_excluded: bool

    @property
    def pair(self) -> Pair:
        return Pair(self.reviewer or 0, self.author)

    @property
    def is_open(self) -> bool:
        return self.is_pending and not self.is_closed


@transaction.atomic
def allocate_reviews(*, principal: Principal, assignment_id: int) -> int:
    """Assign reviews to all work that lacks some; return the number of new ones.

    Doing it again assigns nothing. Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT where
    peer review is off or its deadline has passed.
    """
    policies.managed_assignment(principal, assignment_id)
    settings = locked_settings(assignment_id)
    if settings is None or is_over(settings):
        raise AppError(ErrorCode.CONFLICT, _("Peer review is off, or its deadline has passed."))
    assigned = top_up(settings)
    audit.record(
        action="peer_review.allocate",
        actor=principal,
        target=f"assignment:{assignment_id}",
        details={"reviews": assigned},
    )
    return assigned


def locked_settings(assignment_id: int) -> PeerReviewSettings | None:
    """Return the settings, locked: reviews of an assignment are assigned by one at a time.

    Whoever needs an enrollment's lock too takes it before.
    """
    found = PeerReviewSettings.objects.select_for_update(no_key=True, of=("self",))
    return found.select_related("assignment").filter(assignment_id=assignment_id).first()


def top_up(settings: PeerReviewSettings) -> int:
    """Assign reviews to all work that lacks some; return the number of new ones.

    Pending reviews of and by those who have left are closed first; they are the first to be
    opened again. So are those between students who share a group by now. Pending reviews of
    earlier work become reviews of the newest. The settings are locked. Nothing happens after the
    deadline. At most ten statements at any number of students, twelve where groups hand in,
    beside those of messages.
    """
    if is_over(settings):
        return 0
    pool = pool_of(settings.assignment)
    reviews = _reviews(settings.assignment_id)
    gone = [one for one in reviews if one.is_open and not pool.allows(one.reviewer, one.author)]
    close_reviews(settings.assignment_id, [one.id for one in gone])
    _move_to_newest(pool.works, reviews)
    wanted = _wanted(settings, pool, reviews, {one.id for one in gone})
    closed = {one.pair: one.id for one in reviews if one.is_pending and one.reviewer is not None}
    again = [closed[pair] for pair in wanted if pair in closed]
    if again:
        PeerReview.objects.filter(pk__in=again).update(closed_at=None)
    new = _create(settings, pool, [pair for pair in wanted if pair not in closed])
    if new:
        publish(PeerReviewsAssigned(tuple(new)))
    return len(wanted)


def close_reviews(assignment_id: int, review_ids: Collection[int] | None = None) -> int:
    """Close pending reviews, all or these; return the number. The settings are locked.

    Results that may be complete without them are computed anew by the worker.
    """
    found = PeerReview.objects.filter(assignment_id=assignment_id, status=_PENDING, closed_at=None)
    if review_ids is not None:
        if not review_ids:
            return 0
        found = found.filter(pk__in=review_ids)
    authors = list(found.values_list("enrollment_id", flat=True))
    closed = found.update(closed_at=clock.now())
    mark_stale(assignment_id, authors)
    return closed


def mark_stale(assignment_id: int, enrollment_ids: Collection[int] | None = None) -> None:
    """Have the worker compute the results of these students anew; None: all of them."""
    chosen = Q() if enrollment_ids is None else Q(enrollment_id__in=enrollment_ids)
    PeerReviewResult.objects.filter(chosen, assignment_id=assignment_id).update(is_stale=True)


def rubric_of(assignment: Assignment) -> RubricVersion | None:
    """Return the version of the assignment's rubric that new reviews get."""
    if assignment.rubric_id is None:
        return None
    return newest_version(assignment.rubric_id)


def _move_to_newest(works: Mapping[int, Work], reviews: Collection[_Review]) -> None:
    """Have pending reviews be of the author's newest work; submitted ones stay with theirs."""
    outdated = [
        one
        for one in reviews
        if one.is_pending and one.author in works and works[one.author].id != one.submission_id
    ]
    if outdated:
        given = {
            "reviews": [one.id for one in outdated],
            "submissions": [works[one.author].id for one in outdated],
        }
        change(_MOVE, given)


def _reviews(assignment_id: int) -> list[_Review]:
    found = PeerReview.objects.filter(assignment_id=assignment_id).values_list(
        "id",
        "enrollment_id",
        "reviewer_enrollment_id",
        "submission_id",
        "status",
        "closed_at",
        "decision",
    )
    return [
        _Review(
            key,
            author,
            reviewer,
            work,
            is_pending=status == _PENDING,
            is_closed=closed_at is not None,
            is_excluded=decision == _EXCLUDED,
        )
        for key, author, reviewer, work, status, closed_at, decision in found.order_by("id")
    ]


def _wanted(
    settings: PeerReviewSettings,
    pool: Pool,
    reviews: Collection[_Review],
    gone: Collection[int],
) -> list[Pair]:
    """The pairs that are to be open, beside those that are."""
    peers = [one for one in reviews if one.reviewer is not None]
    existing = Existing(
        open=[one.pair for one in peers if one.is_open and one.id not in gone],
        done=[one.pair for one in peers if not one.is_pending and not one.is_excluded],
        closed=[one.pair for one in peers if one.is_pending and not one.is_open],
        excluded=[one.pair for one in peers if not one.is_pending and one.is_excluded],
        filled_in=[one.author for one in reviews if one.reviewer is None and not one.is_excluded],
    )
    return allocate(pool.participants(), existing, settings.review_count, settings.seed)


def _create(settings: PeerReviewSettings, pool: Pool, pairs: Collection[Pair]) -> list[int]:
    """Create reviews in an order that tells nothing of their authors; return their ids."""
    if not pairs:
        return []
    version, now = rubric_of(settings.assignment), clock.now()
    shuffled = sorted(pairs, key=lambda one: mixed(settings.seed, one.reviewer, one.author))
    created = PeerReview.objects.bulk_create(
        PeerReview(
            assignment_id=settings.assignment_id,
            course_id=settings.course_id,
            submission_id=pool.works[pair.author].id,
            enrollment_id=pair.author,
            student_id=pool.works[pair.author].student_id,
            reviewer_id=pool.reviewers[pair.reviewer].student_id,
            reviewer_enrollment_id=pair.reviewer,
            rubric_version=version,
            assigned_at=now,
        )
        for pair in shuffled
    )
    return [one.pk for one in created]
