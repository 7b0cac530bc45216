"""Questions between a file and the bank: what was read, what is written, what is lost between."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.assessment.quizzes.questions.content import Content

Category = tuple[str, ...]
"""The names of a category and those above it, the uppermost first."""
_NUMBER: Final = re.compile(
    r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,2})?\Z", re.ASCII
)
_MAX_NAME: Final = 300
_MAX_SHARE: Final = 100
_MAX_TAG: Final = 64


class Code(StrEnum):
    """A kind of problem of a question in a file."""

    NOT_CARRIED = "NOT_CARRIED"
    FILE_NOT_CARRIED = "FILE_NOT_CARRIED"
    HTML_REMOVED = "HTML_REMOVED"
    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    WILDCARD = "WILDCARD"
    SHARE_UNLISTED = "SHARE_UNLISTED"
    SECOND_RIGHT = "SECOND_RIGHT"
    MARKING_CHANGED = "MARKING_CHANGED"
    NAME_SHORTENED = "NAME_SHORTENED"
    UNSUPPORTED = "UNSUPPORTED"
    INVALID = "INVALID"


@dataclass(frozen=True)
class Problem:
    """A part of a question that can't be carried, or the reason why none of it can."""

    code: Code
    message: str


def lost(part: str) -> Problem:
    """The problem of a part that has no counterpart; ``part`` is its name in the format."""
    return Problem(Code.NOT_CARRIED, _("This can't be carried: %(part)s.") % {"part": part})


def lost_file(name: str) -> Problem:
    """The problem of a picture or file inside a question."""
    return Problem(
        Code.FILE_NOT_CARRIED, _("The file %(name)s can't be carried.") % {"name": name[:200]}
    )


class UnreadableQuestionError(Exception):
    """A question that can't be read; those around it can."""

    def __init__(self, message: str, code: Code = Code.INVALID) -> None:
        super().__init__(message)
        self.problem = Problem(code, message)


class UnreadableFileError(Exception):
    """A file of which nothing can be read; ``line`` 0 means all of it."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass
class Draft:
    """A question as it was read. ``content`` is what ``quizzes/questions/content.py`` validates."""

    place: str
    """A line, or the name of a file in the package."""
    name: str = ""
    text: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    feedback: str = ""
    category: Category = ()
    tags: list[str] = field(default_factory=list)
    points: Decimal = Decimal(1)
    external_id: str = ""
    warnings: list[Problem] = field(default_factory=list)
    error: Problem | None = None

    def warn(self, problem: Problem) -> None:
        """Add a warning, once."""
        if problem not in self.warnings:
            self.warnings.append(problem)

    def set_tags(self, tags: Iterable[str]) -> None:
        """Set the tags, each once; those that are too long are reported."""
        plain = dict.fromkeys(one.strip() for one in tags if one.strip())
        self.tags = [one for one in plain if len(one) <= _MAX_TAG]
        for one in plain.keys() - set(self.tags):
            self.warn(lost(f"tag {one[:_MAX_TAG]}…"))

    def set_points(self, points: Decimal) -> None:
        """Set the points, with two places; more are reported."""
        self.points = points.quantize(Decimal("0.01"))
        if self.points != points:
            self.warn(lost(f"points {as_text(points.quantize(Decimal('0.0000001')))}"))

    def set_name(self, name: str, fallback: str) -> None:
        """Name the question, after its text if it has no name; a long name is shortened."""
        plain = " ".join(name.split())
        if not plain:
            self.name = (
                " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", fallback)).split())[:80]
                or self.place
            )
        elif len(plain) > _MAX_NAME:
            self.name = plain[:_MAX_NAME]
            self.warn(Problem(Code.NAME_SHORTENED, _("The name is shortened.")))
        else:
            self.name = plain


@dataclass(frozen=True)
class BankQuestion:
    """A question of the bank, to be written."""

    id: int
    name: str
    text: str
    content: Content
    feedback: str = ""
    category: Category = ()
    tags: tuple[str, ...] = ()
    points: Decimal = Decimal(1)
    external_id: str = ""


@dataclass(frozen=True)
class Written:
    """A question in a format, and what the format can't say of it."""

    text: str
    losses: tuple[Problem, ...] = ()
    is_left_out: bool = False


def number_in(text: str) -> Decimal:
    """Return a number, exact. Raises ``UnreadableQuestionError`` for what is none."""
    plain = text.strip()
    if not _NUMBER.fullmatch(plain):
        raise UnreadableQuestionError(_("This is no number: %(text)s.") % {"text": plain[:50]})
    return Decimal(plain)


def percent_in(text: str) -> Decimal:
    """Return a share in percent, with five places, as the bank stores it. Raises as the above."""
    share = number_in(text)
    if abs(share) > _MAX_SHARE:
        raise UnreadableQuestionError(_("Shares go from -100 to 100 %."))
    return share.quantize(Decimal("0.00001"))


def as_text(number: Decimal) -> str:
    """Return a number without an exponent and without zeros at its end."""
    found = format(number, "f")
    return (found.rstrip("0").rstrip(".") if "." in found else found) or "0"


def free_key(text: str) -> str:
    """Return the key of a new gap: the lowest number that isn't in the text yet."""
    return next(str(n) for n in range(1, 100_000) if f"[[{n}]]" not in text)


def has_something(text: str, share: Decimal, remark: str) -> bool:
    """Return False for an answer that is empty, worth nothing and unremarked: Moodle skips it."""
    return bool(text.strip() or share or remark.strip())


def single_choice(options: Iterable[tuple[str, Decimal, str]], draft: Draft) -> dict[str, Any]:
    """The content of a single choice from text, share and feedback of its options."""
    found: list[dict[str, Any]] = []
    has_right = False
    for number, (text, share, feedback) in enumerate(options, 1):
        is_right = share == 100 and not has_right
        if share == 100 and has_right:
            draft.warn(
                Problem(Code.SECOND_RIGHT, _("A second right option is worth 100 % as well."))
            )
        has_right = has_right or is_right
        option: dict[str, Any] = {"key": str(number), "text": text, "feedback": feedback}
        option["isRight"] = is_right
        if not is_right and share != 0:
            option["share"] = share
        found.append(option)
    return {"kind": "MCQ", "options": found}


def several_choice(options: Iterable[tuple[str, Decimal, str]]) -> dict[str, Any]:
    """The content of a choice of several: shares add up, those above 0 are right."""
    found = [
        {
            "key": str(number),
            "text": text,
            "isRight": share > 0,
            "share": share,
            "feedback": feedback,
        }
        for number, (text, share, feedback) in enumerate(options, 1)
    ]
    return {"kind": "MULTI_SELECT", "options": found, "partialCredit": True}


def pairs_of(found: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The content of a matching question from left and right sides; no left: a distractor."""
    pairs: list[dict[str, str]] = []
    others: list[dict[str, str]] = []
    for number, (left, right) in enumerate(found, 1):
        if left.strip():
            pairs.append({"key": str(number), "left": left, "right": right})
        else:
            others.append({"key": str(number), "text": right})
    return {"kind": "MATCHING", "pairs": pairs, "distractors": others}
