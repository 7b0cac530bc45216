"""Reading GIFT as Moodle does.

Blocks are separated by blank lines. The answers run from the first ``{`` to the first ``}``; text
after them makes a missing word. Comments stand at the start of a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import (
    Category,
    Code,
    Draft,
    UnreadableQuestionError,
    free_key,
    has_something,
    lost,
    lost_file,
    number_in,
    pairs_of,
    percent_in,
    several_choice,
    single_choice,
)
from optilearn.assessment.question_files.markup import as_html, lines_of, without_files
from optilearn.assessment.question_files.moodle import add_text_answer, category_of

_ESCAPED: Final = re.compile(r"\\([\\:#={}~n])")
_HIDDEN: Final = {
    "\\": "\ufdd0", ":": "\ufdd1", "#": "\ufdd2", "=": "\ufdd3", "{": "\ufdd4", "}": "\ufdd5",
    "~": "\ufdd6", "n": "\ufdd7",
}  # fmt: skip
_SHOWN: Final = {ord(v): "\n" if k == "n" else k for k, v in _HIDDEN.items()}
_WEIGHT: Final = re.compile(r"%(-?[0-9]{1,2}\.?[0-9]{0,20})%")
_FORM: Final = re.compile(r"\[(html|markdown|plain|moodle)\]")
_ID: Final = re.compile(r"\[id:((?:\\\]|[^\]\x00-\x1f]){1,1000})\]")
_TAG: Final = re.compile(r"\[tag:((?:\\\]|[^<>`\[\]\x00-\x1f])+)\]")
_GAP: Final = "_____"


class _Block:
    """The lines of one question, and what its comments say."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.lines: list[str] = []
        self.comments: list[str] = []

    def add(self, line: str) -> None:
        (self.comments if line.startswith("//") else self.lines).append(line)


def read_gift(text: str) -> Iterator[Draft]:
    """Yield the questions of a file, those that can't be read with their error."""
    category: Category = ()
    for block in _blocks(text):
        if block.lines and block.lines[0].lstrip().startswith("$CATEGORY:"):
            category = category_of(block.lines.pop(0).lstrip().removeprefix("$CATEGORY:"))
        if not block.lines:
            continue
        draft = Draft(_("line %(n)d") % {"n": block.line}, category=category)
        _read_comments("\n".join(block.comments), draft)
        try:
            _read_question("\n".join(block.lines).strip(), draft)
        except UnreadableQuestionError as error:
            draft.error = error.problem
        if not draft.name:
            draft.set_name("", _shown("\n".join(block.lines)))
        yield draft


def _blocks(text: str) -> Iterator[_Block]:
    block: _Block | None = None
    for number, raw in lines_of(text.removeprefix("\ufeff")):
        line = raw.strip()
        if not line:
            if block:
                yield block
            block = None
            continue
        block = block or _Block(number)
        block.add(line if line.startswith("//") else raw.rstrip())  # code keeps its indentation
    if block:
        yield block


def _read_comments(comments: str, draft: Draft) -> None:
    found = _ID.search(comments)
    if found:
        draft.external_id = found[1].replace("\\]", "]").strip()
    draft.set_tags(one.replace("\\]", "]") for one in _TAG.findall(comments))


def _read_question(text: str, draft: Draft) -> None:
    text = _ESCAPED.sub(lambda found: _HIDDEN[found[1]], text)
    name = ""
    if text.startswith("::") and (end := text.find("::", 2)) >= 0:
        name, text = _shown(text[2:end]), text[end + 2 :].strip()
    start, end = text.find("{"), text.find("}")
    if start < 0 and end < 0:
        draft.set_name(name, _shown(text))
        raise UnreadableQuestionError(
            _("There is no such type here: %(kind)s.") % {"kind": "description"}, Code.UNSUPPORTED
        )
    if start < 0 or end < start:
        draft.set_name(name, _shown(text))
        raise UnreadableQuestionError(_("A brace is missing: { or }."))
    answers, after = text[start + 1 : end].strip(), text[end + 1 :].strip()
    text = text[:start] + (_GAP + text[end + 1 :] if after else "")
    answers, separator, feedback = answers.rpartition("####")
    if not separator:
        answers, feedback = feedback, ""
    draft.text, form = _formatted(text, "moodle", draft)
    draft.set_name(name, draft.text)
    draft.feedback = _formatted(feedback, form, draft)[0]
    _Answers(draft, form, is_missing_word=bool(after)).read(answers.strip())


def _formatted(text: str, form: str, draft: Draft) -> tuple[str, str]:
    """The text as HTML, without embedded files, which are reported, and the format it was in."""
    found = _FORM.match(text.strip())
    if found:
        text, form = text.strip()[found.end() :], found[1]
    markup, names = without_files(as_html(_shown(text), form))
    for name in names:
        draft.warn(lost_file(name))
    return markup, form


def _shown(text: str) -> str:
    return text.translate(_SHOWN).strip()


