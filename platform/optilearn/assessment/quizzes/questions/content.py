"""The content of questions, by type: what authors write, with the key. Stored as JSON.

``share`` is what an answer earns, in percent of the question's points.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from optilearn.core.http.envelope import CamelSchema, example
from optilearn.core.text import Seen, Visible

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Html = Annotated[Visible, StringConstraints(max_length=20_000)]
Feedback = Annotated[Seen, StringConstraints(max_length=20_000)]
Plain = Annotated[Visible, StringConstraints(max_length=1_000)]
Share = Annotated[Decimal, Field(ge=-100, le=100, decimal_places=5)]
_ALMOST_WHOLE = Decimal("99.9")
"""Thirds are written with five places."""
Exact = Annotated[Decimal, Field(max_digits=30, decimal_places=15)]


class Option(CamelSchema):
    """An option to choose. Without a share, right options share the whole equally.

    What is left out has its default.
    """

    key: Key
    text: Html
    is_right: bool = False
    share: Share | None = None
    feedback: Feedback = ""


class McqContent(CamelSchema):
    """One of several options."""

    model_config = example(
        {
            "kind": "MCQ",
            "options": [
                {"key": "a", "text": "Paris", "isRight": True},
                {"key": "b", "text": "Lyon"},
            ],
        }
    )

    kind: Literal["MCQ"]
    options: Annotated[list[Option], Field(min_length=2, max_length=100)]

    @model_validator(mode="after")
    def _has_one_right(self) -> Self:
        _once(self.options)
        if sum(option.is_right for option in self.options) != 1:
            raise ValueError(_("Mark exactly one option as right."))
        if any(one.is_right and one.share not in {None, 100} for one in self.options):
            raise ValueError(_("One answer must be worth 100 %."))
        return self


class TrueFalseContent(CamelSchema):
    """A statement that is true or not. What is left out has its default."""

    kind: Literal["TRUE_FALSE"]
    is_true: bool
    feedback_right: Feedback = ""
    feedback_wrong: Feedback = ""


class MultiSelectContent(CamelSchema):
    """All that are right of several options, and none that is wrong.

    What is left out has its default.
    """

    model_config = example(
        {
            "kind": "MULTI_SELECT",
            "options": [{"key": "a", "text": "2", "isRight": True}, {"key": "b", "text": "4"}],
        }
    )

    kind: Literal["MULTI_SELECT"]
    options: Annotated[list[Option], Field(min_length=2, max_length=100)]
    partial_credit: bool = Field(
        default=False,
        description="Shares add up, from 0 to 100; a wrong one takes what a right one gives.",
    )

    @model_validator(mode="after")
    def _has_a_right_one(self) -> Self:
        _once(self.options)
        if not any(option.is_right for option in self.options):
            raise ValueError(_("Mark at least one option as right."))
        if self.partial_credit:
            each = Decimal(100) / sum(one.is_right for one in self.options)
            plain = (each if one.is_right else -each for one in self.options)
            best = (
                max(share if one.share is None else one.share, Decimal(0))
                for one, share in zip(self.options, plain, strict=True)
            )
            if sum(best) < _ALMOST_WHOLE:
                raise ValueError(_("Right options must be worth 100 % together."))
        return self


class TextAnswer(CamelSchema):
    """A text that is right, or in part. What is left out has its default."""

    model_config = example({"text": "Paris"})

    text: Plain
    share: Share = Decimal(100)
    feedback: Feedback = ""


class ShortAnswerContent(CamelSchema):
    """A word or two, compared without blanks around it, and without case unless said.

    What is left out has its default.
    """

    model_config = example({"kind": "SHORT_ANSWER", "answers": [{"text": "Paris"}]})

    kind: Literal["SHORT_ANSWER"]
    answers: Annotated[list[TextAnswer], Field(min_length=1, max_length=100)]
    is_case_sensitive: bool = False

    @model_validator(mode="after")
    def _has_a_right_one(self) -> Self:
        _whole([answer.share for answer in self.answers])
        return self


class Blank(CamelSchema):
    """A gap, which stands in the text as ``[[key]]``. What is left out has its default."""

    model_config = example({"key": "a", "answers": [{"text": "two"}]})

    key: Key
    answers: Annotated[list[TextAnswer], Field(min_length=1, max_length=100)]
    weight: Annotated[Decimal, Field(gt=0, le=1000, decimal_places=2)] = Decimal(1)


class FillBlankContent(CamelSchema):
    """A text with gaps. What is left out has its default."""

    model_config = example(
        {"kind": "FILL_BLANK", "blanks": [{"key": "a", "answers": [{"text": "two"}]}]}
    )

    kind: Literal["FILL_BLANK"]
    blanks: Annotated[list[Blank], Field(min_length=1, max_length=100)]
    is_case_sensitive: bool = False
    partial_credit: bool = True

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        _once(self.blanks)
        for blank in self.blanks:
            _whole([answer.share for answer in blank.answers])
        return self


class Pair(CamelSchema):
    """Two things that belong together."""

    model_config = example({"key": "a", "left": "Paris", "right": "France"})

    key: Key
    left: Html
    right: Plain


class Distractor(CamelSchema):
    """A right side that belongs to nothing."""

    model_config = example({"key": "c", "text": "Italy"})

    key: Key
    text: Plain


class MatchingContent(CamelSchema):
    """Pairs to find. Pairs of one right side are interchangeable.

    What is left out has its default.
    """

    model_config = example(
        {
            "kind": "MATCHING",
            "pairs": [
                {"key": "a", "left": "Paris", "right": "France"},
                {"key": "b", "left": "Bonn", "right": "Germany"},
            ],
        }
    )

    kind: Literal["MATCHING"]
    pairs: Annotated[list[Pair], Field(min_length=2, max_length=50)]
    distractors: Annotated[list[Distractor], Field(max_length=50)] = []
    partial_credit: bool = True

    @model_validator(mode="after")
    def _has_each_once(self) -> Self:
        _once([*self.pairs, *self.distractors])
        if {one.text for one in self.distractors} & {pair.right for pair in self.pairs}:
            raise ValueError(_("A distractor can't be the right side of a pair."))
        return self


class NumberAnswer(CamelSchema):
    """A number with the distance at which another is taken for it.

    What is left out has its default.
    """

    model_config = example({"value": "3.14", "tolerance": "0.005"})

    value: Exact
    tolerance: Annotated[Exact, Field(ge=0)] = Decimal(0)
    share: Share = Decimal(100)
    feedback: Feedback = ""


class NumericContent(CamelSchema):
    """A number."""

    model_config = example({"kind": "NUMERIC", "answers": [{"value": "2"}]})

    kind: Literal["NUMERIC"]
    answers: Annotated[list[NumberAnswer], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _has_a_right_one(self) -> Self:
        _whole([answer.share for answer in self.answers])
        return self


class Step(CamelSchema):
    """A thing to put in order."""

    model_config = example({"key": "a", "text": "First"})

    key: Key
    text: Html


class OrderingContent(CamelSchema):
    """Things to put in order; they are listed in the right one.

    What is left out has its default.
    """

    model_config = example(
        {
            "kind": "ORDERING",
            "items": [{"key": "a", "text": "First"}, {"key": "b", "text": "Second"}],
        }
    )

    kind: Literal["ORDERING"]
    items: Annotated[list[Step], Field(min_length=2, max_length=50)]
    partial_credit: bool = Field(default=False, description="A share for each in its place.")

    @model_validator(mode="after")
    def _has_each_once(self) -> Self:
        _once(self.items)
        return self


class EssayContent(CamelSchema):
    """A text that somebody grades by hand. What is left out has its default."""

    model_config = example({"kind": "ESSAY"})

    kind: Literal["ESSAY"]
    max_characters: Annotated[int, Field(ge=1, le=50_000)] = 50_000
    notes_for_graders: Feedback = ""


Content = Annotated[
    McqContent
    | TrueFalseContent
    | MultiSelectContent
    | ShortAnswerContent
    | FillBlankContent
    | MatchingContent
    | NumericContent
    | OrderingContent
    | EssayContent,
    Field(discriminator="kind"),
]
_adapter: TypeAdapter[Content] = TypeAdapter(Content)


def content_of(stored: object) -> Content:
    """Return a question's content, as it is stored."""
    return _adapter.validate_python(stored)


def stored(content: Content) -> dict[str, object]:
    """Return the content as it is stored: JSON, its numbers exact."""
    found: dict[str, object] = content.model_dump(mode="json", by_alias=True)
    return found


def _once(keyed: Sequence[Option | Blank | Pair | Distractor | Step]) -> None:
    if len({one.key for one in keyed}) < len(keyed):
        raise ValueError(_("Each key can be used once."))


def _whole(shares: list[Decimal]) -> None:
    if max(shares) != 100:
        raise ValueError(_("One answer must be worth 100 %."))
