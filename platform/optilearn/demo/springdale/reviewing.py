"""Essays of the Hindi course with rubrics, which students review for each other.

The reviews of the first essay are all in, and one of them is far from the other; of the second
some are still to be written. Teachers grade: reviews set no score.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Final

from optilearn.assessment.peer_reviews.allocation import Existing, Participant, allocate
from optilearn.assessment.peer_reviews.scoring import average_of, median_of, outliers
from optilearn.demo.springdale.assessment_records import (
    PeerReview,
    PeerReviewResult,
    PeerReviewSettings,
    Rubric,
    RubricVersion,
)
from optilearn.demo.springdale.calendar import TODAY, at
from optilearn.demo.springdale.curriculum import Plan
from optilearn.demo.springdale.essays import INSTRUCTIONS, RUBRIC, criteria, essay, review
from optilearn.demo.springdale.records import Assignment, Submission

COURSE: Final = "हिन्दी साहित्य"
_PER_WORK: Final = 2
_FLAG_PERCENT: Final = Decimal("25.00")
_STILL_PENDING: Final = 0.35
_TO_COME: Final = at(TODAY + timedelta(7), 86_399)
_NOW: Final = at(TODAY, 18 * 3600)


@dataclass
class Reviews:
    """Rubrics and reviews, collected with running keys."""

    rubrics: list[Rubric] = field(default_factory=list)
    versions: list[RubricVersion] = field(default_factory=list)
    settings: list[PeerReviewSettings] = field(default_factory=list)
    reviews: list[PeerReview] = field(default_factory=list)
    results: list[PeerReviewResult] = field(default_factory=list)


@dataclass(frozen=True)
class _Essay:
    """An assignment under review, with the newest submission of each enrollment."""

    assignment: Assignment
    newest: dict[int, Submission]
    is_over: bool


def reviews(
    rng: Random,
    plans: Iterable[Plan],
    assignments: list[Assignment],
    submissions: list[Submission],
) -> Reviews:
    """Turn two assignments of the Hindi course into essays, with texts, and review them."""
    into = Reviews()
    for plan in plans:
        due = [one for one in plan.assignments if one.kind == "ASSIGNMENT" and one.due_at < _NOW]
        for number, one in enumerate(due[:2]):
            wanted = _essay(into, rng, one, plan.course.creator_id)
            assignments[one.id - 1] = wanted
            newest = {}
            for place, row in enumerate(submissions):
                if row.assignment_id == one.id:
                    submissions[place] = row._replace(text=essay(rng))
                    newest[row.enrollment_id] = submissions[place]
            _review_all(into, rng, _Essay(wanted, newest, is_over=number == 0))
    return into


def _essay(into: Reviews, rng: Random, one: Assignment, teacher_id: int) -> Assignment:
    """Give an assignment a rubric of its points, and reviews by peers."""
    rubric = Rubric(len(into.rubrics) + 1, one.course_id, f"{RUBRIC} {len(into.rubrics) + 1}")
    into.rubrics.append(rubric)
    text = json.dumps(criteria(one.max_score), ensure_ascii=False, sort_keys=True)
    into.versions.append(RubricVersion(len(into.versions) + 1, rubric.id, 1, text, teacher_id))
    is_first = rubric.id == 1
    due_at = one.due_at + timedelta(days=10) if is_first else _TO_COME
    into.settings.append(
        PeerReviewSettings(
            len(into.settings) + 1, one.id, one.course_id, _PER_WORK,
            due_at, _FLAG_PERCENT, rng.randrange(2**32),
        )
    )  # fmt: skip
    return one._replace(rubric_id=rubric.id, accepts_text=True, instructions=INSTRUCTIONS)


def _review_all(into: Reviews, rng: Random, work: _Essay) -> None:
    settings, version = into.settings[-1], into.versions[-1]
    by_author: dict[int, list[PeerReview]] = {key: [] for key in sorted(work.newest)}
    people = [Participant(key) for key in by_author]
    for pair in allocate(people, Existing(), settings.review_count, settings.seed):
        author, reviewer = work.newest[pair.author], work.newest[pair.reviewer]
        one = PeerReview(
            id=0,
            assignment_id=settings.assignment_id,
            course_id=settings.course_id,
            submission_id=author.id,
            enrollment_id=author.enrollment_id,
            student_id=author.student_id,
            reviewer_id=reviewer.student_id,
            reviewer_enrollment_id=reviewer.enrollment_id,
            status="PENDING",
            decision="",
            rubric_version_id=version.id,
            ratings="[]",
            score=None,
            comment="",
            assigned_at=max(author.submitted_at, reviewer.submitted_at),
            saved_at=None,
            submitted_at=None,
        )
        if work.is_over or rng.random() >= _STILL_PENDING:
            one = _written(rng, one, work)
        by_author[pair.author].append(one)
    if work.is_over:
        _disagree(rng, by_author, work)
    for key, found in by_author.items():
        _add(into, work, work.newest[key], found)


def _written(rng: Random, one: PeerReview, work: _Essay) -> PeerReview:
    """The review, submitted some time after it was assigned; still pending if that is to come."""
    author = work.newest[one.enrollment_id]
    possible = work.assignment.max_score
    share = float((author.score or possible * Decimal("0.6")) / possible)
    ratings, score, comment = review(rng, possible, share)
    moment = one.assigned_at + timedelta(minutes=rng.randint(30, 2_000))
    if moment > _NOW:
        return one
    return one._replace(
        status="SUBMITTED",
        ratings=json.dumps(ratings, sort_keys=True),
        score=score,
        comment=comment,
        saved_at=moment,
        submitted_at=moment,
    )


def _disagree(rng: Random, by_author: dict[int, list[PeerReview]], work: _Essay) -> None:
    """Two reviewers of one essay see it quite differently."""
    both = next(found for found in by_author.values() if len(found) == _PER_WORK)
    for place, share in enumerate((1.3, -0.3)):
        ratings, score, _comment = review(rng, work.assignment.max_score, share)
        both[place] = both[place]._replace(ratings=json.dumps(ratings, sort_keys=True), score=score)


def _add(into: Reviews, work: _Essay, author: Submission, found: list[PeerReview]) -> None:
    """Add the reviews of some work, flagged by the product's rule, with their result."""
    written = [one for one in found if one.score is not None]
    scores = [one.score for one in written if one.score is not None]
    far = outliers(scores, work.assignment.max_score, _FLAG_PERCENT)
    flagged = {written[place].reviewer_id for place in far}
    for one in found:
        status = "FLAGGED" if one.reviewer_id in flagged else one.status
        into.reviews.append(one._replace(id=len(into.reviews) + 1, status=status))
    if not found:
        return
    moments = [one.submitted_at for one in written if one.submitted_at is not None]
    completed_at = max(moments) if len(written) == len(found) else None
    into.results.append(
        PeerReviewResult(
            id=len(into.results) + 1,
            assignment_id=work.assignment.id,
            enrollment_id=author.enrollment_id,
            student_id=author.student_id,
            course_id=author.course_id,
            average=average_of(scores),
            median=median_of(scores),
            review_count=len(scores),
            submission_id=author.id if completed_at else None,
            completed_at=completed_at,
            announced_at=completed_at,
        )
    )
