"""Reads of managers, who see authors and reviewers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from optilearn.assessment.assignments.anonymity import label
from optilearn.assessment.models import (
    Assignment,
    Grade,
    PeerReview,
    PeerReviewResult,
    PeerReviewSettings,
)
from optilearn.assessment.peer_reviews import policies
from optilearn.assessment.peer_reviews.rules import counts, is_over, is_waiting
from optilearn.assessment.peer_reviews.schemas import ReviewedWorkQuery
from optilearn.assessment.peer_reviews.scoring import average_of, distances
from optilearn.assessment.peer_reviews.selectors.reviewing import content_shown
from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.http.pages import PageQuery
from optilearn.core.plaintext import ENOUGH, preview
from optilearn.core.sql import Row, compose, quoted, rows, total_of
from optilearn.enrollment.rules import ENROLLMENTS, holds_seat
from optilearn.people.rules import PEOPLE, active

_WORK: Final = compose(
    """
    SELECT w.*, count(*) OVER () AS total
      FROM (SELECT n.*, min(n.enrollment_id) OVER shared AS author,
                   bool_or(n.takes_part) OVER shared AS is_in_pool
              FROM (SELECT DISTINCT ON (s.enrollment_id)
                   s.enrollment_id, s.group_key, s.id, s.student_id, p.name, p.code, s.submitted_at,
                   left(s.text, %(characters)s) AS text, s.url, s.assignment_id, s.institution_id,
                   <holds_seat> AND (e.expires_at IS NULL OR e.expires_at > %(now)s)
                     AND <active> AS takes_part
              FROM assessment_submission s
              JOIN <enrollments> ON e.institution_id = s.institution_id AND e.id = s.enrollment_id
              <person>
             WHERE s.assignment_id = %(assignment)s AND NOT s.is_banked AND s.attempt_id IS NULL
             ORDER BY s.enrollment_id, s.submitted_at DESC, s.id DESC) AS n
            WINDOW shared AS (PARTITION BY coalesce(n.group_key::text, n.enrollment_id::text))
           ) AS w
     WHERE w.author = w.enrollment_id AND CASE %(only)s
           WHEN 'flagged' THEN EXISTS (SELECT FROM <reviews> AND r.status = <flagged>
                                          AND r.decision = '')
           WHEN 'blocked' THEN w.is_in_pool AND NOT EXISTS (
                SELECT FROM <reviews>
                   AND (r.status = <pending> AND r.closed_at IS NULL
                        OR r.status <> <pending> AND r.decision <> <excluded>))
           ELSE true END
    """,
    enrollments=ENROLLMENTS.aliased("e"),
    holds_seat=holds_seat("e"),
    person=PEOPLE.joined("p", "s.student_id"),
    active=active("p"),
    reviews="assessment_peerreview r WHERE r.institution_id = w.institution_id"
    " AND r.assignment_id = w.assignment_id AND r.enrollment_id = w.enrollment_id",
    flagged=quoted(PeerReview.Status.FLAGGED),
    pending=quoted(PeerReview.Status.PENDING),
    excluded=quoted(PeerReview.Decision.EXCLUDED),
)
_WORK_PAGE: Final = (
    _WORK + " ORDER BY CASE WHEN NOT %(anonymous)s THEN w.name END, w.id"
    " LIMIT %(limit)s OFFSET %(offset)s"
)
"""The order of names would say whose anonymous work it is."""
_WORK_TOTAL: Final = f"SELECT count(*) AS total FROM ({_WORK}) AS work"  # noqa: S608 - ours


def settings_of(principal: Principal, assignment_id: int) -> dict[str, Any]:
    """Return the settings of an assignment's peer review, with defaults where it has none.

    Three queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.managed_assignment(principal, assignment_id)
    found = PeerReviewSettings.objects.filter(assignment_id=assignment_id).first()
    settings = found or PeerReviewSettings()
    return {
        "peerReviewCount": settings.review_count,
        "peerReviewDueAt": settings.due_at,
        "isAnonymousToAuthors": settings.is_anonymous,
        "setsScore": settings.sets_score,
        "flagPercent": settings.flag_percent,
    }


