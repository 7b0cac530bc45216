"""Schemas of question banks."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from optilearn.assessment.quizzes.questions.content import Content
from optilearn.assessment.quizzes.schemas.fields import (
    Name,
    Points,
    QuestionKind,
    Tag,
)
from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, Number, example
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen, Visible

_Text = Annotated[Visible, StringConstraints(max_length=50_000)]
_Feedback = Annotated[Seen, StringConstraints(max_length=20_000)]
_Tags = Annotated[list[Tag], Field(max_length=50)]
_EXAMPLE = {
    "name": "Capital of France",
    "text": "<p>What is the capital of France?</p>",
    "content": {
        "kind": "MCQ",
        "options": [
            {"key": "a", "text": "Paris", "isRight": True},
            {"key": "b", "text": "Lyon"},
        ],
    },
}


class QuestionQuery(PageQuery):
    """Filters of a question bank."""

    q: str | None = Field(None, max_length=200, description="Words of the name.")
    category_id: Key | None = None
    kind: QuestionKind | None = None
    tag: str | None = Field(None, max_length=64)


class QuestionIn(CamelSchema):
    """A new question."""

    model_config = example(_EXAMPLE)

    name: Name
    text: _Text = Field(description="HTML; gaps stand as [[key]].")
    content: Content
    feedback: _Feedback = ""
    category_id: Key | None = None
    tags: _Tags = []
    points: Points = Decimal(1)


class QuestionChange(ChangeSchema):
    """A question's fields; only what is sent is changed."""

    model_config = example({"points": 2})

    name: Name = ABSENT
    text: _Text = ABSENT
    content: Content = ABSENT
    feedback: _Feedback = ABSENT
    category_id: Key | None = ABSENT
    tags: _Tags = ABSENT
    points: Points = ABSENT


class QuestionRow(CamelSchema):
    """A question in a list."""

    id: int
    name: str
    kind: QuestionKind
    category_id: int | None
    tags: list[str]
    points: Number
    version: int
    updated_at: datetime


class QuestionOut(QuestionRow):
    """A question whole, with its key."""

    text: str
    content: Content
    feedback: str


class QuestionCategoryIn(CamelSchema):
    """A new category."""

    model_config = example({"name": "Fractions"})

    name: Name
    parent_id: Key | None = None


class QuestionCategoryChange(ChangeSchema):
    """A category's fields; only what is sent is changed."""

    model_config = example({"name": "Fractions"})

    name: Name = ABSENT
    parent_id: Key | None = ABSENT


class QuestionCategoryOut(CamelSchema):
    """A category of a question bank."""

    id: int
    name: str
    parent_id: int | None


class QuestionDeleted(CamelSchema):
    """The outcome: it is gone, or archived because attempts have it."""

    is_gone: bool
