"""Schemas of assignments, submissions and extensions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, model_validator
from typing_extensions import TypeAliasType

from optilearn.assessment.rubrics.schemas import RubricRatingOut
from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, Number, example
from optilearn.core.http.instants import Instant
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen, Visible, VisibleCode

Title = Annotated[Visible, StringConstraints(max_length=300)]
MaxScore = Annotated[Decimal, Field(gt=0, le=Decimal("999999.99"), decimal_places=2)]
Attempts = Annotated[int, Field(ge=1, le=1_000)]
FileCount = Annotated[int, Field(ge=1, le=20)]
FileType = Annotated[VisibleCode, StringConstraints(max_length=120)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
Days = Annotated[int, Field(ge=0, le=365)]
SubmissionType = TypeAliasType("SubmissionType", Literal["TEXT", "FILE", "URL"])
SubmissionState = TypeAliasType("SubmissionState", Literal["SUBMITTED", "GRADED", "RETURNED"])
OnGrades = TypeAliasType("OnGrades", Literal["SCALE", "RETAIN"])
ScoreChange = Annotated[
    OnGrades | None,
    Field(
        None,
        description="If grades were given and `maxScore` changes: SCALE them in proportion, or"
        " RETAIN the points. Without it such a change is refused.",
    ),
]


def _check_times(
    opens_at: datetime | None, due_at: datetime | None, closes_at: datetime | None
) -> None:
    ordered = [one for one in (opens_at, due_at, closes_at) if one is not None]
    if ordered != sorted(ordered):
        raise ValueError(_("The opening comes first, then the due date, then the close."))


class AssignmentIn(CamelSchema):
    """A new assignment. What isn't sent has its default."""

    model_config = example(
        {"title": "Essay", "submissionTypes": ["TEXT", "FILE"], "maxScore": 20, "maxAttempts": 2}
    )

    title: Title
    instructions: str = Field("", max_length=200_000, description="HTML.")
    submission_types: Annotated[list[SubmissionType], Field(max_length=3)] = Field(
        ["TEXT"], description="None: on paper."
    )
    max_score: MaxScore = Decimal(100)
    due_at: Instant | None = None
    opens_at: Instant | None = None
    closes_at: Instant | None = Field(None, description="Nothing is accepted from then on.")
    max_attempts: Attempts | None = Field(None, description="Null: as many as they like.")
    file_types: Annotated[list[FileType], Field(min_length=1, max_length=40)] | None = Field(
        None, description="Content types; null: all that can be uploaded."
    )
    max_files: FileCount = 10
    group_id: Key | None = Field(None, description="A group of the gradebook.")
    group_set_id: Key | None = Field(None, description="Its groups of students hand in together.")
    rubric_id: Key | None = Field(None, description="It sets `maxScore` to what it can give.")
    lesson_id: Key | None = Field(None, description="A lesson of the type ASSIGNMENT.")
    posts_manually: bool = Field(default=False, description="Students see grades when released.")
    is_anonymous: bool = Field(default=False, description="Needs `postsManually`.")
    is_moderated: bool = Field(default=False, description="Marks are provisional.")
    moderation_percent: Percent = Decimal(10)
    regrade_days: Days = Field(14, description="After the release; 0: no requests.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _check_times(self.opens_at, self.due_at, self.closes_at)
        if self.is_anonymous and not self.posts_manually:
            raise ValueError(_("Anonymous marking needs grades that are released by hand."))
        return self


class AssignmentChange(ChangeSchema):
    """An assignment's fields; only what is sent is changed."""

    model_config = example({"version": 1, "title": "Essay on bridges"})

    version: int = Field(
        ABSENT, ge=1, description="Of the assignment that was read: 409 if it has changed since."
    )
    on_grades: ScoreChange
    title: Title = ABSENT
    instructions: str = Field(ABSENT, max_length=200_000, description="HTML.")
    submission_types: Annotated[list[SubmissionType], Field(max_length=3)] = ABSENT
    max_score: MaxScore = ABSENT
    due_at: Instant | None = ABSENT
    opens_at: Instant | None = ABSENT
    closes_at: Instant | None = ABSENT
    max_attempts: Attempts | None = ABSENT
    file_types: Annotated[list[FileType], Field(min_length=1, max_length=40)] | None = ABSENT
    max_files: FileCount = ABSENT
    group_id: Key | None = ABSENT
    group_set_id: Key | None = ABSENT
    rubric_id: Key | None = ABSENT
    lesson_id: Key | None = ABSENT
    posts_manually: bool = ABSENT
    is_anonymous: bool = ABSENT
    is_moderated: bool = ABSENT
    moderation_percent: Percent = ABSENT
    regrade_days: Days = ABSENT
    is_archived: bool = ABSENT


class AssignmentOut(CamelSchema):
    """An assignment, for managers of its course."""

    id: int
    course_id: int
    version: int
    title: str
    instructions: str
    submission_types: list[SubmissionType]
    max_score: Number
    due_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    max_attempts: int | None
    file_types: list[str] | None
    max_files: int
    group_id: int | None
    group_set_id: int | None
    rubric_id: int | None
    lesson_id: int | None
    posts_manually: bool
    is_anonymous: bool
    is_moderated: bool
    moderation_percent: Number
    regrade_days: int
    is_archived: bool


class AssignmentRow(CamelSchema):
    """An assignment in a list."""

    id: int
    title: str
    kind: str = Field(description="QUIZ for a quiz, which its lesson has.")
    due_at: datetime | None
    closes_at: datetime | None
    max_score: Number
    is_archived: bool
    submitted: int = Field(description="Students who have handed in.")
    ungraded: int = Field(description="Students whose newest submission has no grade.")


class AssignmentsQuery(PageQuery):
    """The part of a course's assignments that is asked for."""

    archived: bool = False


class ExtensionIn(CamelSchema):
    """More time for a student, or for a section: moments, or days after the assignment's own."""

    model_config = example({"studentId": 7, "days": 2, "reason": "Ill"})

    student_id: Key | None = None
    section_id: Annotated[Seen, StringConstraints(max_length=200)] = ""
    due_at: Instant | None = None
    closes_at: Instant | None = None
    days: Annotated[int, Field(ge=1, le=365)] | None = Field(
        None, description="Of the school's calendar: the time of day stays."
    )
    reason: Annotated[Seen, StringConstraints(max_length=500)] = ""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.student_id is None) == (not self.section_id):
            raise ValueError(_("Choose either a student or a section."))
        if (self.days is None) == (self.due_at is None and self.closes_at is None):
            raise ValueError(_("Send new times, or days: one of them."))
        return self


