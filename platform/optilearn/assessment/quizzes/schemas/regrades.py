"""Schemas of regrades."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from optilearn.assessment.quizzes.schemas.fields import (
    QuizStudent,
)
from optilearn.core.http.envelope import CamelSchema, Number, example
from optilearn.core.http.keys import Key

QuizRegradeMethod = TypeAliasType("QuizRegradeMethod", Literal["NEW_KEY", "EITHER", "EVERYBODY"])


class QuizRegradeIn(CamelSchema):
    """A question to mark again. Nothing happens unless `applyToken` is the preview's token."""

    model_config = example({"questionId": 12, "method": "EITHER"})

    question_id: Key
    method: QuizRegradeMethod = Field(
        description="By the new key, by the better of both, or all points to everybody."
    )
    apply_token: Annotated[str, Field(max_length=100)] | None = None


class RegradedState(CamelSchema):
    """An attempt before or after, and the grade that the student's attempts make."""

    points: Number | None
    has_passed: bool | None
    grade: Number | None


class RegradedAttempt(CamelSchema):
    """An attempt whose points change."""

    attempt_id: int
    number: int
    student: QuizStudent
    before: RegradedState
    after: RegradedState
    is_grade_set_by_hand: bool = Field(description="The grade was set by a person, and stays.")


class QuizRegradeOut(CamelSchema):
    """The changes of a regrade: planned, or done if `applied`."""

    applied: bool
    token: str
    unchanged: int = Field(description="Answers whose points stay.")
    graded_by_hand: int = Field(description="Answers that a person has graded, which stay.")
    attempts: list[RegradedAttempt]


class QuizRegradeAuthor(CamelSchema):
    """Somebody who had a question marked again."""

    id: int
    name: str


class QuizRegradeRow(CamelSchema):
    """A regrade in a quiz's history."""

    id: int
    at: datetime
    author: QuizRegradeAuthor | None
    question_id: int
    question_version: int
    method: QuizRegradeMethod
    attempts: int