class _Answers:
    """The part in braces."""

    def __init__(self, draft: Draft, form: str, *, is_missing_word: bool) -> None:
        self.draft = draft
        self.form = form
        self.is_missing_word = is_missing_word

    def read(self, text: str) -> None:
        kind = _kind_of(text)
        readers: Mapping[str, Callable[[str], dict[str, Any]]] = {
            "ESSAY": lambda _text: {"kind": "ESSAY"},
            "NUMERIC": self.numeric,
            "CHOICE": self.choice,
            "MATCHING": self.matching,
            "TRUE_FALSE": self.true_false,
            "SHORT_ANSWER": self.short_answer,
        }
        self.draft.content = readers[kind](text)

    def html(self, text: str) -> str:
        return _formatted(text, self.form, self.draft)[0]

    def remarked(self, text: str) -> tuple[str, str]:
        """An answer, and the remark on it as HTML."""
        answer, _mark, remark = text.partition("#")
        return answer.strip(), self.html(remark)

    def choice(self, text: str) -> dict[str, Any]:
        is_single = "=" in text
        parts = _parts(text.replace("=", "~="), "~")
        if len(parts) < 2:
            raise UnreadableQuestionError(_("At least two options are needed."))
        options = []
        for part in parts:
            if part.startswith("="):
                share, rest = Decimal(100), part[1:]
            else:
                share, rest = _weighted(part, Decimal(0))
            answer, remark = self.remarked(rest)
            if has_something(answer, share, remark):
                options.append((self.html(answer), share, remark))
        return single_choice(options, self.draft) if is_single else several_choice(options)

    def true_false(self, text: str) -> dict[str, Any]:
        answer, *remarks = text.split("#", 2)
        wrong, right = [*map(self.html, remarks), "", ""][:2]
        is_true = answer.strip() in {"T", "TRUE"}
        return {
            "kind": "TRUE_FALSE",
            "isTrue": is_true,
            "feedbackRight": right,
            "feedbackWrong": wrong,
        }

    def short_answer(self, text: str) -> dict[str, Any]:
        answers: list[dict[str, Any]] = []
        for part in _parts(text, "="):
            share, rest = _weighted(part, Decimal(100))
            answer, remark = self.remarked(rest)
            typed = _shown(_FORM.sub("", answer, count=1) if _FORM.match(answer) else answer)
            add_text_answer(answers, (typed, share, remark), self.draft)
        if not answers:
            raise UnreadableQuestionError(_("There is no answer."))
        if not self.is_missing_word:
            return {"kind": "SHORT_ANSWER", "answers": answers}
        key = free_key(self.draft.text)
        self.draft.text = self.draft.text.replace(_GAP, f"[[{key}]]", 1)
        return {"kind": "FILL_BLANK", "blanks": [{"key": key, "answers": answers}]}

    def matching(self, text: str) -> dict[str, Any]:
        found = []
        for part in _parts(text, "="):
            left, arrow, right = part.partition("->")
            if not arrow:
                raise UnreadableQuestionError(_("A pair needs ->, and something on both sides."))
            found.append((self.html(left), _shown(right)))
        return pairs_of(found)

    def numeric(self, text: str) -> dict[str, Any]:
        right, tilde, _wrong = text[1:].partition("~")
        if tilde:
            self.draft.warn(lost("~ (numerical)"))
        answers = []
        for part in _parts(right, "="):
            share, rest = _weighted(part, Decimal(100))
            answer, remark = self.remarked(rest)
            if _shown(answer) == "*":
                self.draft.warn(lost("*"))
                continue
            value, tolerance = _interval(_shown(answer))
            answers.append(
                {"value": value, "tolerance": tolerance, "share": share, "feedback": remark}
            )
        if not answers:
            raise UnreadableQuestionError(_("There is no answer."))
        return {"kind": "NUMERIC", "answers": answers}


def _kind_of(text: str) -> str:
    if not text:
        return "ESSAY"
    if text.startswith("#"):
        return "NUMERIC"
    if "~" in text:
        return "CHOICE"
    if "=" in text and "->" in text:
        return "MATCHING"
    if text.partition("#")[0].strip() in {"T", "TRUE", "F", "FALSE"}:
        return "TRUE_FALSE"
    if text.startswith(">"):
        raise UnreadableQuestionError(
            _("There is no such type here: %(kind)s.") % {"kind": "{> (ordering)"},
            Code.UNSUPPORTED,
        )
    return "SHORT_ANSWER"


def _parts(text: str, mark: str) -> list[str]:
    first, *others = (part.strip() for part in text.split(mark))
    return [first, *others] if first else others


def _weighted(part: str, default: Decimal) -> tuple[Decimal, str]:
    found = _WEIGHT.match(part)
    if not found:
        return default, part
    return percent_in(found[1]), part[found.end() :]


def _interval(text: str) -> tuple[Decimal, Decimal]:
    """The middle and half width of ``lo..hi``, ``value:tolerance`` or ``value``."""
    if ".." in text[1:]:
        low, high = map(number_in, text.split("..", 1))
        middle = (low + high) / 2
        return middle, high - middle
    value, colon, tolerance = text.partition(":")
    return number_in(value), number_in(tolerance) if colon else Decimal(0)