class ExtendedStudent(CamelSchema):
    """A student with an extension."""

    id: int
    code: str
    name: str


class ExtensionOut(CamelSchema):
    """An extension."""

    id: int
    student: ExtendedStudent | None
    section_id: str
    due_at: datetime | None
    closes_at: datetime | None
    reason: str


class SubmissionIn(CamelSchema):
    """Work to hand in."""

    model_config = example({"requestId": "2f1c", "text": "<p>My essay.</p>", "fileIds": []})

    request_id: Annotated[VisibleCode, StringConstraints(max_length=100)] = Field(
        description="Chosen by the client; sent again, it is the same submission."
    )
    text: str = Field("", max_length=200_000, description="HTML.")
    url: Annotated[Seen, StringConstraints(max_length=2_000)] = ""
    file_ids: Annotated[list[Key], Field(max_length=20)] = Field(
        [], description="Uploaded in the category `submissions`, complete."
    )


class SubmittedFile(CamelSchema):
    """A file of a submission."""

    id: int
    name: str
    content_type: str
    size: int


class StudentComment(CamelSchema):
    """A comment on a submission, as its student sees it."""

    id: int
    author_name: str
    start: int | None
    end: int | None
    quote: str
    text: str
    created_at: datetime


class StudentSubmission(CamelSchema):
    """A submission as its student sees it; comments and ratings once the grade is released."""

    id: int
    assignment_id: int
    submitted_at: datetime
    status: SubmissionState = Field(description="GRADED once the grade is released.")
    is_late: bool
    text: str
    url: str
    files: list[SubmittedFile]
    is_of_group: bool
    returned_at: datetime | None
    return_comment: str
    comments: list[StudentComment]
    ratings: list[RubricRatingOut] | None


class StudentSubmissionRow(CamelSchema):
    """A submission in a student's list."""

    id: int
    submitted_at: datetime
    status: SubmissionState
    is_late: bool
    is_of_group: bool
    return_comment: str


class StudentAssignmentRow(CamelSchema):
    """An assignment in a student's list."""

    id: int
    title: str
    lesson_id: int | None
    due_at: datetime | None = Field(description="With the student's extensions.")
    closes_at: datetime | None
    max_score: Number
    status: SubmissionState | None = Field(description="Of the newest submission.")
    is_late: bool
    is_missing: bool
    submitted_at: datetime | None


class StudentAssignment(CamelSchema):
    """An assignment as its student sees it."""

    id: int
    course_id: int
    title: str
    instructions: str = Field(description="Empty until it opens.")
    lesson_id: int | None
    submission_types: list[SubmissionType]
    file_types: list[str] | None
    max_files: int
    max_score: Number
    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None
    is_extended: bool
    is_open: bool
    max_attempts: int | None
    attempts_left: int | None = Field(description="Null: as many as they like.")
    group: str | None = Field(description="The name of the student's group.")
    submissions: list[StudentSubmissionRow]
