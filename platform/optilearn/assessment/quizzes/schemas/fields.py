"""Fields that several schemas of quizzes share."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypeAliasType

from optilearn.core.http.envelope import CamelSchema
from optilearn.core.text import Visible, VisibleCode

Points = Annotated[Decimal, Field(ge=0, le=1_000, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
Name = Annotated[Visible, StringConstraints(max_length=300)]
Tag = Annotated[VisibleCode, StringConstraints(max_length=64)]
QuestionKind = TypeAliasType(
    "QuestionKind",
    Literal[
        "MCQ",
        "TRUE_FALSE",
        "MULTI_SELECT",
        "SHORT_ANSWER",
        "FILL_BLANK",
        "MATCHING",
        "NUMERIC",
        "ORDERING",
        "ESSAY",
    ],
)
AttemptStatus = TypeAliasType("AttemptStatus", Literal["IN_PROGRESS", "SUBMITTED", "GRADED"])
ShowWhen = TypeAliasType(
    "ShowWhen", Literal["AFTER_ATTEMPT", "AFTER_PASSING", "AFTER_CLOSE", "NEVER"]
)
QuizScoring = TypeAliasType("QuizScoring", Literal["BEST", "LAST", "AVERAGE", "FIRST"])


class QuizStudent(CamelSchema):
    """A student of a quiz."""

    id: int
    code: str
    name: str
