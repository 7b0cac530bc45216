"""Reading Moodle XML, question by question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import (
    Category,
    Code,
    Draft,
    UnreadableQuestionError,
    has_something,
    lost,
    lost_file,
    number_in,
    pairs_of,
    percent_in,
    several_choice,
    single_choice,
)
from optilearn.assessment.question_files.markup import as_html, as_plain, without_files
from optilearn.assessment.question_files.moodle import add_text_answer, category_of
from optilearn.assessment.question_files.moodle_xml.cloze import read_cloze
from optilearn.assessment.question_files.xmltree import Element, parse_children

_FORMS: Final = {
    "html": "html",
    "moodle_auto_format": "moodle",
    "plain_text": "plain",
    "markdown": "markdown",
}
_USUAL: Final = {
    "correctfeedback": "Your answer is correct.",
    "partiallycorrectfeedback": "Your answer is partially correct.",
    "incorrectfeedback": "Your answer is incorrect.",
}
"""Moodle's own words, which nobody misses."""


def read_moodle_xml(content: bytes) -> Iterator[Draft]:
    """Yield the questions of a file, those that can't be read with their error.

    Raises ``UnreadableFileError``.
    """
    category: Category = ()
    for element in parse_children(content, "quiz"):
        if element.name != "question":
            continue
        if element.get("type") == "category":
            found = element.first("category")
            category = category_of(_raw(found) if found is not None else "")
            continue
        yield _Reader(element, category).read()


def _raw(element: Element | None) -> str:
    """The text of an element that has its text in ``<text>``, or in itself."""
    if element is None:
        return ""
    inside = element.first("text")
    return (element if inside is None else inside).text.strip()


