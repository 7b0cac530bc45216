"""Schemas of attempts and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from optilearn.assessment.quizzes.schemas.fields import (
    AttemptStatus,
    Points,
    QuestionKind,
    QuizStudent,
)
from optilearn.core.http.envelope import CamelSchema, JsonValue, Number, example
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen


class AttemptIn(CamelSchema):
    """The start of an attempt."""

    model_config = example({"accessCode": ""})

    access_code: Annotated[Seen, StringConstraints(max_length=100)] = ""


class AttemptRow(CamelSchema):
    """An attempt in a list; marks that may not be seen yet are null."""

    id: int
    number: int
    status: AttemptStatus
    is_being_marked: bool = Field(
        description="It has just ended: ask again in a second for its marks."
    )
    started_at: datetime
    deadline_at: datetime | None = Field(description="By the server's clock.")
    submitted_at: datetime | None
    ended: Literal["STUDENT", "TIME"] | None
    points: Number | None
    possible: Number
    has_passed: bool | None


class OptionSeen(CamelSchema):
    """Something to choose, match or order."""

    key: str
    text: str


class ContentSeen(CamelSchema):
    """A question's content without its key; each type has its own parts."""

    kind: QuestionKind
    options: list[OptionSeen] = []
    left: list[OptionSeen] = []
    right: list[OptionSeen] = []
    items: list[OptionSeen] = []
    blanks: list[str] = []
    max_characters: int | None = None


class KeySeen(CamelSchema):
    """The right answer; each type has its own part, by the keys of what is seen."""

    kind: QuestionKind
    options: list[str] = []
    is_true: bool | None = None
    texts: list[str] = []
    blanks: dict[str, list[str]] = {}
    pairs: dict[str, str] = {}
    items: list[str] = []


class QuestionSeen(CamelSchema):
    """A question of an attempt, and the student's answer."""

    number: int
    kind: QuestionKind
    text: str
    possible: Number
    content: ContentSeen
    value: Any = Field(description="The answer; null if there is none.")
    sequence: int
    saved_at: datetime | None
    points: Number | None
    comment: str
    feedback: str
    answer_feedback: list[str] = Field(description="About the answer that was given.")
    key: KeySeen | None = Field(description="What was right, once it may be seen.")
    notes_for_graders: str = Field(description="Of an essay, for managers alone.")


class AttemptOut(AttemptRow):
    """An attempt with its questions. `now` is the server's time, to count down by."""

    now: datetime
    questions: list[QuestionSeen]


class FocusOut(CamelSchema):
    """A moment at which the student left the window, or came back."""

    at: datetime
    is_away: bool


class AttemptForStaff(AttemptOut):
    """An attempt with its key, for managers."""

    focus_changes: list[FocusOut]


class StudentAttempt(AttemptRow):
    """An attempt of a quiz, for managers."""

    enrollment_id: int
    student: QuizStudent


class AttemptsQuery(PageQuery):
    """Filters of a quiz's attempts."""

    status: AttemptStatus | None = None


class AnswerIn(CamelSchema):
    """An answer in the form of its type, or null, which takes it back."""

    model_config = example({"kind": "MCQ", "value": "1", "sequence": 1})

    kind: QuestionKind
    value: JsonValue = Field(
        description='MCQ: the option\'s place as it was shown, "2". TRUE_FALSE: true or false.'
        ' MULTI_SELECT: places, ["1", "3"]. ORDERING: all places in order, ["2", "1", "3"].'
        ' MATCHING: the right place for each left one, {"1": "2"}. FILL_BLANK: a text for each'
        ' gap, {"a": "blue"}. NUMERIC: the number as text, "3,14". SHORT_ANSWER and ESSAY: a text.'
    )
    sequence: Annotated[int, Field(ge=1, le=2**53)] = Field(
        description="Grows with each change of this answer; older ones change nothing."
    )


class SavedAnswer(CamelSchema):
    """The answer that the server has now."""

    number: int
    sequence: int
    saved_at: datetime | None
    value: Any = Field(description="The answer that the server has.")
    is_saved: bool = Field(description="False: a newer one was here already.")


class FocusIn(CamelSchema):
    """The student left the window of the attempt, or came back."""

    model_config = example({"isAway": True})

    is_away: bool


class AnswerGradeIn(CamelSchema):
    """A mark given by hand."""

    model_config = example({"points": 4.5, "comment": "Good."})

    points: Points
    comment: Annotated[Seen, StringConstraints(max_length=10_000)] = ""
