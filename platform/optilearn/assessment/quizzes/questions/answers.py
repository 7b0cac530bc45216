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
from django.utils.translation import gettext_noop

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


_FORMS: Final[Mapping[str, str]] = {
    "MCQ": gettext_noop('Name one option by its place: "2".'),
    "TRUE_FALSE": gettext_noop("Answer true or false."),
    "MULTI_SELECT": gettext_noop('Name each option once, by its place: ["1", "3"].'),
    "SHORT_ANSWER": gettext_noop("Answer with a text of at most 1000 characters."),
    "FILL_BLANK": gettext_noop('Answer with a text for each gap: {"a": "blue"}.'),
    "MATCHING": gettext_noop('Name a right place for each left one: {"1": "2"}.'),
    "NUMERIC": gettext_noop('Answer with a number as text, of at most 60 characters: "3.14".'),
    "ORDERING": gettext_noop('Name all places in their order: ["2", "1"].'),
    "ESSAY": gettext_noop("Answer with a text of at most 50000 characters."),
}


def is_answer(kind: str, value: Any) -> bool:
    """Return True if the value has the shape of an answer: of none (None) too.

    A place, a truth value, places, a text, texts by gap.
    """
    return value is None or _SHAPES[kind](value)


def check_answer(kind: str, value: Any) -> None:
    """Check the shape of an answer. Raises ``AppError`` VALIDATION_ERROR."""
    if not is_answer(kind, value):
        form = _(_FORMS[kind])
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("This isn't an answer to a question of this type. %(form)s") % {"form": form},
            [{"path": "/value", "code": "NO_ANSWER", "kind": kind, "message": form}],
        )


def last_place(kind: str, value: Any) -> int:
    """Return the largest of the shown places that an answer names; 0 if it names none."""
    if kind == "MCQ" and value is not None:
        return int(value)
    if kind in {"MULTI_SELECT", "ORDERING"}:
        return max(map(int, value or ()), default=0)
    if kind == "MATCHING":
        return max(map(int, (value or {}).values()), default=0)
    return 0


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

    A place that there isn't is left out; what can't be read is None.
    """
    if value is None or not is_answer(content.kind, value):
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
