"""Reading Aiken: a stem on one line, lettered options, and a line ``ANSWER: B``."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import (
    Draft,
    UnreadableQuestionError,
    single_choice,
)
from optilearn.assessment.question_files.markup import lines_of

_OPTION: Final = re.compile(r"([A-Z])[).]\s*(.*)\Z")
_ANSWER: Final = re.compile(r"ANSWER:\s*([A-Z])\s*\Z")


def read_aiken(text: str) -> Iterator[Draft]:
    """Yield the questions of a file. A stem of several lines is one, which Moodle shortens."""
    stem: list[str] = []
    options: list[tuple[str, str]] = []
    start = 0
    for number, raw in lines_of(text.removeprefix("\ufeff")):
        line = raw.strip()
        start = start if stem or options or not line else number
        found = _OPTION.match(line)
        if line.startswith("ANSWER:"):
            yield _question(start, stem, options, line)
            stem, options = [], []
        elif found and stem:
            options.append((found[1], found[2]))
        elif line and options:
            yield _question(start, stem, options, "")
            stem, options, start = [line], [], number
        elif line:
            stem.append(line)
    if stem or options:
        yield _question(start, stem, options, "")


def _question(line: int, stem: list[str], options: list[tuple[str, str]], answer: str) -> Draft:
    draft = Draft(_("line %(n)d") % {"n": line}, text="<br>".join(map(_escaped, stem)))
    draft.set_name("", draft.text)
    try:
        right = _right_letter(options, answer)
    except UnreadableQuestionError as error:
        draft.error = error.problem
        return draft
    shares = [
        (_escaped(text), Decimal(100 if letter == right else 0), "") for letter, text in options
    ]
    draft.content = single_choice(shares, draft)
    return draft


def _right_letter(options: list[tuple[str, str]], answer: str) -> str:
    found = _ANSWER.match(answer)
    if not found:
        raise UnreadableQuestionError(_("The line ANSWER: with a letter is missing."))
    if [letter for letter, _text in options].count(found[1]) != 1:
        raise UnreadableQuestionError(_("There is no option %(letter)s.") % {"letter": found[1]})
    return found[1]


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)
