"""Schemas of quizzes and accommodations."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, Self

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, model_validator

from optilearn.assessment.assignments.schemas import OnGrades
from optilearn.assessment.quizzes.schemas.attempts import AttemptRow
from optilearn.assessment.quizzes.schemas.fields import (
    Percent,
    Points,
    QuizScoring,
    QuizStudent,
    ShowWhen,
    Tag,
)
from optilearn.core.http.envelope import CamelSchema, Number, example
from optilearn.core.http.instants import Instant
from optilearn.core.http.keys import Key
from optilearn.core.text import Seen

MAX_QUESTIONS: Final = 300


class QuizSlotIn(CamelSchema):
    """A question, or random ones of a category, with tags, or of the whole bank."""

    question_id: Key | None = None
    draw: Annotated[int, Field(ge=1, le=200)] | None = None
    category_id: Key | None = None
    tags: Annotated[list[Tag], Field(max_length=20)] = []
    points: Points | None = Field(None, description="Of each question; null: its own.")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.question_id is None) == (self.draw is None):
            raise ValueError(_("Name a question, or how many to draw."))
        if self.question_id is not None and (self.category_id is not None or self.tags):
            raise ValueError(_("Categories and tags are for questions that are drawn."))
        return self


class QuizIn(CamelSchema):
    """A quiz: settings and questions. What isn't sent has its default."""

    model_config = example(
        {"version": 0, "slots": [{"questionId": 1}, {"draw": 5, "tags": ["easy"]}]}
    )

    version: int = Field(ge=0, description="Of the quiz that was read; 0 for a new one.")
    points: Annotated[Decimal, Field(gt=0, le=Decimal("999999.99"), decimal_places=2)] = Field(
        Decimal(100), description="Of the whole quiz in the gradebook."
    )
    passing_percent: Percent = Decimal(40)
    time_limit_seconds: int = Field(0, ge=0, le=7 * 86_400, description="0: none.")
    max_attempts: Annotated[int, Field(ge=1, le=1_000)] | None = Field(
        None, description="Null: as many as they like."
    )
    shuffle_questions: bool = False
    shuffle_options: bool = False
    show_answers: ShowWhen = "AFTER_ATTEMPT"
    show_marks: ShowWhen = "AFTER_ATTEMPT"
    show_feedback: ShowWhen = "AFTER_ATTEMPT"
    scoring: QuizScoring = "BEST"
    penalizes_wrong: bool = Field(default=False, description="Negative shares count.")
    opens_at: Instant | None = None
    closes_at: Instant | None = None
    access_code: Annotated[Seen, StringConstraints(max_length=100)] = ""
    on_grades: OnGrades | None = Field(
        None,
        description="If somebody set grades by hand and `points` changes: SCALE them in"
        " proportion, or RETAIN them. Without it such a change is refused.",
    )
    slots: Annotated[list[QuizSlotIn], Field(max_length=300)] = []

    @model_validator(mode="after")
    def _closes_after_opening(self) -> Self:
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise ValueError(_("A quiz can't close before it opens."))
        shown = {self.show_answers, self.show_marks, self.show_feedback}
        if "AFTER_CLOSE" in shown and self.closes_at is None:
            raise ValueError(_("Say when the quiz closes: something is shown after that."))
        if sum(slot.draw or 1 for slot in self.slots) > MAX_QUESTIONS:
            raise ValueError(_("A quiz can have %(most)d questions.") % {"most": MAX_QUESTIONS})
        return self


class QuizSlotOut(CamelSchema):
    """A place in a quiz."""

    question_id: int | None
    draw: int | None
    category_id: int | None
    tags: list[str]
    points: Number | None


class QuizOut(CamelSchema):
    """A quiz, for managers of its course."""

    id: int
    lesson_id: int
    course_id: int
    assignment_id: int = Field(description="Its line in the gradebook.")
    version: int
    points: Number
    passing_percent: Number
    time_limit_seconds: int
    max_attempts: int | None
    shuffle_questions: bool
    shuffle_options: bool
    show_answers: ShowWhen
    show_marks: ShowWhen
    show_feedback: ShowWhen
    scoring: QuizScoring
    penalizes_wrong: bool
    opens_at: datetime | None
    closes_at: datetime | None
    access_code: str
    slots: list[QuizSlotOut]


class AllowanceOut(CamelSchema):
    """The time and attempts that a student has more: 1 and 0 for none."""

    time_factor: Number
    extra_attempts: int


class OwnQuiz(CamelSchema):
    """A quiz as its student sees it before an attempt."""

    lesson_id: int
    possible: Number
    passing_percent: Number
    time_limit_seconds: int | None = Field(description="With the student's extra time.")
    max_attempts: int | None = Field(description="With the student's extra ones.")
    needs_access_code: bool
    opens_at: datetime | None
    closes_at: datetime | None = Field(description="With the student's extra time.")
    is_open: bool
    scoring: QuizScoring
    accommodation: AllowanceOut
    attempts: list[AttemptRow]


class AccommodationIn(CamelSchema):
    """More time and attempts for a student."""

    model_config = example({"timeFactor": 1.5, "extraAttempts": 1})

    time_factor: Annotated[Decimal, Field(ge=1, le=10, decimal_places=2)] = Decimal(1)
    extra_attempts: Annotated[int, Field(ge=0, le=100)] = 0
    reason: Annotated[Seen, StringConstraints(max_length=500)] = ""


class AccommodationOut(CamelSchema):
    """A student's accommodation in a course."""

    student: QuizStudent
    time_factor: Number
    extra_attempts: int
    reason: str
