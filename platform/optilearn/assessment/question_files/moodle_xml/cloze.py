"""Cloze: answers embedded in a text, as ``{2:SHORTANSWER:=two#yes~%50%deux}``.

No weight is 1. Only what is typed is a gap here; choices inside a text have no counterpart.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from decimal import Decimal
from math import gcd
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import (
    Code,
    Draft,
    UnreadableQuestionError,
    as_text,
    free_key,
    lost,
    percent_in,
)
from optilearn.assessment.question_files.moodle import add_text_answer, typed_text
from optilearn.assessment.quizzes.questions.content import FillBlankContent

_BEGIN: Final = re.compile(r"(?<!\\)\{(\d*):([A-Z_]+):")
_END: Final = re.compile(r"(?<!\\)\}")
_TYPED: Final = {"SHORTANSWER": False, "SA": False, "MW": False} | {
    "SHORTANSWER_C": True,
    "SAC": True,
    "MWC": True,
}
_ANSWER: Final = re.compile(r"(?:%(-?\d+(?:[.,]\d*)?)%|(=))?(.*)\Z", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\([}~#/\"])")
_RESERVED: Final = re.compile(r"[{}~#\\]")
_MAX_GAPS: Final = 100
_REMARK: Final = re.compile(r"(?<![\\&])#")
"""An ampersand before it makes it part of a character reference, at Moodle as well."""


class _Part(NamedTuple):
    whole: str
    weight: str
    kind: str
    answers: str


def _parts(text: str) -> Iterator[_Part]:
    """The embedded answers of a text."""
    at = 0
    while (begin := _BEGIN.search(text, at)) and (end := _END.search(text, begin.end())):
        at = end.end()
        inside = text[begin.end() : end.start()]
        yield _Part(text[begin.start() : at], begin[1], begin[2], inside)


def read_cloze(draft: Draft) -> None:
    """Turn the embedded answers of a draft's text into gaps.

    Raises ``UnreadableQuestionError`` for answers that aren't typed, and for none.
    """
    found = list(_parts(draft.text))
    others = sorted({one.kind for one in found if one.kind not in _TYPED})
    if others:
        raise UnreadableQuestionError(
            _("There is no such type here: %(kind)s.") % {"kind": f"cloze {', '.join(others)}"},
            Code.UNSUPPORTED,
        )
    if not found:
        raise UnreadableQuestionError(_("There is no answer."))
    if len(found) > _MAX_GAPS:
        raise UnreadableQuestionError(_("At most %(n)s entries.") % {"n": _MAX_GAPS})
    cases = {_TYPED[one.kind] for one in found}
    if len(cases) > 1:
        draft.warn(lost("SHORTANSWER_C"))
    blanks: list[dict[str, Any]] = []
    for one in found:
        weight = Decimal(one.weight or 1)
        if not 0 < weight <= 1000:
            raise UnreadableQuestionError(_("A gap weighs from 1 to 1000."))
        key = free_key(draft.text)
        draft.text = draft.text.replace(one.whole, f"[[{key}]]", 1)
        blanks.append({"key": key, "weight": weight, "answers": _answers(one.answers, draft)})
    draft.content = {
        "kind": "FILL_BLANK",
        "blanks": blanks,
        "isCaseSensitive": cases == {True},
        "partialCredit": True,
    }


def _answers(text: str, draft: Draft) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    for part in re.split(r"(?<!\\)~", text):
        found = _ANSWER.match(part.strip())
        if found is None or not found[3]:
            continue
        share = Decimal(100 if found[2] else 0)
        if found[1]:
            share = percent_in(found[1].replace(",", "."))
        answer, *remark = _REMARK.split(found[3], maxsplit=1)
        typed = html.unescape(_shown(answer)).strip()
        add_text_answer(answers, (typed, share, _shown("".join(remark))), draft)
    if not answers:
        raise UnreadableQuestionError(_("There is no answer."))
    return answers


def _shown(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def cloze_text(text: str, content: FillBlankContent, points: Decimal) -> tuple[str, Decimal]:
    """Return a text with its gaps as embedded answers, and the points that it has at Moodle.

    Those are the sum of the weights, which are whole numbers; it is ``points`` where it can be.
    """
    kind = "SHORTANSWER_C" if content.is_case_sensitive else "SHORTANSWER"
    hundredths = [int(blank.weight * 100) for blank in content.blanks]
    common = gcd(*hundredths)
    least = sum(hundredths) // common
    times = int(points / least) if points % least == 0 and points else 1
    written = text.replace("{", "&#123;")
    for blank, weight in zip(content.blanks, hundredths, strict=True):
        answers = "~".join(
            f"%{as_text(one.share)}%{_escaped(html.escape(typed_text(one.text), quote=False))}"
            + (f"#{_escaped(one.feedback)}" if one.feedback else "")
            for one in blank.answers
        )
        embedded = f"{{{weight // common * times}:{kind}:{answers}}}"
        written = written.replace(f"[[{blank.key}]]", embedded, 1)
    return written, Decimal(least * times)


def _escaped(text: str) -> str:
    """Signs with a meaning as character references, which Moodle resolves after splitting."""
    return _RESERVED.sub(lambda sign: f"&#{ord(sign[0])};", text)
