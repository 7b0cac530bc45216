"""The review of a question afterwards: its key, and words about the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from optilearn.assessment.quizzes.questions.content import (
    Content,
    FillBlankContent,
    MatchingContent,
    McqContent,
    MultiSelectContent,
    NumericContent,
    OrderingContent,
    ShortAnswerContent,
    TrueFalseContent,
)
from optilearn.assessment.quizzes.questions.marking import comparable
from optilearn.core.spreadsheets import number_of


def key_of(content: Content, order: Sequence[str]) -> dict[str, Any]:
    """Return what is right, by the places that the student saw; no words of the author's else."""
    found: dict[str, Any] = {"kind": content.kind}
    places = {key: str(place) for place, key in enumerate(order, start=1)}
    if isinstance(content, McqContent | MultiSelectContent):
        right = {option.key for option in content.options if option.is_right}
        found["options"] = [places[key] for key in order if key in right]
    elif isinstance(content, TrueFalseContent):
        found["isTrue"] = content.is_true
    elif isinstance(content, ShortAnswerContent):
        found["texts"] = [one.text for one in content.answers if one.share == 100]
    elif isinstance(content, NumericContent):
        found["texts"] = [f"{one.value:f}" for one in content.answers if one.share == 100]
    elif isinstance(content, FillBlankContent):
        found["blanks"] = {
            blank.key: [one.text for one in blank.answers if one.share == 100]
            for blank in content.blanks
        }
    elif isinstance(content, MatchingContent):
        shown = {pair.right: places[pair.key] for pair in content.pairs if pair.key in places}
        found["pairs"] = {str(n): shown[pair.right] for n, pair in enumerate(content.pairs, 1)}
    elif isinstance(content, OrderingContent):
        found["items"] = [places[item.key] for item in content.items]
    return found


def feedback_of(content: Content, value: Any) -> list[str]:
    """Return the author's words about an answer, which has the author's keys."""
    return [] if value is None else [text for text in _feedback(content, value) if text]


def _feedback(content: Content, value: Any) -> Iterator[str]:
    if isinstance(content, McqContent | MultiSelectContent):
        chosen = {value} if isinstance(value, str) else set(value)
        yield from (option.feedback for option in content.options if option.key in chosen)
    elif isinstance(content, TrueFalseContent):
        is_right = value is content.is_true
        yield content.feedback_right if is_right else content.feedback_wrong
    elif isinstance(content, ShortAnswerContent):
        cased = content.is_case_sensitive
        typed = comparable(value, is_case_sensitive=cased)
        for one in content.answers:
            if comparable(one.text, is_case_sensitive=cased) == typed:
                yield one.feedback
    elif isinstance(content, NumericContent):
        number = number_of(value)
        for answer in content.answers:
            away = None if number is None else abs(number - Fraction(answer.value))
            if away is not None and away <= Fraction(answer.tolerance):
                yield answer.feedback
