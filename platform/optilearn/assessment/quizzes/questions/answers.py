"""The shape of answers, what students see of a question, and its random orders."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.assessment.quizzes.questions.content import (
    Content,
    EssayContent,
    FillBlankContent,
    MatchingContent,
    McqContent,
    MultiSelectContent,
    OrderingContent,
)
from optilearn.core.errors import AppError, ErrorCode

MAX_TEXT: Final = 1_000
MAX_ESSAY: Final = 50_000
_MAX_KEYS: Final = 100

_random: Final = random.SystemRandom()


def _is_text(value: Any, maximum: int = MAX_TEXT) -> bool:
    return isinstance(value, str) and len(value) <= maximum and "\x00" not in value


def _are_texts(value: Any) -> bool:
    is_list = isinstance(value, list) and len(value) <= _MAX_KEYS
    return is_list and all(_is_text(one) for one in value) and len(set(value)) == len(value)


def _is_map(value: Any) -> bool:
    is_small = isinstance(value, dict) and len(value) <= _MAX_KEYS
    return is_small and all(_is_text(k) and _is_text(v) for k, v in value.items())


_SHAPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "MCQ": _is_text,
    "TRUE_FALSE": lambda value: isinstance(value, bool),
    "MULTI_SELECT": _are_texts,
    "SHORT_ANSWER": _is_text,
    "FILL_BLANK": _is_map,
    "MATCHING": _is_map,
    "NUMERIC": _is_text,
    "ORDERING": _are_texts,
    "ESSAY": lambda value: _is_text(value, MAX_ESSAY),
}


def check_answer(kind: str, value: Any) -> None:
    """Check the shape of an answer: a key, a truth value, keys, a text, texts by key.

    None takes an answer back. Raises ``AppError`` VALIDATION_ERROR.
    """
    if value is not None and not _SHAPES[kind](value):
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("This isn't an answer to a question of this type."),
            [{"path": "/value", "kind": kind}],
        )


def new_order(content: Content, *, shuffles: bool) -> list[str]:
    """Return the order of keys for a new attempt; sides and things to order are always mixed."""
    if isinstance(content, McqContent | MultiSelectContent):
        keys = [option.key for option in content.options]
        return _mixed(keys) if shuffles else keys
    if isinstance(content, MatchingContent):
        unique = {pair.right: pair.key for pair in reversed(content.pairs)}
        return _mixed([*unique.values(), *(one.key for one in content.distractors)])
    if isinstance(content, OrderingContent):
        keys = [item.key for item in content.items]
        return next(order for order in iter(lambda: _mixed(keys), None) if order != keys)
    return []


def _mixed(keys: Iterable[str]) -> list[str]:
    found = list(keys)
    _random.shuffle(found)
    return found


def without_key(content: Content, order: list[str]) -> dict[str, Any]:
    """Return what a student sees of a question's content: nothing that says what is right."""
    seen: dict[str, Any] = {"kind": content.kind}
    if isinstance(content, McqContent | MultiSelectContent):
        options = {option.key: option.text for option in content.options}
        seen["options"] = [{"key": key, "text": options[key]} for key in order]
    elif isinstance(content, MatchingContent):
        rights = {one.key: one.right for one in content.pairs}
        rights |= {one.key: one.text for one in content.distractors}
        seen["left"] = [{"key": pair.key, "text": pair.left} for pair in content.pairs]
        seen["right"] = [{"key": key, "text": rights[key]} for key in order]
    elif isinstance(content, OrderingContent):
        items = {item.key: item.text for item in content.items}
        seen["items"] = [{"key": key, "text": items[key]} for key in order]
    elif isinstance(content, FillBlankContent):
        seen["blanks"] = [blank.key for blank in content.blanks]
    elif isinstance(content, EssayContent):
        seen["maxCharacters"] = content.max_characters
    return seen
