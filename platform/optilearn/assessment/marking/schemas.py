"""Schemas of marking."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, model_validator
from typing_extensions import TypeAliasType

from optilearn.assessment.assignments.schemas import SubmissionState, SubmittedFile
from optilearn.assessment.rubrics.content import RubricRating
from optilearn.assessment.rubrics.schemas import RubricCriterionOut, RubricRatingOut
from optilearn.core.http.envelope import CamelSchema, Number, example
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen, Visible

MarkPoints = Annotated[Decimal, Field(ge=0, le=Decimal("999999.99"), decimal_places=2)]
Words = Annotated[Visible, StringConstraints(max_length=5_000)]
Comment = Annotated[Seen, StringConstraints(max_length=10_000)]
Reason = Annotated[Seen, StringConstraints(max_length=500)]
RegradeStatus = TypeAliasType("RegradeStatus", Literal["OPEN", "ACCEPTED", "DECLINED"])
GradeVersion = Annotated[
    int, Field(0, ge=0, description="Of the grade that was read; 0 if there was none.")
]


class SubmissionsQuery(PageQuery):
    """Filters of the marking queue; each is about a student's newest submission."""

    status: SubmissionState | None = None
    ungraded: bool | None = Field(None, description="True: what waits for a mark.")
    late: bool | None = None


class QueuedStudent(CamelSchema):
    """A student in the marking queue."""

    id: int
    code: str
    name: str


class QueuedGrade(CamelSchema):
    """The grade of a student for the assignment."""

    points: Number | None
    version: int
    is_posted: bool


class QueuedSubmission(CamelSchema):
    """A student's newest submission."""

    id: int
    label: str = Field(description="The student's name, or the submission's where it is hidden.")
    student: QueuedStudent | None = Field(description="Null while marking is anonymous.")
    enrollment_id: int | None
    status: SubmissionState
    submitted_at: datetime
    is_late: bool
    is_of_group: bool
    attempts: int
    preview: str = Field(description="At most 240 characters of the text.")
    files: int
    url: str
    marks: int = Field(description="Markers who have marked it.")
    grade: QueuedGrade | None


class SubmissionFileUrl(CamelSchema):
    """The signed URL of a file and its expiry. It needs no session, so don't share it."""

    url: str
    expires_at: datetime


class SubmissionMarkOut(CamelSchema):
    """One marker's mark."""

    id: int
    marker_name: str
    is_own: bool
    points: Number | None = Field(description="Null while a criterion that counts isn't rated.")
    ratings: list[RubricRatingOut] | None
    rubric_version: int | None
    is_outdated: bool = Field(description="The rubric has changed since; the mark stays.")
    comment: str
    updated_at: datetime


class SubmissionCommentOut(CamelSchema):
    """A comment on a submission."""

    id: int
    author_name: str
    start: int | None
    end: int | None
    quote: str
    text: str
    created_at: datetime


class MarkedGrade(CamelSchema):
    """The grade that marks have made."""

    points: Number | None
    raw_points: Number | None
    deducted: Number
    comment: str
    version: int
    is_posted: bool


class MarkingRubric(CamelSchema):
    """The rubric that new marks are given by."""

    id: int
    version: int
    criteria: list[RubricCriterionOut]


class SubmissionOut(CamelSchema):
    """A submission, for markers."""

    id: int
    assignment_id: int
    label: str
    student: QueuedStudent | None
    enrollment_id: int | None
    status: SubmissionState
    submitted_at: datetime
    is_late: bool
    is_newest: bool
    is_of_group: bool
    submission_ids: list[int] = Field(description="All of this student, the newest first.")
    text: str
    plain_text: str = Field(description="Comments are anchored in it.")
    url: str
    files: list[SubmittedFile]
    returned_at: datetime | None
    return_comment: str
    max_score: Number
    rubric: MarkingRubric | None
    marks: list[SubmissionMarkOut]
    comments: list[SubmissionCommentOut]
    grade: MarkedGrade | None