class _Reader:
    """One question."""

    def __init__(self, element: Element, category: Category) -> None:
        self.element = element
        text = element.first("questiontext")
        self.form = "html" if text is None else text.get("format", "html")
        """Of texts that don't say theirs, as Moodle has it."""
        self.draft = Draft(_("line %(n)d") % {"n": element.line}, category=category)

    def read(self) -> Draft:
        draft, element = self.draft, self.element
        draft.set_name(_raw(element.first("name")), _raw(element.first("questiontext"))[:1_000])
        try:
            self.read_rest()
        except UnreadableQuestionError as error:
            draft.error = error.problem
        return draft

    def read_rest(self) -> None:
        """Read all but name and text. Raises ``UnreadableQuestionError``."""
        draft, element, kind = self.draft, self.element, self.element.get("type")
        draft.text = self.html(element.first("questiontext"))
        draft.feedback = self.html(element.first("generalfeedback"))
        draft.external_id = element.text_of("idnumber")
        tags = [*element.all("tags"), *element.all("coursetags")]
        draft.set_tags(_raw(one) for some in tags for one in some.all("tag"))
        draft.set_points(number_in(element.text_of("defaultgrade", "1")))
        if kind not in _KINDS:
            raise UnreadableQuestionError(
                _("There is no such type here: %(kind)s.") % {"kind": kind}, Code.UNSUPPORTED
            )
        draft.content = _KINDS[kind](self)
        self.report()

    def html(self, element: Element | None) -> str:
        """The HTML of an element, without embedded files, which are reported."""
        if element is None:
            return ""
        form = _FORMS.get(element.get("format", self.form), "html")
        found, names = without_files(as_html(_raw(element), form))
        names += [one.get("name") for one in element.all("file")]
        for name in names:
            self.draft.warn(lost_file(name))
        return found

    def report(self) -> None:
        """Report what has no counterpart."""
        for name, usual in _USUAL.items():
            if as_plain(_raw(self.element.first(name))) not in {"", usual}:
                self.draft.warn(lost(name))
        for name in ("hint", "unit", "units", "responsetemplate", "instructions"):
            if any(one.text.strip() for one in self.element.all(name)):
                self.draft.warn(lost(name))
        if self.element.text_of("shuffleanswers") in {"false", "0"}:
            self.draft.warn(lost("shuffleanswers"))
        if picture := self.element.text_of("image"):
            self.draft.warn(lost_file(picture))
        if self.element.get("type") == "essay" and self.element.text_of("attachments", "0") != "0":
            self.draft.warn(lost("attachments"))
        if any(one.text.strip() for one in self.element.all("responseunlimited")):
            self.draft.warn(lost("responseunlimited"))

    def answers(self) -> Iterator[tuple[Element, Decimal, str]]:
        """Each answer with its share and its feedback."""
        for one in self.element.all("answer"):
            share = percent_in(one.get("fraction") or "0")
            yield one, share, self.html(one.first("feedback"))

    def options(self) -> list[tuple[str, Decimal, str]]:
        """The answers that say something, as HTML."""
        found = [(self.html(one), share, remark) for one, share, remark in self.answers()]
        return [one for one in found if has_something(*one)]

    def choice(self) -> dict[str, Any]:
        options = self.options()
        if self.element.text_of("single", "true") in {"true", "1"}:
            return single_choice(options, self.draft)
        return several_choice(options)

    def choice_set(self) -> dict[str, Any]:
        """All or nothing, of the plugin ``multichoiceset``."""
        found = several_choice(self.options())
        for option in found["options"]:
            del option["share"]
        return found | {"partialCredit": False}

    def true_false(self) -> dict[str, Any]:
        found = {_raw(one).lower(): (share, remark) for one, share, remark in self.answers()}
        if set(found) != {"true", "false"}:
            raise UnreadableQuestionError(_("The answers true and false are needed."))
        is_true = found["true"][0] > found["false"][0]
        right, wrong = ("true", "false") if is_true else ("false", "true")
        return {
            "kind": "TRUE_FALSE",
            "isTrue": is_true,
            "feedbackRight": found[right][1],
            "feedbackWrong": found[wrong][1],
        }

    def short_answer(self) -> dict[str, Any]:
        answers: list[dict[str, Any]] = []
        for one, share, remark in self.answers():
            if has_something(_raw(one), share, remark):
                add_text_answer(answers, (_raw(one), share, remark), self.draft)
        is_case_sensitive = self.element.text_of("usecase", "0") == "1"
        return {"kind": "SHORT_ANSWER", "answers": answers, "isCaseSensitive": is_case_sensitive}

    def numerical(self) -> dict[str, Any]:
        answers = []
        for one, share, remark in self.answers():
            if _raw(one) == "*":
                self.draft.warn(lost("*"))
                continue
            tolerance = number_in(one.text_of("tolerance") or "0")
            answers.append(
                {
                    "value": number_in(_raw(one)),
                    "tolerance": tolerance,
                    "share": share,
                    "feedback": remark,
                }
            )
        return {"kind": "NUMERIC", "answers": answers}

    def matching(self) -> dict[str, Any]:
        return pairs_of(
            (self.html(one), _raw(one.first("answer"))) for one in self.element.all("subquestion")
        )

    def essay(self) -> dict[str, Any]:
        for name in ("minwordlimit", "maxwordlimit"):
            if self.element.text_of(name, "0") not in {"", "0"}:
                self.draft.warn(lost(name))
        notes = self.html(self.element.first("graderinfo"))
        return {"kind": "ESSAY", "notesForGraders": notes}

    def ordering(self) -> dict[str, Any]:
        texts = [self.html(one) for one in self.element.all("answer")]
        if any(one.text_of("feedback") for one in self.element.all("answer")):
            self.draft.warn(lost("feedback"))
        grading = self.element.text_of("gradingtype") or "ABSOLUTE_POSITION"
        if grading not in {"ALL_OR_NOTHING", "ABSOLUTE_POSITION", "-1", "0"}:
            self.draft.warn(lost(f"gradingtype {grading}"))
        if self.element.text_of("selecttype") not in {"", "ALL", "0"}:
            self.draft.warn(lost("selecttype"))
        return {
            "kind": "ORDERING",
            "items": [{"key": str(n), "text": text} for n, text in enumerate(texts, 1)],
            "partialCredit": grading not in {"ALL_OR_NOTHING", "-1"},
        }

    def cloze(self) -> dict[str, Any]:
        read_cloze(self.draft)
        if self.element.first("defaultgrade") is None:
            weights = [blank["weight"] for blank in self.draft.content["blanks"]]
            self.draft.points = sum(weights, Decimal(0))
        return self.draft.content


_KINDS: Final[Mapping[str, Callable[[_Reader], dict[str, Any]]]] = {
    "multichoice": _Reader.choice,
    "multichoiceset": _Reader.choice_set,
    "truefalse": _Reader.true_false,
    "shortanswer": _Reader.short_answer,
    "numerical": _Reader.numerical,
    "matching": _Reader.matching,
    "essay": _Reader.essay,
    "ordering": _Reader.ordering,
    "cloze": _Reader.cloze,
    "multianswer": _Reader.cloze,
}
