"""The mark of an answer, by type of question: exact shares, nothing rounded.

Rules: docs/quizzes.md#marks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from optilearn.assessment.quizzes.questions.content import (
    Content,
    EssayContent,
    FillBlankContent,
    MatchingContent,
    McqContent,
    MultiSelectContent,
    NumericContent,
    OrderingContent,
    ShortAnswerContent,
    TextAnswer,
    TrueFalseContent,
)
from optilearn.core.spreadsheets import number_of
from optilearn.core.text import without_invisible

_NOTHING: Final = Fraction(0)
_WHOLE: Final = Fraction(1)


def share_of(content: Content, value: Any, *, penalizes: bool = False) -> Fraction | None:
    """Return what an answer earns, as a share of the points; None if a person has to say.

    From -1 where ``penalizes``, else from 0, to 1. No answer earns 0. ``value`` is what
    :func:`~optilearn.assessment.quizzes.questions.answers.as_written` returns.
    """
    if value is None:
        return _NOTHING
    if isinstance(content, EssayContent):
        return None if value.strip() else _NOTHING
    share = _MARKERS[type(content)](content, value)
    return max(share, -_WHOLE if penalizes else _NOTHING)


def _mcq(content: McqContent, value: str) -> Fraction:
    chosen = next((one for one in content.options if one.key == value), None)
    if chosen is None:
        return _NOTHING
    return _percent(chosen.share) if chosen.share is not None else Fraction(chosen.is_right)


def _true_false(content: TrueFalseContent, value: bool) -> Fraction:  # noqa: FBT001 - the answer
    return Fraction(value is content.is_true)


def _multi_select(content: MultiSelectContent, value: list[str]) -> Fraction:
    chosen, right = set(value), {one.key for one in content.options if one.is_right}
    if not content.partial_credit:
        return Fraction(chosen == right)
    each = Fraction(1, len(right))
    total = _NOTHING
    for option in content.options:
        if option.key in chosen:
            plain = each if option.is_right else -each
            total += plain if option.share is None else _percent(option.share)
    return min(total, _WHOLE)


def _short_answer(content: ShortAnswerContent, value: str) -> Fraction:
    return _text(content.answers, value, is_case_sensitive=content.is_case_sensitive)


def _fill_blank(content: FillBlankContent, value: Mapping[str, str]) -> Fraction:
    shares = [
        _text(
            blank.answers,
            value.get(blank.key, ""),
            is_case_sensitive=content.is_case_sensitive,
        )
        for blank in content.blanks
    ]
    if not content.partial_credit:
        return Fraction(all(share == 1 for share in shares))
    weights = [Fraction(blank.weight) for blank in content.blanks]
    return sum(map(Fraction.__mul__, shares, weights), _NOTHING) / sum(weights)


def _matching(content: MatchingContent, value: Mapping[str, str]) -> Fraction:
    texts = {pair.key: pair.right for pair in content.pairs}
    right = sum(
        pair.key in value and texts.get(value[pair.key]) == pair.right for pair in content.pairs
    )
    return _part(right, len(content.pairs), is_partial=content.partial_credit)


def _numeric(content: NumericContent, value: str) -> Fraction:
    number = number_of(value)
    if number is None:
        return _NOTHING
    shares = [
        _percent(answer.share)
        for answer in content.answers
        if abs(number - Fraction(answer.value)) <= Fraction(answer.tolerance)
    ]
    return max(shares, default=_NOTHING)


def _ordering(content: OrderingContent, value: list[str]) -> Fraction:
    wanted = [item.key for item in content.items]
    right = sum(key == place for key, place in zip(value, wanted, strict=False))
    return _part(right, len(wanted), is_partial=content.partial_credit)


_MARKERS: Final[Mapping[type, Callable[[Any, Any], Fraction]]] = {
    McqContent: _mcq,
    TrueFalseContent: _true_false,
    MultiSelectContent: _multi_select,
    ShortAnswerContent: _short_answer,
    FillBlankContent: _fill_blank,
    MatchingContent: _matching,
    NumericContent: _numeric,
    OrderingContent: _ordering,
}


def comparable(text: str, *, is_case_sensitive: bool) -> str:
    """Return a typed text as answers are compared: composed, without blanks around it.

    Characters that nobody sees, which phones and word processors put in, make no difference.
    """
    plain = " ".join(unicodedata.normalize("NFC", without_invisible(text)).split())
    return plain if is_case_sensitive else unicodedata.normalize("NFC", plain.casefold())


def _text(answers: list[TextAnswer], value: str, *, is_case_sensitive: bool) -> Fraction:
    typed = comparable(value, is_case_sensitive=is_case_sensitive)
    shares = [
        _percent(answer.share)
        for answer in answers
        if comparable(answer.text, is_case_sensitive=is_case_sensitive) == typed
    ]
    return max(shares, default=_NOTHING)


def _part(right: int, of: int, *, is_partial: bool) -> Fraction:
    return Fraction(right, of) if is_partial else Fraction(right == of)


def _percent(share: Decimal) -> Fraction:
    """A share in percent. Thirds are written with five places: 33.33333 is a third."""
    exact = Fraction(share) / 100
    near = exact.limit_denominator(20)
    return near if abs(exact - near) < Fraction(1, 10**6) else exact