class MarkIn(CamelSchema):
    """A mark: points, or ratings by the assignment's rubric."""

    model_config = example({"points": 8.5, "version": 0})

    points: MarkPoints | None = None
    ratings: Annotated[list[RubricRating], Field(max_length=50)] | None = None
    comment: Comment = ""
    reason: Reason = ""
    version: GradeVersion
    is_for_group: bool = Field(default=True, description="False: for this student alone.")


class FinalMarkIn(CamelSchema):
    """The final mark of moderated work: a marker's, or other points."""

    model_config = example({"markId": 3, "version": 0})

    mark_id: Key | None = None
    points: MarkPoints | None = None
    comment: Comment = ""
    reason: Reason = ""
    version: GradeVersion
    is_for_group: bool = True


class ReturnIn(CamelSchema):
    """The reason why work has to be revised."""

    model_config = example({"comment": "Please name your sources."})

    comment: Words


class CommentAnchor(CamelSchema):
    """A passage of the plain text."""

    start: int = Field(ge=0, le=1_000_000)
    end: int = Field(ge=1, le=1_000_000)
    quote: Words = Field(description="The passage itself, as a check of both.")

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.end <= self.start:
            raise ValueError(_("A passage ends after it begins."))
        return self


class CommentIn(CamelSchema):
    """A comment on a passage, or on all of a submission."""

    model_config = example(
        {"text": "Says who?", "anchor": {"start": 3, "end": 8, "quote": "known"}}
    )

    text: Words
    anchor: CommentAnchor | None = None


class ModerationQuery(PageQuery):
    """Filters of the moderation."""

    differing: bool | None = Field(None, description="True: more than the assignment allows.")


class ModerationMark(CamelSchema):
    """A marker's points."""

    id: int
    marker_name: str
    points: Number | None


class ModeratedSubmission(CamelSchema):
    """A submission with its markers' points, and how far they are apart."""

    id: int
    label: str
    marks: list[ModerationMark]
    difference: Number | None = Field(description="Null for fewer than two complete marks.")
    allowed: Number = Field(description="Points by which marks may differ.")
    is_differing: bool
    grade: QueuedGrade | None


class RegradeIn(CamelSchema):
    """The reason of a request to grade again."""

    model_config = example({"reason": "Question 3 was answered on the back."})

    reason: Words


class RegradeMessageIn(CamelSchema):
    """A message in the thread of a request."""

    model_config = example({"text": "Which page is it on?"})

    text: Words


class RegradeAnswerIn(CamelSchema):
    """The answer: accepted with points, or declined with words."""

    model_config = example({"isAccepted": True, "points": 9, "text": "Right.", "version": 1})

    is_accepted: bool
    text: Words
    points: MarkPoints | None = None
    version: GradeVersion

    @model_validator(mode="after")
    def _has_points_if_accepted(self) -> Self:
        if self.is_accepted != (self.points is not None):
            raise ValueError(_("An accepted request has points, a declined one has none."))
        return self


class RegradesQuery(PageQuery):
    """Filters of a course's requests."""

    status: RegradeStatus | None = None


class RegradeMessageOut(CamelSchema):
    """A message of a thread."""

    author_name: str
    is_student: bool
    text: str
    created_at: datetime


class RegradeRow(CamelSchema):
    """A request in a list."""

    id: int
    assignment_id: int
    assignment_title: str
    enrollment_id: int
    student: QueuedStudent
    status: RegradeStatus
    points_before: Number | None
    points_after: Number | None
    opened_at: datetime
    closed_at: datetime | None


class RegradeOut(CamelSchema):
    """A request with its thread."""

    id: int
    assignment_id: int
    assignment_title: str
    enrollment_id: int
    status: RegradeStatus
    points_before: Number | None
    points_after: Number | None
    grade_version: int
    opened_at: datetime
    closed_at: datetime | None
    messages: list[RegradeMessageOut]
