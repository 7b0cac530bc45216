"""Writing Moodle XML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from optilearn.assessment.question_files.drafts import (
    BankQuestion,
    Category,
    Problem,
    Written,
    as_text,
    lost,
)
from optilearn.assessment.question_files.moodle import category_path, typed_text
from optilearn.assessment.question_files.moodle_xml.cloze import cloze_text
from optilearn.assessment.question_files.shares import all_or_nothing, listed, unlisted
from optilearn.assessment.question_files.xmltree import cdata, escaped
from optilearn.assessment.quizzes.questions.canonical import option_shares
from optilearn.assessment.quizzes.questions.content import (
    EssayContent,
    FillBlankContent,
    MatchingContent,
    McqContent,
    MultiSelectContent,
    NumericContent,
    OrderingContent,
    ShortAnswerContent,
    TextAnswer,
    TrueFalseContent,
)

BEGINNING: Final = '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'
END: Final = "</quiz>\n"
_WHOLE: Final = Decimal(100)


def category_question(category: Category) -> str:
    """The entry that puts the questions below it into a category."""
    path = escaped(category_path(category))
    return f'<question type="category"><category><text>{path}</text></category></question>\n'


def write_moodle_xml(question: BankQuestion) -> Written:
    """A question in Moodle XML, and what is lost."""
    writer = _Writer(question)
    kind, part = _PARTS[type(question.content)]
    answers = part(writer, question.content)
    tags = "".join(f"<tag><text>{escaped(tag)}</text></tag>" for tag in question.tags)
    lines = [
        f'<question type="{kind}">',
        f"<name><text>{escaped(question.name)}</text></name>",
        _html("questiontext", writer.text),
        _html("generalfeedback", question.feedback),
        f"<defaultgrade>{as_text(question.points)}</defaultgrade>",
        "<penalty>0.3333333</penalty>",
        "<hidden>0</hidden>",
        f"<idnumber>{escaped(question.external_id)}</idnumber>",
        *answers,
        f"<tags>{tags}</tags>" if tags else "",
        "</question>",
    ]
    text = "\n".join(line for line in lines if line) + "\n"
    return Written(text, tuple(writer.losses))


class _Writer:
    def __init__(self, question: BankQuestion) -> None:
        self.question = question
        self.text = question.text
        self.losses: list[Problem] = []

    def lose(self, *problems: Problem) -> None:
        self.losses += [one for one in problems if one not in self.losses]

    def answer(self, text: str, share: Decimal, feedback: str = "", more: str = "") -> str:
        """An answer; its fraction is one of Moodle's list where it has that share."""
        self.lose(*unlisted(share))
        near = listed(share)
        fraction = share if near is None else near * 100
        return (
            f'<answer fraction="{fraction:.7f}" format="html"><text>{cdata(text)}</text>'
            f"{_html('feedback', feedback)}{more}</answer>"
        )

    def mcq(self, content: McqContent) -> list[str]:
        shares = zip(content.options, option_shares(content), strict=True)
        answers = [self.answer(one.text, share, one.feedback) for one, share in shares]
        return ["<single>true</single>", "<shuffleanswers>true</shuffleanswers>", *answers]

    def multi_select(self, content: MultiSelectContent) -> list[str]:
        if not content.partial_credit:
            self.lose(all_or_nothing())
        answers = []
        for option, share in zip(content.options, option_shares(content), strict=True):
            if option.is_right != (share > 0):
                self.lose(lost(f"isRight ({option.key})"))
            answers.append(self.answer(option.text, share, option.feedback))
        return ["<single>false</single>", "<shuffleanswers>true</shuffleanswers>", *answers]

    def true_false(self, content: TrueFalseContent) -> list[str]:
        right, wrong = ("true", "false") if content.is_true else ("false", "true")
        return [
            self.answer(right, _WHOLE, content.feedback_right),
            self.answer(wrong, Decimal(0), content.feedback_wrong),
        ]

    def short_answer(self, content: ShortAnswerContent) -> list[str]:
        answers = [self.typed(one) for one in content.answers]
        return [f"<usecase>{int(content.is_case_sensitive)}</usecase>", *answers]

    def typed(self, one: TextAnswer) -> str:
        return self.answer(typed_text(one.text), one.share, one.feedback)

    def fill_blank(self, content: FillBlankContent) -> list[str]:
        if not content.partial_credit:
            self.lose(all_or_nothing())
        for blank in content.blanks:
            for one in blank.answers:
                self.lose(*unlisted(one.share))
            if self.question.text.count(f"[[{blank.key}]]") > 1:
                self.lose(lost(f"[[{blank.key}]]"))
        self.text, total = cloze_text(self.question.text, content, self.question.points)
        if total != self.question.points:
            self.lose(lost(f"points {as_text(self.question.points)}"))
        return []

    def matching(self, content: MatchingContent) -> list[str]:
        if not content.partial_credit:
            self.lose(all_or_nothing())
        pairs = [(pair.left, pair.right) for pair in content.pairs]
        pairs += [("", one.text) for one in content.distractors]
        return [
            f'<subquestion format="html"><text>{cdata(left)}</text>'
            f"<answer><text>{escaped(right)}</text></answer></subquestion>"
            for left, right in pairs
        ]

    def numeric(self, content: NumericContent) -> list[str]:
        return [
            self.answer(
                as_text(one.value),
                one.share,
                one.feedback,
                f"<tolerance>{as_text(one.tolerance)}</tolerance>",
            )
            for one in content.answers
        ]

    def ordering(self, content: OrderingContent) -> list[str]:
        grading = "ABSOLUTE_POSITION" if content.partial_credit else "ALL_OR_NOTHING"
        items = [
            f'<answer fraction="{number}.0000000" format="html"><text>{cdata(one.text)}</text>'
            "</answer>"
            for number, one in enumerate(content.items, 1)
        ]
        return [
            "<layouttype>VERTICAL</layouttype>",
            "<selecttype>ALL</selecttype>",
            "<selectcount>0</selectcount>",
            f"<gradingtype>{grading}</gradingtype>",
            "<showgrading>SHOW</showgrading>",
            *items,
        ]

    def essay(self, content: EssayContent) -> list[str]:
        if content.max_characters != EssayContent.model_fields["max_characters"].default:
            self.lose(lost("maxCharacters"))
        return [
            "<responseformat>editor</responseformat>",
            "<responserequired>1</responserequired>",
            _html("graderinfo", content.notes_for_graders),
        ]


_PARTS: Final[Mapping[type, tuple[str, Callable[[_Writer, Any], list[str]]]]] = {
    McqContent: ("multichoice", _Writer.mcq),
    TrueFalseContent: ("truefalse", _Writer.true_false),
    MultiSelectContent: ("multichoice", _Writer.multi_select),
    ShortAnswerContent: ("shortanswer", _Writer.short_answer),
    FillBlankContent: ("cloze", _Writer.fill_blank),
    MatchingContent: ("matching", _Writer.matching),
    NumericContent: ("numerical", _Writer.numeric),
    OrderingContent: ("ordering", _Writer.ordering),
    EssayContent: ("essay", _Writer.essay),
}


def _html(name: str, markup: str) -> str:
    return f'<{name} format="html"><text>{cdata(markup)}</text></{name}>'
