"""Schemas of peer reviews."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from optilearn.assessment.rubrics.content import RubricRating
from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, Number, example
from optilearn.core.http.instants import Instant
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen

Score = Annotated[Decimal, Field(ge=0, le=Decimal("999999.99"), decimal_places=2)]
SetsScore = Literal["NONE", "MEDIAN", "AVERAGE"]
ReviewCount = Annotated[int, Field(ge=0, le=20)]
FlagPercent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]


class PeerReviewSettingsOut(CamelSchema):
    """The peer review of an assignment."""

    peer_review_count: int = Field(description="Reviewers for each student's work; 0: off.")
    peer_review_due_at: datetime | None
    is_anonymous_to_authors: bool = Field(
        description="Authors don't learn who reviewed. Reviewers never learn whose work it is."
    )
    sets_score: SetsScore
    flag_percent: Number | None


class PeerReviewSettingsChange(ChangeSchema):
    """The peer review of an assignment; only what is sent is changed."""

    model_config = example({"peerReviewCount": 3, "peerReviewDueAt": "2026-05-08T18:00:00Z"})

    peer_review_count: ReviewCount = ABSENT
    peer_review_due_at: Instant | None = ABSENT
    is_anonymous_to_authors: bool = ABSENT
    sets_score: SetsScore = Field(
        ABSENT, description="The grade, on the last review, unless a person has graded."
    )
    flag_percent: FlagPercent | None = Field(
        ABSENT,
        description="Of the highest score: a review farther from the median is flagged. Null: none",
    )


class PeerReviewIn(CamelSchema):
    """A review, whole: ratings where there is a rubric with points, else a score."""

    model_config = example({"score": 8, "comment": "Clear, but the second proof has a gap."})

    score: Score | None = None
    ratings: Annotated[list[RubricRating], Field(max_length=100)] = []
    comment: Annotated[Seen, StringConstraints(max_length=20_000)] = ""


class PeerReviewRow(CamelSchema):
    """A review that the caller was asked for. Nothing says whose work it is."""

    id: int
    assignment_id: int
    assignment_title: str
    course_id: int
    course_title: str
    due_at: datetime | None
    assigned_at: datetime
    submitted_at: datetime | None
    is_submitted: bool
    is_open: bool = Field(description="The work can be read, and the review written.")


class ReviewedFile(CamelSchema):
    """A file of the work, under a neutral name; `number` leads to it."""

    number: int
    name: str
    content_type: str
    size: int


class ReviewedFileUrl(CamelSchema):
    """The signed URL of a file of the work. It needs no session, so don't share it."""

    url: str
    expires_at: datetime


class WorkToReview(CamelSchema):
    """The work of a peer, as the reviewer sees it."""

    text: str
    url: str
    files: list[ReviewedFile]


class LevelToRate(CamelSchema):
    """A level of a criterion."""

    key: str
    title: str
    description: str
    points: Number


class CriterionToRate(CamelSchema):
    """A criterion of the review's rubric."""

    key: str
    title: str
    description: str
    is_range: bool
    counts: bool
    levels: list[LevelToRate]


class PeerRating(CamelSchema):
    """A reviewer's rating of one criterion."""

    criterion: str
    level: str | None
    points: Number | None
    comment: str


class ReviewContent(CamelSchema):
    """The content of a review."""

    score: Number | None
    comment: str
    ratings: list[PeerRating]


class OwnPeerReview(ReviewContent):
    """A review that the caller was asked for. Nothing says whose work it is."""

    id: int
    assignment_id: int
    assignment_title: str
    course_id: int
    due_at: datetime | None
    is_open: bool
    is_submitted: bool
    assigned_at: datetime
    saved_at: datetime | None
    submitted_at: datetime | None
    max_score: Number
    criteria: list[CriterionToRate]
    work: WorkToReview | None = Field(description="Null when the review isn't open.")


class ReviewOfOwnWork(ReviewContent):
    """A review of the caller's work."""

    reviewer: str | None = Field(description="Null where reviewers are anonymous.")
    criteria: list[CriterionToRate]


class ReviewsOfOwnWork(CamelSchema):
    """The reviews of the caller's work, once all are in and released."""

    is_released: bool
    score: Number | None
    max_score: Number
    reviews: list[ReviewOfOwnWork]


class PeerReviewPerson(CamelSchema):
    """An author or a reviewer, for managers."""

    id: int
    code: str
    name: str


class PeerReviewForStaff(ReviewContent):
    """A review of some work, for managers. A draft's content is the reviewer's own."""

    id: int
    reviewer: PeerReviewPerson
    is_by_staff: bool
    status: Literal["PENDING", "SUBMITTED", "FLAGGED"]
    decision: Literal["INCLUDED", "EXCLUDED"] | None
    assigned_at: datetime
    submitted_at: datetime | None
    closed_at: datetime | None


class ReviewedWork(CamelSchema):
    """A student's work with its reviews, for managers."""

    label: str = Field(description="The student's name, or the submission's where it is hidden.")
    enrollment_id: int | None = Field(description="Of a group, the first member's.")
    submission_id: int
    student: PeerReviewPerson | None = Field(description="Null while marking is anonymous.")
    submitted_at: datetime
    preview: str = Field(description="At most 240 characters.")
    average: Number | None
    median: Number | None
    is_complete: bool
    blocked: Literal["NOBODY", "NO_REVIEWS"] | None = Field(
        description="Why nobody reviews it: nobody could, or nobody did before the deadline."
    )
    reviews: list[PeerReviewForStaff]


class ReviewedWorkQuery(PageQuery):
    """Filters of an assignment's work under review."""

    only: Literal["FLAGGED", "BLOCKED"] | None = None


class PeerReviewer(CamelSchema):
    """A reviewer, and how well they review."""

    enrollment_id: int
    reviewer: PeerReviewPerson
    assigned: int
    submitted: int
    on_time: int
    closed: int = Field(description="Not written before the deadline.")
    flagged: int
    excluded: int
    mean_distance: Number | None = Field(
        description="Points between their scores and the median of the others', on average."
    )


class ReviewsAllocated(CamelSchema):
    """The number of reviews that were assigned."""

    assigned: int


class ReviewDecisionIn(CamelSchema):
    """A manager's verdict on a submitted review."""

    model_config = example({"isExcluded": True})

    is_excluded: bool = Field(description="False: it counts, though it may be far off.")
