"""Schemas of item analysis."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from optilearn.assessment.quizzes.schemas.fields import QuestionKind
from optilearn.core.http.envelope import CamelSchema, Number
from optilearn.core.http.pages import StrictQuery

AnalyzedAttempts = TypeAliasType("AnalyzedAttempts", Literal["FIRST", "LAST", "BEST", "ALL"])


class AnalysisQuery(StrictQuery):
    """The attempts of each student that count."""

    attempts: AnalyzedAttempts = "FIRST"


class AnalyzedQuestion(CamelSchema):
    """A question; what isn't answered counts as 0. Null where marks don't differ."""

    question_id: int
    name: str
    kind: QuestionKind
    possible: Number
    attempts: int
    blank: int = Field(description="Attempts that didn't answer it.")
    facility: Number | None = Field(description="Percent of its points that were earned.")
    deviation: Number | None = Field(description="Standard deviation of its points.")
    discrimination: Number | None = Field(
        description="Percent; correlation of its points with those of the rest of the quiz."
    )
    efficiency: Number | None = Field(
        description="Percent; covariance with the rest of the largest that the marks allow."
    )


class QuizAnalysis(CamelSchema):
    """The item analysis of a quiz."""

    attempts: int
    waiting: int = Field(description="Attempts that wait for a grader, and don't count yet.")
    mean_percent: Number | None
    median_percent: Number | None
    deviation_percent: Number | None
    alpha: Number | None = Field(
        description="Cronbach's; null below 3 attempts or 2 questions, or if questions were drawn."
    )
    error_ratio: Number | None = Field(description="Percent of the deviation that is chance.")
    standard_error: Number | None = Field(description="In percent of the quiz's points.")
    questions: list[AnalyzedQuestion]
