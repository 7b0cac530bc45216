"""Writing GIFT that Moodle reads; what it can't say stands in a comment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import (
    BankQuestion,
    Category,
    Problem,
    Written,
    as_text,
    lost,
)
from optilearn.assessment.question_files.moodle import category_path, typed_text
from optilearn.assessment.question_files.shares import (
    all_or_nothing,
    unlisted,
)
from optilearn.assessment.quizzes.questions.canonical import option_shares
from optilearn.assessment.quizzes.questions.content import (
    EssayContent,
    FillBlankContent,
    MatchingContent,
    McqContent,
    MultiSelectContent,
    NumericContent,
    ShortAnswerContent,
    TextAnswer,
    TrueFalseContent,
)

_RESERVED: Final = re.compile(r"[\\#=~{}:\n]")
_NOT_IN_TAGS: Final = re.compile(r"[<>`\[\\\x00-\x1f]")


def category_line(category: Category) -> str:
    """The line that puts the questions below it into a category."""
    return f"$CATEGORY: {category_path(category)}\n\n"


def write_gift(question: BankQuestion) -> Written:
    """A question in GIFT, with a blank line after it, and what is lost."""
    writer = _Writer(question)
    part = _PARTS.get(type(question.content))
    answers = part(writer, question.content) if part else None
    if answers is None:
        return _left_out(question)
    if question.points != 1:
        writer.lose(lost("points"))
    text = writer.text
    feedback = f"####{_html(question.feedback)}" if question.feedback else ""
    before, after = text if isinstance(text, tuple) else (text, "")
    body = f"[html]{_escaped(before)}{{{answers}{feedback}}}{_escaped(after)}"
    comment = writer.comment()
    name = _escaped(" ".join(question.name.split()))
    return Written(f"{comment}::{name}::{body}\n\n", tuple(writer.losses))


def _left_out(question: BankQuestion) -> Written:
    name = " ".join(question.name.split())
    reason = _("GIFT has no such question: %(kind)s.") % {"kind": question.content.kind}
    return Written(
        f"// {reason} {name}\n\n", (lost(f"{question.content.kind} (GIFT)"),), is_left_out=True
    )


class _Writer:
    def __init__(self, question: BankQuestion) -> None:
        self.question = question
        self.losses: list[Problem] = []
        self.text: str | tuple[str, str] = question.text

    def lose(self, *problems: Problem) -> None:
        self.losses += [one for one in problems if one not in self.losses]

    def comment(self) -> str:
        """The line with the identifier and the tags, if there are any."""
        found = []
        if self.question.external_id:
            found.append(f"[id:{self.question.external_id.replace(']', chr(92) + ']')}]")
        for tag in self.question.tags:
            if _NOT_IN_TAGS.search(tag):
                self.lose(lost(f"tag {tag}"))
            else:
                found.append(f"[tag:{tag.replace(']', chr(92) + ']')}]")
        return f"// {' '.join(found)}\n" if found else ""

    def mcq(self, content: McqContent) -> str:
        lines = []
        for option, share in zip(content.options, option_shares(content), strict=True):
            mark = "=" if option.is_right else _weight(share, option.text)
            self.lose(*unlisted(share))
            lines.append(f"{mark}{_html(option.text)}{_remark(option.feedback)}")
        return _in_lines(lines)

    def multi_select(self, content: MultiSelectContent) -> str:
        if not content.partial_credit:
            self.lose(all_or_nothing())
        lines = []
        for option, share in zip(content.options, option_shares(content), strict=True):
            if option.is_right != (share > 0):
                self.lose(lost(f"isRight ({option.key})"))
            self.lose(*unlisted(share))
            mark = _weight(share, option.text)
            lines.append(f"{mark}{_html(option.text)}{_remark(option.feedback)}")
        return _in_lines(lines)

    def true_false(self, content: TrueFalseContent) -> str:
        remarks = ""
        if content.feedback_wrong or content.feedback_right:
            remarks = f"#{_html(content.feedback_wrong)}"
        if content.feedback_right:
            remarks += f"#{_html(content.feedback_right)}"
        return ("TRUE" if content.is_true else "FALSE") + remarks

    def short_answer(self, content: ShortAnswerContent) -> str | None:
        if content.is_case_sensitive:
            self.lose(lost("isCaseSensitive"))
        return self.typed(content.answers)

    def typed(self, answers: list[TextAnswer]) -> str | None:
        if any("->" in answer.text for answer in answers):
            return None
        for answer in answers:
            self.lose(*unlisted(answer.share))
        return _in_lines(
            [f"=%{as_text(one.share)}%{_typed(one.text)}{_remark(one.feedback)}" for one in answers]
        )

    def fill_blank(self, content: FillBlankContent) -> str | None:
        if len(content.blanks) > 1:
            return None
        (blank,) = content.blanks
        before, _gap, after = self.question.text.partition(f"[[{blank.key}]]")
        if content.is_case_sensitive:
            self.lose(lost("isCaseSensitive"))
        if not content.partial_credit and any(0 < one.share < 100 for one in blank.answers):
            self.lose(all_or_nothing())
        if not after.strip():  # nothing after the answers would make it a short answer
            before, after = f"<div>{before}", "</div>"
        self.text = (before, after)
        return self.typed(blank.answers)

    def matching(self, content: MatchingContent) -> str:
        if not content.partial_credit:
            self.lose(all_or_nothing())
        pairs = [(_html(pair.left), pair.right) for pair in content.pairs]
        pairs += [("", one.text) for one in content.distractors]
        return _in_lines([f"={left} -> {_escaped(right)}" for left, right in pairs])

    def numeric(self, content: NumericContent) -> str:
        for answer in content.answers:
            self.lose(*unlisted(answer.share))
        return "#" + _in_lines(
            [
                f"=%{as_text(one.share)}%{as_text(one.value)}:{as_text(one.tolerance)}"
                f"{_remark(one.feedback)}"
                for one in content.answers
            ]
        )

    def essay(self, content: EssayContent) -> str:
        if content.max_characters != EssayContent.model_fields["max_characters"].default:
            self.lose(lost("maxCharacters"))
        if content.notes_for_graders:
            self.lose(lost("notesForGraders"))
        return ""


_PARTS: Final[Mapping[type, Callable[[_Writer, Any], str | None]]] = {
    McqContent: _Writer.mcq,
    TrueFalseContent: _Writer.true_false,
    MultiSelectContent: _Writer.multi_select,
    ShortAnswerContent: _Writer.short_answer,
    FillBlankContent: _Writer.fill_blank,
    MatchingContent: _Writer.matching,
    NumericContent: _Writer.numeric,
    EssayContent: _Writer.essay,
}


def _escaped(text: str) -> str:
    """The text with GIFT's own signs escaped, and line ends typed."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return _RESERVED.sub(lambda sign: "\\" + ("n" if sign[0] == "\n" else sign[0]), plain)


def _html(markup: str) -> str:
    """HTML inside the braces: an arrow would make pairs, a bracket at the start is a format."""
    found = _escaped(markup.replace("->", "-&gt;"))
    return f"[html]{found}" if found.startswith("[") else found


def _typed(text: str) -> str:
    """A text that is compared with what is typed: a star is Moodle's sign for any text."""
    found = _escaped(typed_text(text))
    return f"[plain]{found}" if found.startswith("[") else found


def _weight(share: Decimal, text: str) -> str:
    return f"~%{as_text(share)}%" if share or text.startswith("%") else "~"


def _remark(feedback: str) -> str:
    return f"#{_html(feedback)}" if feedback else ""


def _in_lines(lines: list[str]) -> str:
    return "\n" + "".join(f"\t{line}\n" for line in lines)
