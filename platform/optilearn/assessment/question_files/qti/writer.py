"""Writing an item of QTI 2.1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from optilearn.assessment.question_files.drafts import (
    BankQuestion,
    Problem,
    Written,
    as_text,
    lost,
)
from optilearn.assessment.question_files.qti import rules
from optilearn.assessment.question_files.qti.xhtml import xhtml
from optilearn.assessment.question_files.xmltree import escaped
from optilearn.assessment.quizzes.questions.canonical import option_shares
from optilearn.assessment.quizzes.questions.content import (
    EssayContent,
    FillBlankContent,
    MatchingContent,
    McqContent,
    MultiSelectContent,
    NumericContent,
    Option,
    OrderingContent,
    ShortAnswerContent,
    TextAnswer,
    TrueFalseContent,
)

_BEGINNING: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://www.imsglobal.org/xsd/imsqti_v2p1'
    ' http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"'
)
_HUNDRED: Final = Decimal(100)


@dataclass
class _Parts:
    """The parts of an item, as XML."""

    responses: list[str] = field(default_factory=list)
    body: str = ""
    processing: str = ""
    feedback: list[tuple[str, str]] = field(default_factory=list)
    """Identifiers of choices, and the HTML that is shown for them."""
    is_multiple: bool = False
    before: str = ""
    """Notes, before the text."""


def write_item(question: BankQuestion) -> Written:
    """A question as an item, and what is lost."""
    writer = _Writer(question)
    parts = _PARTS[type(question.content)](writer, question.content)
    text = f"<div>{writer.text or writer.html(question.text)}</div>"
    identifier = escaped(question.external_id or f"optilearn-{question.id}")
    lines = [
        f'{_BEGINNING} identifier="{identifier}" title="{escaped(question.name)}"'
        ' adaptive="false" timeDependent="false">',
        *parts.responses,
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>',
        *writer.feedback_declarations(parts),
        f"<itemBody>{parts.before}{text}{parts.body}</itemBody>",
        rules.processing(parts.processing, has_feedback=any(f for _k, f in parts.feedback)),
        *writer.feedback(parts),
        "</assessmentItem>",
    ]
    return Written("\n".join(line for line in lines if line) + "\n", tuple(writer.losses))


class _Writer:
    def __init__(self, question: BankQuestion) -> None:
        self.question = question
        self.text = ""
        """The text, where it isn't the question's alone: with gaps."""
        self.losses: list[Problem] = []

    def lose(self, *problems: Problem) -> None:
        self.losses += [one for one in problems if one not in self.losses]

    def html(self, markup: str) -> str:
        found, names = xhtml(markup)
        self.lose(*map(lost, names))
        return found

    def feedback_declarations(self, parts: _Parts) -> list[str]:
        found = []
        if self.question.feedback:
            found.append(
                '<outcomeDeclaration identifier="GENERAL" cardinality="single"'
                ' baseType="identifier"><defaultValue><value>general</value></defaultValue>'
                "</outcomeDeclaration>"
            )
        if any(feedback for _key, feedback in parts.feedback):
            cardinality = "multiple" if parts.is_multiple else "single"
            found.append(
                f'<outcomeDeclaration identifier="FEEDBACK" cardinality="{cardinality}"'
                ' baseType="identifier"/>'
            )
        return found

    def feedback(self, parts: _Parts) -> list[str]:
        shown = [("GENERAL", "general", self.question.feedback)]
        shown += [("FEEDBACK", key, text) for key, text in parts.feedback]
        return [
            f'<modalFeedback outcomeIdentifier="{outcome}" identifier="{key}" showHide="show">'
            f"<div>{self.html(text)}</div></modalFeedback>"
            for outcome, key, text in shown
            if text
        ]

    def choice(self, options: list[Option], *, limit: int) -> tuple[str, list[tuple[str, str]]]:
        choices = "".join(
            f'<simpleChoice identifier="c{n}">{self.html(one.text)}</simpleChoice>'
            for n, one in enumerate(options, 1)
        )
        body = (
            '<choiceInteraction responseIdentifier="RESPONSE" shuffle="false"'
            f' maxChoices="{limit}">'
            f"{choices}</choiceInteraction>"
        )
        return body, [(f"c{n}", one.feedback) for n, one in enumerate(options, 1)]

    def mcq(self, content: McqContent) -> _Parts:
        body, feedback = self.choice(content.options, limit=1)
        shares = option_shares(content)
        right = [f"c{n}" for n, one in enumerate(content.options, 1) if one.is_right]
        if all(
            one.is_right or share == 0 for one, share in zip(content.options, shares, strict=True)
        ):
            declared = rules.response("RESPONSE", "single", "identifier", right)
            return _Parts([declared], body, rules.MATCH, feedback)
        entries = [(f"c{n}", share / _HUNDRED) for n, share in enumerate(shares, 1)]
        mapping = rules.mapping(entries)
        declared = rules.response("RESPONSE", "single", "identifier", right, mapping)
        return _Parts([declared], body, rules.MAP, feedback)

    def multi_select(self, content: MultiSelectContent) -> _Parts:
        body, feedback = self.choice(content.options, limit=0)
        right = [f"c{n}" for n, one in enumerate(content.options, 1) if one.is_right]
        mapping, processing = "", rules.MATCH
        if content.partial_credit:
            shares = option_shares(content)
            for option, share in zip(content.options, shares, strict=True):
                if option.is_right != (share > 0):
                    self.lose(lost(f"isRight ({option.key})"))
            entries = [(f"c{n}", share / _HUNDRED) for n, share in enumerate(shares, 1)]
            mapping, processing = rules.mapping(entries, bounds=(0, 1)), rules.MAP
        elif any(one.share is not None for one in content.options):
            self.lose(lost("share"))
        declared = rules.response("RESPONSE", "multiple", "identifier", right, mapping)
        return _Parts([declared], body, processing, feedback, is_multiple=True)

    def true_false(self, content: TrueFalseContent) -> _Parts:
        right, wrong = ("true", "false") if content.is_true else ("false", "true")
        body = (
            '<choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1">'
            '<simpleChoice identifier="true">True</simpleChoice>'
            '<simpleChoice identifier="false">False</simpleChoice></choiceInteraction>'
        )
        feedback = [(right, content.feedback_right), (wrong, content.feedback_wrong)]
        declared = rules.response("RESPONSE", "single", "identifier", [right])
        return _Parts([declared], body, rules.MATCH, feedback)

    def typed(
        self,
        identifier: str,
        answers: list[TextAnswer],
        weight: Decimal,
        *,
        is_case_sensitive: bool,
    ) -> str:
        """The declaration of a place to type."""
        self.lose_remarks(one.feedback for one in answers)
        entries = [(one.text, one.share / _HUNDRED * weight) for one in answers]
        mapping = rules.mapping(entries, is_case_sensitive=is_case_sensitive)
        best = next(one.text for one in answers if one.share == _HUNDRED)
        return rules.response(identifier, "single", "string", [best], mapping)

    def lose_remarks(self, remarks: Iterable[str]) -> None:
        if any(remarks):
            self.lose(lost("feedback (textEntryInteraction)"))

    def short_answer(self, content: ShortAnswerContent) -> _Parts:
        declared = self.typed(
            "RESPONSE", content.answers, Decimal(1), is_case_sensitive=content.is_case_sensitive
        )
        return _Parts([declared], rules.ENTRY, rules.MAP)

    def fill_blank(self, content: FillBlankContent) -> _Parts:
        total = sum((one.weight for one in content.blanks), Decimal(0))
        text, names, bests, declared = self.html(self.question.text), [], [], []
        for number, blank in enumerate(content.blanks, 1):
            name = f"RESPONSE_{number}" if len(content.blanks) > 1 else "RESPONSE"
            weight = round(blank.weight / total, 12)
            entry = f'<textEntryInteraction responseIdentifier="{name}" class="gap"/>'
            text = text.replace(f"[[{blank.key}]]", entry, 1)
            if f"[[{blank.key}]]" in text:
                self.lose(lost(f"[[{blank.key}]]"))
            declared.append(
                self.typed(name, blank.answers, weight, is_case_sensitive=content.is_case_sensitive)
            )
            names.append(name)
            bests.append(weight)
        self.text = text
        processing = (
            rules.sum_of(names)
            if content.partial_credit
            else rules.all_of(list(zip(names, bests, strict=True)))
        )
        return _Parts(declared, "", processing)

    def matching(self, content: MatchingContent) -> _Parts:
        rights = dict.fromkeys(pair.right for pair in content.pairs)
        rights |= dict.fromkeys(one.text for one in content.distractors)
        targets = {text: f"r{n}" for n, text in enumerate(rights, 1)}
        correct = [f"l{n} {targets[one.right]}" for n, one in enumerate(content.pairs, 1)]
        mapping, processing = "", rules.MATCH
        if content.partial_credit:
            part = round(1 / Decimal(len(correct)), 12)
            mapping = rules.mapping([(key, part) for key in correct], bounds=(0, 1))
            processing = rules.MAP
        lefts = [(f"l{n}", self.html(one.left), 1) for n, one in enumerate(content.pairs, 1)]
        others = [(key, escaped(text), 0) for text, key in targets.items()]
        body = (
            '<matchInteraction responseIdentifier="RESPONSE" shuffle="true"'
            f' maxAssociations="{len(correct)}">'
            f"{rules.match_set(lefts)}{rules.match_set(others)}</matchInteraction>"
        )
        declared = rules.response("RESPONSE", "multiple", "directedPair", correct, mapping)
        return _Parts([declared], body, processing)

    def numeric(self, content: NumericContent) -> _Parts:
        self.lose_remarks(one.feedback for one in content.answers)
        ordered = sorted(content.answers, key=lambda one: -one.share)
        declared = rules.response("RESPONSE", "single", "float", [as_text(ordered[0].value)])
        near = [(one.value, one.tolerance, one.share / _HUNDRED) for one in ordered]
        return _Parts([declared], rules.ENTRY, rules.near(near))

    def ordering(self, content: OrderingContent) -> _Parts:
        if content.partial_credit:
            self.lose(lost("partialCredit"))
        keys = [f"c{n}" for n in range(1, len(content.items) + 1)]
        choices = "".join(
            f'<simpleChoice identifier="{key}">{self.html(one.text)}</simpleChoice>'
            for key, one in zip(keys, content.items, strict=True)
        )
        body = f'<orderInteraction responseIdentifier="RESPONSE" shuffle="true">{choices}'
        declared = rules.response("RESPONSE", "ordered", "identifier", keys)
        return _Parts([declared], f"{body}</orderInteraction>", rules.MATCH)

    def essay(self, content: EssayContent) -> _Parts:
        usual = EssayContent.model_fields["max_characters"].default
        mask = f' patternMask="[\\s\\S]{{0,{content.max_characters}}}"'
        body = (
            '<extendedTextInteraction responseIdentifier="RESPONSE"'
            f"{mask if content.max_characters != usual else ''}/>"
        )
        before = ""
        if content.notes_for_graders:
            notes = self.html(content.notes_for_graders)
            before = f'<rubricBlock view="scorer"><div>{notes}</div></rubricBlock>'
        return _Parts([rules.response("RESPONSE", "single", "string", [])], body, before=before)


_PARTS: Final[Mapping[type, Callable[[_Writer, Any], _Parts]]] = {
    McqContent: _Writer.mcq,
    TrueFalseContent: _Writer.true_false,
    MultiSelectContent: _Writer.multi_select,
    ShortAnswerContent: _Writer.short_answer,
    FillBlankContent: _Writer.fill_blank,
    MatchingContent: _Writer.matching,
    NumericContent: _Writer.numeric,
    OrderingContent: _Writer.ordering,
    EssayContent: _Writer.essay,
}