def reviewed_work(
    principal: Principal, assignment_id: int, query: ReviewedWorkQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of an assignment's work with its reviews, for managers, and the number of all.

    Work of a group is there once, under the first of its members. While marking is anonymous,
    authors aren't named. Six queries at any number, seven of anonymous work. Raises ``AppError``
    FORBIDDEN, NOT_FOUND.
    """
    assignment = policies.managed_assignment(principal, assignment_id)
    given = {
        "assignment": assignment_id,
        "anonymous": assignment.is_anonymous,
        "now": clock.now(),
        "only": (query.only or "all").lower(),
        "characters": ENOUGH,
        "limit": query.per_page,
        "offset": query.offset,
    }
    page = rows(_WORK_PAGE, given)
    settings = PeerReviewSettings.objects.filter(assignment_id=assignment_id).first()
    keys = [one["enrollment_id"] for one in page]
    reviews = _reviews_of(assignment_id, keys)
    results = {
        one.enrollment_id: one
        for one in PeerReviewResult.objects.filter(
            assignment_id=assignment_id, enrollment_id__in=keys
        )
    }
    work = [
        _work(one, reviews[one["enrollment_id"]], results.get(one["enrollment_id"]), settings)
        for one in page
    ]
    _hide_authors(assignment, work)
    return work, total_of(page, _WORK_TOTAL, given, query)


def reviewers(
    principal: Principal, assignment_id: int, query: PageQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of an assignment's reviewers with how well they review, by name.

    The distance is the average of how far their scores are from the median of the others' for the
    same work. Four queries at any number. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.managed_assignment(principal, assignment_id)
    settings = PeerReviewSettings.objects.filter(assignment_id=assignment_id).first()
    due_at = None if settings is None else settings.due_at
    found = PeerReview.objects.filter(assignment_id=assignment_id).select_related("reviewer")
    reviews = list(found.defer("comment", "ratings").order_by("enrollment_id", "id"))
    far = _distances(reviews)
    by_reviewer: dict[int, list[PeerReview]] = defaultdict(list)
    for review in reviews:
        if review.reviewer_enrollment_id is not None:
            by_reviewer[review.reviewer_enrollment_id].append(review)
    order = sorted(by_reviewer, key=lambda key: (by_reviewer[key][0].reviewer.name, key))
    page = []
    for key in order[query.window]:
        own = by_reviewer[key]
        done = [one for one in own if one.submitted_at is not None]
        page.append(
            {
                "enrollmentId": key,
                "reviewer": _person(own[0]),
                "assigned": len(own),
                "submitted": len(done),
                "onTime": sum(_is_on_time(one, due_at) for one in done),
                "closed": sum(one.closed_at is not None for one in own),
                "flagged": sum(one.status == PeerReview.Status.FLAGGED for one in own),
                "excluded": sum(one.decision == PeerReview.Decision.EXCLUDED for one in own),
                "meanDistance": average_of([far[one.pk] for one in done if one.pk in far]),
            }
        )
    return page, len(order)


def _hide_authors(assignment: Assignment, work: list[dict[str, Any]]) -> None:
    """Leave out who wrote what is marked without names. At most one query."""
    if not assignment.is_anonymous:
        return
    released = Grade.objects.filter(assignment=assignment, posted_at__isnull=False)
    named = set(released.values_list("enrollment_id", flat=True))
    for one in work:
        if one["enrollmentId"] not in named:
            one["label"] = label(assignment.pk, one["enrollmentId"])
            one["enrollmentId"] = one["student"] = None


def _is_on_time(review: PeerReview, due_at: datetime | None) -> bool:
    return due_at is None or (review.submitted_at is not None and review.submitted_at <= due_at)


def _distances(reviews: Collection[PeerReview]) -> dict[int, Decimal]:
    """Return the distance of counted reviews from the median of others of the same work."""
    by_author: dict[int, list[PeerReview]] = defaultdict(list)
    for review in reviews:
        if counts(review) and review.score is not None:
            by_author[review.enrollment_id].append(review)
    far: dict[int, Decimal] = {}
    for own in by_author.values():
        scores = [one.score for one in own if one.score is not None]
        for review, distance in zip(own, distances(scores), strict=True):
            if distance is not None:
                far[review.pk] = distance
    return far


def _reviews_of(assignment_id: int, enrollment_ids: Collection[int]) -> dict[int, list[PeerReview]]:
    found: dict[int, list[PeerReview]] = defaultdict(list)
    reviews = PeerReview.objects.filter(
        assignment_id=assignment_id, enrollment_id__in=enrollment_ids
    )
    for review in reviews.select_related("reviewer").order_by("id"):
        found[review.enrollment_id].append(review)
    return found


def _work(
    one: Row,
    reviews: list[PeerReview],
    result: PeerReviewResult | None,
    settings: PeerReviewSettings | None,
) -> dict[str, Any]:
    is_blocked = one["is_in_pool"] and not any(counts(r) or is_waiting(r) for r in reviews)
    has_ended = settings is not None and is_over(settings)
    reason = "NO_REVIEWS" if has_ended and reviews else "NOBODY"
    return {
        "label": one["name"],
        "enrollmentId": one["enrollment_id"],
        "submissionId": one["id"],
        "student": {"id": one["student_id"], "code": one["code"], "name": one["name"]},
        "submittedAt": one["submitted_at"],
        "preview": preview(one["text"] or one["url"]),
        "average": None if result is None else result.average,
        "median": None if result is None else result.median,
        "isComplete": result is not None and result.completed_at is not None,
        "blocked": reason if is_blocked else None,
        "reviews": [
            {
                "id": review.pk,
                "reviewer": _person(review),
                "isByStaff": review.reviewer_enrollment_id is None,
                "status": review.status,
                "decision": review.decision or None,
                "assignedAt": review.assigned_at,
                "submittedAt": review.submitted_at,
                "closedAt": review.closed_at,
                # A draft is the reviewer's own.
                **(content_shown(review) if review.submitted_at else _NOTHING),
            }
            for review in reviews
        ],
    }


_NOTHING: Final[dict[str, Any]] = {"score": None, "comment": "", "ratings": []}


def _person(review: PeerReview) -> dict[str, Any]:
    one = review.reviewer
    return {"id": one.pk, "code": one.code, "name": one.name}
