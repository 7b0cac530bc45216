"""Ways of Moodle that GIFT and Moodle XML have in common."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import Category, Code, Draft, Problem, lost

_SLASH: Final = "\ufdd8"
_STAR: Final = "\ufdd9"
"""Placeholders of ``//`` and of an escaped star: no characters, so that no text has them."""


def category_of(path: str) -> Category:
    """Return the names of a category's path: without Moodle's context and its ``top``."""
    parts = [one.replace(_SLASH, "/").strip() for one in path.replace("//", _SLASH).split("/")]
    if parts and re.fullmatch(r"\$(course|module|cat|system)\w*\$", parts[0]):
        parts = parts[1:]
        if parts and parts[0] == "top":
            parts = parts[1:]
    return tuple(part for part in parts if part)


def category_path(category: Category) -> str:
    """Return a category's path in a course of Moodle."""
    return "/".join(("$course$/top", *map(_padded, category)))


def _padded(name: str) -> str:
    """A name with its strokes doubled, and blanks that keep them apart from those around it."""
    before, after = " " * name.startswith("/"), " " * name.endswith("/")
    return f"{before}{name.replace('/', '//')}{after}"


def add_text_answer(
    answers: list[dict[str, Any]], found: tuple[str, Decimal, str], draft: Draft
) -> None:
    """Add an answer that is compared with what is typed; ``*`` is Moodle's sign for any text."""
    text, share, remark = found
    if text == "*":
        draft.warn(lost("*"))
        return
    literal = text.replace("\\*", _STAR)
    if "*" in literal:
        draft.warn(Problem(Code.WILDCARD, _("* isn't any text here, but a star.")))
    literal = literal.replace(_STAR, "*")
    answers.append({"text": literal, "share": share, "feedback": remark})


def typed_text(text: str) -> str:
    """Return a text that is compared with what is typed, as Moodle has it."""
    return text.replace("*", "\\*")
