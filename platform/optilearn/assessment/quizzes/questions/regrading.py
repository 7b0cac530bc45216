"""Shares of answers after a question's key was changed. Rules: docs/quizzes.md#regrading."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from optilearn.assessment.quizzes.questions.content import (
    Content,
    EssayContent,
    FillBlankContent,
    MatchingContent,
    McqContent,
    MultiSelectContent,
    OrderingContent,
)
from optilearn.assessment.quizzes.questions.marking import share_of

_WHOLE: Final = Fraction(1)


class Method(StrEnum):
    """The way answers are marked again."""

    NEW_KEY = "NEW_KEY"
    """By the new key alone; marks may fall."""
    EITHER = "EITHER"
    """By the better of both keys."""
    EVERYBODY = "EVERYBODY"
    """All points to everybody, as for a question that was wrong."""


def shape_of(content: Content) -> object:
    """Return what has to be the same in two versions for answers to fit both; None: no key."""
    if isinstance(content, EssayContent):
        return None
    if isinstance(content, McqContent | MultiSelectContent):
        return frozenset(one.key for one in content.options)
    if isinstance(content, FillBlankContent):
        return frozenset(one.key for one in content.blanks)
    if isinstance(content, OrderingContent):
        return frozenset(one.key for one in content.items)
    if isinstance(content, MatchingContent):
        # A pair's right side is both its key and what students choose from.
        return tuple((one.key, one.right) for one in content.pairs)
    return content.kind


def regraded(
    share: Fraction | None, method: Method, content: Content, value: Any, *, penalizes: bool
) -> Fraction | None:
    """Return an answer's share by a new key; ``share`` is by the one before.

    ``value`` has the author's keys, ``content`` is the new version's.
    """
    if method is Method.EVERYBODY:
        return _WHOLE
    new = share_of(content, value, penalizes=penalizes)
    if method is Method.NEW_KEY or share is None or new is None:
        return new
    return max(share, new)
