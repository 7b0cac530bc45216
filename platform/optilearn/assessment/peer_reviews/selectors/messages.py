"""Reads about peer reviews, for messages. For the product itself: no permissions.

Nobody reads here who reviews whom: a reviewer's row has no author, an author's no reviewer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from optilearn.assessment.models import PeerReview, PeerReviewResult, PeerReviewSettings
from optilearn.assessment.peer_reviews.rules import score_of
from optilearn.core import clock
from optilearn.core.sql import compose, quoted, rows
from optilearn.courses.rules import COURSES, live
from optilearn.enrollment.rules import ENROLLMENTS, holds_seat
from optilearn.people.rules import PEOPLE, active

_OPEN: Final = compose(
    """
    SELECT r.id, r.reviewer_id, r.assignment_id, a.title AS assignment_title, r.course_id,
           c.title AS course_title, t.due_at
      FROM assessment_peerreview r
      JOIN assessment_assignment a
        ON a.institution_id = r.institution_id AND a.id = r.assignment_id
      JOIN assessment_peerreviewsettings t
        ON t.institution_id = r.institution_id AND t.assignment_id = r.assignment_id
      <course> AND <live>
      JOIN <enrollments> ON e.institution_id = r.institution_id AND e.id = r.reviewer_enrollment_id
       AND <holds_seat> AND (e.expires_at IS NULL OR e.expires_at > %(now)s)
      <person> AND <active>
     WHERE r.status = <pending> AND r.closed_at IS NULL AND t.review_count > 0
       AND (t.due_at IS NULL OR t.due_at > %(now)s) AND <chosen>
     ORDER BY r.id
    """,
    course=COURSES.joined("c", "r.course_id"),
    live=live("c"),
    enrollments=ENROLLMENTS.aliased("e"),
    holds_seat=holds_seat("e"),
    person=PEOPLE.joined("p", "r.reviewer_id"),
    active=active("p"),
    pending=quoted(PeerReview.Status.PENDING),
)
_OPEN_OF: Final = compose(_OPEN, chosen="r.id = ANY(%(reviews)s)")
_NEW_PAGE: Final = compose(
    _OPEN + " LIMIT %(limit)s", chosen="r.assigned_at > %(since)s AND r.id > %(after)s"
)
_DUE_PAGE: Final = compose(
    _OPEN + " LIMIT %(limit)s", chosen="t.due_at <= %(until)s AND r.id > %(after)s"
)


@dataclass(frozen=True)
class OpenReview:
    """A review that somebody was asked for, and may write now."""

    id: int
    reviewer_id: int
    assignment_id: int
    assignment_title: str
    course_id: int
    course_title: str
    due_at: datetime | None


@dataclass(frozen=True)
class CompleteReviews:
    """The result of all reviews of a student's work."""

    submission_id: int
    student_id: int
    assignment_id: int
    assignment_title: str
    max_score: Decimal
    score: Decimal
    course_id: int
    course_title: str


def open_reviews(review_ids: Collection[int]) -> list[OpenReview]:
    """Return those of these reviews that may be written now. One query."""
    return _open(_OPEN_OF, {"reviews": list(review_ids)})


def new_reviews(since: datetime, *, after: int, limit: int) -> list[OpenReview]:
    """Return open reviews that were assigned after ``since``, by id, from the one after."""
    return _open(_NEW_PAGE, {"since": since, "after": after, "limit": limit})


def due_reviews(until: datetime, *, after: int, limit: int) -> list[OpenReview]:
    """Return open reviews that are due by then, by id, from the one after."""
    return _open(_DUE_PAGE, {"until": until, "after": after, "limit": limit})


def complete_reviews(submission_id: int) -> CompleteReviews | None:
    """Return the result that was complete with this submission in effect. Two queries."""
    found = (
        PeerReviewResult.objects.select_related("assignment", "course")
        .filter(submission_id=submission_id)
        .first()
    )
    if found is None:
        return None
    settings = PeerReviewSettings.objects.get(assignment_id=found.assignment_id)
    score = score_of(found, settings.sets_score)
    if score is None:
        return None
    return CompleteReviews(
        submission_id=submission_id,
        student_id=found.student_id,
        assignment_id=found.assignment_id,
        assignment_title=found.assignment.title,
        max_score=found.assignment.max_score,
        score=score,
        course_id=found.course_id,
        course_title=found.course.title,
    )


def _open(statement: str, given: Mapping[str, Any]) -> list[OpenReview]:
    return [OpenReview(**one) for one in rows(statement, {"now": clock.now(), **given})]
