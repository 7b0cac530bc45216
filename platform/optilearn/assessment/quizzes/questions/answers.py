"""The shape of answers, what students see of a question, and its random orders.

Students name options, sides and things to order by their places, "1", "2" …, as they see them: the
keys that the author chose could tell what belongs together.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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
MAX_NUMBER: Final = 60
MAX_ESSAY: Final = 50_000
_MAX_KEYS: Final = 100
_PLACE: Final = re.compile(r"[1-9][0-9]{0,2}\Z", re.ASCII)
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,40}\Z", re.ASCII)

_random: Final = random.SystemRandom()


def _is_text(value: Any, maximum: int = MAX_TEXT) -> bool:
    return isinstance(value, str) and len(value) <= maximum and "\x00" not in value


def _is_place(value: Any) -> bool:
    return isinstance(value, str) and _PLACE.match(value) is not None


def _are_places(value: Any) -> bool:
    is_list = isinstance(value, list) and len(value) <= _MAX_KEYS
    return is_list and all(map(_is_place, value)) and len(set(value)) == len(value)


def _are_pairs(value: Any) -> bool:
    is_small = isinstance(value, dict) and len(value) <= _MAX_KEYS
    return is_small and all(_is_place(k) and _is_place(v) for k, v in value.items())


def _are_gaps(value: Any) -> bool:
    is_small = isinstance(value, dict) and len(value) <= _MAX_KEYS
    return is_small and all(_KEY.match(k) and _is_text(v) for k, v in value.items())


_SHAPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "MCQ": _is_place,
    "TRUE_FALSE": lambda value: isinstance(value, bool),
    "MULTI_SELECT": _are_places,
    "SHORT_ANSWER": _is_text,
    "FILL_BLANK": _are_gaps,
    "MATCHING": _are_pairs,
    "NUMERIC": lambda value: _is_text(value, MAX_NUMBER),
    "ORDERING": _are_places,
    "ESSAY": lambda value: _is_text(value, MAX_ESSAY),
}


def check_answer(kind: str, value: Any) -> None:
    """Check the shape of an answer: a place, a truth value, places, a text, texts by gap.

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
        return _mixed([item.key for item in content.items])
    return []


def _mixed(keys: Iterable[str]) -> list[str]:
    found = list(keys)
    _random.shuffle(found)
    return found


def as_written(content: Content, value: Any, order: Sequence[str]) -> Any:
    """Return an answer with the author's keys instead of the places that the student saw.

    A place that there isn't is left out.
    """
    if value is None:
        return None
    shown = {str(place): key for place, key in enumerate(order, start=1)}
    if isinstance(content, McqContent):
        return shown.get(value, "")
    if isinstance(content, MultiSelectContent | OrderingContent):
        return [shown[place] for place in value if place in shown]
    if isinstance(content, MatchingContent):
        left = {str(place): pair.key for place, pair in enumerate(content.pairs, start=1)}
        pairs = value.items()
        return {left[a]: shown[b] for a, b in pairs if a in left and b in shown}
    return value


def _placed(texts: Iterable[str]) -> list[dict[str, str]]:
    return [{"key": str(place), "text": text} for place, text in enumerate(texts, start=1)]


def without_key(content: Content, order: Sequence[str]) -> dict[str, Any]:
    """Return what a student sees of a question's content: nothing that says what is right."""
    seen: dict[str, Any] = {"kind": content.kind}
    if isinstance(content, McqContent | MultiSelectContent):
        options = {option.key: option.text for option in content.options}
        seen["options"] = _placed(options[key] for key in order)
    elif isinstance(content, MatchingContent):
        rights = {one.key: one.right for one in content.pairs}
        rights |= {one.key: one.text for one in content.distractors}
        seen["left"] = _placed(pair.left for pair in content.pairs)
        seen["right"] = _placed(rights[key] for key in order)
    elif isinstance(content, OrderingContent):
        items = {item.key: item.text for item in content.items}
        seen["items"] = _placed(items[key] for key in order)
    elif isinstance(content, FillBlankContent):
        seen["blanks"] = [blank.key for blank in content.blanks]
    elif isinstance(content, EssayContent):
        seen["maxCharacters"] = content.max_characters
    return seen
