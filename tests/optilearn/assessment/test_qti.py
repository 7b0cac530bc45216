"""QTI 2.1, 2.2 and 3.0: what is read of items and packages, and what a round trip keeps."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.assessment.question_files.drafts import (
    BankQuestion,
    Code,
    Draft,
)
from optilearn.assessment.question_files.qti.package import read_qti
from optilearn.assessment.question_files.qti.packing import write_package
from optilearn.assessment.question_files.qti.writer import write_item
from optilearn.assessment.quizzes.questions.content import content_of
from tests.support import contents
from tests.support.contents import bank_questions, meaning, meaning_read

V2P1 = "http://www.imsglobal.org/xsd/imsqti_v2p1"
V3P0 = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
MATCH = f'<responseProcessing template="{TEMPLATES}match_correct"/>'
MAP = f'<responseProcessing template="{TEMPLATES}map_response"/>'


def item(inside: str, space: str = V2P1, title: str = "T") -> Draft:
    (draft,) = read_qti(
        f'<assessmentItem xmlns="{space}" identifier="i1" title="{title}">{inside}'
        "</assessmentItem>".encode()
    )
    return draft


def declared(values: str, mapping: str = "", kind: str = "identifier", many: str = "single") -> str:
    correct = "".join(f"<value>{one}</value>" for one in values.split("|") if one)
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{many}" baseType="{kind}">'
        f"<correctResponse>{correct}</correctResponse>{mapping}</responseDeclaration>"
    )


CHOICES = """<itemBody><p>Which?</p><choiceInteraction responseIdentifier="RESPONSE" maxChoices="0">
  <prompt>Choose.</prompt><simpleChoice identifier="A">a <b>x</b></simpleChoice>
  <simpleChoice identifier="B">b</simpleChoice><simpleChoice identifier="C">c</simpleChoice>
  </choiceInteraction></itemBody>"""


def carried(draft: Draft) -> Any:
    assert draft.error is None, draft.error
    return content_of(draft.content)


def codes(draft: Draft) -> list[Code]:
    return [problem.code for problem in draft.warnings]


def entries(**values: str) -> str:
    return "".join(f'<mapEntry mapKey="{k}" mappedValue="{v}"/>' for k, v in values.items())


def test_a_single_choice() -> None:
    draft = item(declared("B") + CHOICES + MATCH)
    assert [(o.text, o.is_right) for o in carried(draft).options] == [
        ("a <b>x</b>", False),
        ("b", True),
        ("c", False),
    ]
    assert (draft.text, draft.name, draft.external_id) == ("<p>Which?</p><p>Choose.</p>", "T", "i1")
    assert (draft.points, draft.warnings) == (1, [])


def test_a_mapped_choice_earns_shares_of_the_best() -> None:
    mapping = f'<mapping defaultValue="-1">{entries(A="1", B="4")}</mapping>'
    draft = item(declared("B", mapping) + CHOICES + MAP)
    assert [o.share for o in carried(draft).options] == [25, None, -25]
    assert draft.points == 4


def test_of_several_the_sum_is_clipped() -> None:
    mapping = f'<mapping lowerBound="0" upperBound="2">{entries(A="1", B="2", C="-1")}</mapping>'
    draft = item(declared("A|B", mapping, many="multiple") + CHOICES + MAP)
    found = carried(draft)
    assert found.partial_credit
    assert [o.share for o in found.options] == [50, 100, -50]
    assert (draft.points, draft.warnings) == (2, [])
    unbound = item(
        declared("A", f"<mapping>{entries(A='1', B='-1')}</mapping>", many="multiple")
        + CHOICES
        + MAP
    )
    assert codes(unbound) == [Code.NOT_CARRIED]


def test_several_right_or_nothing() -> None:
    found = carried(item(declared("A|C", many="multiple") + CHOICES + MATCH))
    assert [o.is_right for o in found.options] == [True, False, True]
    assert not found.partial_credit


@pytest.mark.parametrize(
    "processing",
    [
        "",
        '<responseProcessing template="http://example.org/own"/>',
        "<responseProcessing><responseCondition><responseIf><lt><variable identifier='RESPONSE'/>"
        "<baseValue baseType='float'>1</baseValue></lt><setOutcomeValue identifier='SCORE'>"
        "<baseValue baseType='float'>1</baseValue></setOutcomeValue></responseIf>"
        "</responseCondition></responseProcessing>",
    ],
)
def test_other_ways_of_marking_are_reported(processing: str) -> None:
    draft = item(declared("B") + CHOICES + processing)
    assert carried(draft).options[1].is_right
    assert codes(draft) == [Code.MARKING_CHANGED]


def test_expanded_rules_and_feedback_are_understood() -> None:
    processing = """<responseProcessing><responseCondition><responseIf><match>
      <variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>
      <setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue>
      </setOutcomeValue></responseIf></responseCondition>
      <setOutcomeValue identifier="FEEDBACK"><variable identifier="RESPONSE"/></setOutcomeValue>
      </responseProcessing><modalFeedback outcomeIdentifier="FEEDBACK" identifier="A"
      showHide="show">No.</modalFeedback><modalFeedback outcomeIdentifier="FEEDBACK"
      identifier="other" showHide="show">?</modalFeedback>"""
    draft = item(declared("B") + CHOICES + processing)
    assert [o.feedback for o in carried(draft).options] == ["No.", "", ""]
    assert [p.message for p in draft.warnings] == ["This can't be carried: modalFeedback."]


def test_an_item_says_its_highest_score() -> None:
    highest = """<outcomeDeclaration identifier="MAXSCORE" cardinality="single" baseType="float">
      <defaultValue><value>2.5</value></defaultValue></outcomeDeclaration>"""
    earned = """<responseProcessing><responseCondition><responseIf><isNull>
      <variable identifier="RESPONSE"/></isNull></responseIf><responseElseIf><match>
      <variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>
      <setOutcomeValue identifier="SCORE"><sum><variable identifier="SCORE"/>
      <variable identifier="MAXSCORE"/></sum></setOutcomeValue></responseElseIf>
      </responseCondition></responseProcessing>"""
    draft = item(declared("B") + highest + CHOICES + earned)
    assert (draft.points, draft.warnings) == (Decimal("2.5"), [])


def test_true_or_false() -> None:
    body = """<itemBody><choiceInteraction responseIdentifier="RESPONSE" maxChoices="1">
      <prompt>Sky is blue.</prompt><simpleChoice identifier="true">True</simpleChoice>
      <simpleChoice identifier="false">False</simpleChoice></choiceInteraction></itemBody>"""
    draft = item(declared("false") + body + MATCH)
    assert (carried(draft).kind, carried(draft).is_true) == ("TRUE_FALSE", False)
    assert draft.text == "Sky is blue."


def entry(before: str, after: str = "") -> str:
    typed = '<textEntryInteraction responseIdentifier="RESPONSE"/>'
    return f"<itemBody><p>{before} {typed}{after}</p></itemBody>"


def test_a_typed_text_is_compared_as_its_mapping_says() -> None:
    mapping = (
        '<mapping><mapEntry mapKey="York" mappedValue="2"/>'
        '<mapEntry mapKey="york" mappedValue="1"/></mapping>'
    )
    found = carried(item(declared("York", mapping, "string") + entry("Where?") + MAP))
    assert (found.kind, found.is_case_sensitive) == ("SHORT_ANSWER", True)
    assert [(a.text, a.share) for a in found.answers] == [("York", 100), ("york", 50)]
    folded = mapping.replace("/><", ' caseSensitive="false"/><').replace(
        '"1"/>', '"1" caseSensitive="false"/>'
    )
    draft = item(declared("York", folded, "string") + entry("Where?") + MAP)
    assert not carried(draft).is_case_sensitive
    inside = item(declared("York", mapping, "string") + entry("In", " it rains.") + MAP)
    assert (inside.text, carried(inside).kind) == ("<p>In [[1]] it rains.</p>", "FILL_BLANK")


def test_numbers_are_exact_unless_rules_say_how_near() -> None:
    draft = item(declared("3.5", "", "float") + entry("How many?") + MATCH)
    (answer,) = carried(draft).answers
    assert (carried(draft).kind, answer.value, answer.tolerance) == ("NUMERIC", Decimal("3.5"), 0)
    near = """<responseProcessing><responseCondition><responseIf><equal toleranceMode="absolute"
      tolerance="0.5 0.5"><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></equal>
      </responseIf></responseCondition></responseProcessing>"""
    assert codes(item(declared("3.5", "", "float") + entry("?") + near)) == [Code.MARKING_CHANGED]


ORDER = """<itemBody><orderInteraction responseIdentifier="RESPONSE"><prompt>Sort.</prompt>
  <simpleChoice identifier="A">2</simpleChoice><simpleChoice identifier="B">1</simpleChoice>
  </orderInteraction></itemBody>"""


def test_an_order() -> None:
    draft = item(declared("B|A", many="ordered") + ORDER + MATCH)
    assert [one.text for one in carried(draft).items] == ["1", "2"]
    assert item(declared("B", many="ordered") + ORDER + MATCH).error is not None


def matched(correct: str, mapping: str = "", processing: str = MATCH) -> Draft:
    sides = [
        "<simpleMatchSet>"
        + "".join(
            f'<simpleAssociableChoice identifier="{k}" matchMax="4">{k.lower()}'
            "</simpleAssociableChoice>"
            for k in keys
        )
        + "</simpleMatchSet>"
        for keys in ("CDPL", "MRT")
    ]
    return item(
        declared(correct, mapping, "directedPair", "multiple")
        + '<itemBody><matchInteraction responseIdentifier="RESPONSE"><prompt>?</prompt>'
        + f"{''.join(sides)}</matchInteraction></itemBody>{processing}"
    )


def test_pairs_of_one_right_side_each() -> None:
    found = carried(matched("C R|D M|P T|L M"))
    assert [(p.left, p.right) for p in found.pairs] == [
        ("c", "r"),
        ("d", "m"),
        ("p", "t"),
        ("l", "m"),
    ]
    assert not found.partial_credit
    mapped = "<mapping>" + "".join(
        f'<mapEntry mapKey="{k}" mappedValue="0.5"/>' for k in ("C R", "D M", "P T", "L M")
    )
    draft = matched("C R|D M|P T|L M", mapped + "</mapping>", MAP)
    assert (carried(draft).partial_credit, draft.points, draft.warnings) == (True, 2, [])
    turned = carried(matched("C M|D R|P T"))
    assert [(p.left, p.right) for p in turned.pairs] == [("m", "c"), ("r", "d"), ("t", "p")]
    assert [d.text for d in turned.distractors] == ["l"]
    assert matched("C R|C M|D R").error is not None


def test_any_two_and_gaps() -> None:
    choices = "".join(
        f'<simpleAssociableChoice identifier="{k}" matchMax="1">{k}</simpleAssociableChoice>'
        for k in "ABCDE"
    )
    draft = item(
        declared("A B|C D", "", "pair", "multiple")
        + f'<itemBody><associateInteraction responseIdentifier="RESPONSE">{choices}'
        + f"</associateInteraction></itemBody>{MATCH}"
    )
    assert [(p.left, p.right) for p in carried(draft).pairs] == [("A", "B"), ("C", "D")]
    assert [d.text for d in carried(draft).distractors] == ["E"]
    assert codes(draft) == [Code.NOT_CARRIED]
    gaps = item(
        declared("W G1|S G2", "", "directedPair", "multiple")
        + '<itemBody><gapMatchInteraction responseIdentifier="RESPONSE"><prompt>Fill.</prompt>'
        '<gapText identifier="W">winter</gapText><gapText identifier="S">summer</gapText>'
        '<p>Now is the <gap identifier="G1"/> of our <gap identifier="G2"/>.</p>'
        f"</gapMatchInteraction></itemBody>{MATCH}"
    )
    assert gaps.text == "<p>Fill.</p><p>Now is the (1) _____ of our (2) _____.</p>"
    assert [(p.left, p.right) for p in carried(gaps).pairs] == [
        ("(1)", "winter"),
        ("(2)", "summer"),
    ]


def test_an_essay_and_what_graders_see() -> None:
    body = """<itemBody><rubricBlock view="scorer"><p>Be kind.</p></rubricBlock><p>Write.</p>
      <extendedTextInteraction responseIdentifier="RESPONSE"/></itemBody>"""
    draft = item(declared("", kind="string") + body)
    assert (carried(draft).notes_for_graders, draft.text) == ("<p>Be kind.</p>", "<p>Write.</p>")


@pytest.mark.parametrize(
    "inside",
    [
        "<itemBody><hotspotInteraction responseIdentifier='RESPONSE'/></itemBody>",
        "<itemBody><p>Only a text.</p></itemBody>",
        "<templateDeclaration identifier='X'/>" + CHOICES,
        CHOICES.replace("</itemBody>", CHOICES.removeprefix("<itemBody>")),
    ],
)
def test_other_items_are_reported(inside: str) -> None:
    error = item(declared("A") + inside).error
    assert error is not None
    assert error.code is Code.UNSUPPORTED


def test_pictures_are_reported() -> None:
    draft = item(
        declared("A") + CHOICES.replace("Which?", "<img src='a.png' alt='A map'/>") + MATCH
    )
    assert draft.text == "<p>[A map]</p><p>Choose.</p>"
    assert codes(draft) == [Code.FILE_NOT_CARRIED]


def test_version_3_has_other_names() -> None:
    (draft,) = read_qti(
        f"""<qti-assessment-item xmlns="{V3P0}" identifier="i" title="T">
        <qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier">
        <qti-correct-response><qti-value>B</qti-value></qti-correct-response>
        </qti-response-declaration><qti-item-body><qti-choice-interaction
        response-identifier="RESPONSE" max-choices="1"><qti-prompt>Which?</qti-prompt>
        <qti-simple-choice identifier="A">a</qti-simple-choice>
        <qti-simple-choice identifier="B">b</qti-simple-choice></qti-choice-interaction>
        </qti-item-body><qti-response-processing
        template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/>
        </qti-assessment-item>""".encode()
    )
    assert [o.is_right for o in carried(draft).options] == [False, True]
    assert (draft.text, draft.warnings) == ("Which?", [])


SAID = st.one_of(
    contents.mcqs(),
    contents.multi_selects(),
    contents.TRUE_FALSE,
    contents.SHORT,
    contents.matchings(),
    contents.NUMERIC,
    contents.blanks(1),
    contents.blanks(3),
    contents.ORDERING,
    contents.ESSAY,
)


def stripped(content: dict[str, Any]) -> dict[str, Any]:
    """The content without what QTI's templates can't say: remarks on texts, parts of orders."""
    if content["kind"] == "ORDERING":
        return content | {"partialCredit": False}
    for holder in content.get("blanks", [content]):
        if content["kind"] in {"SHORT_ANSWER", "FILL_BLANK", "NUMERIC"}:
            holder["answers"] = unique(holder["answers"])
    return content


def unique(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One answer of each text, the first, without remarks."""
    found: dict[Any, dict[str, Any]] = {}
    for one in answers:
        found.setdefault(one.get("text", id(one)), one | {"feedback": ""})
    return list(found.values())


@given(bank_questions(SAID.map(stripped), points=Decimal("2.50")))
def test_a_round_trip_loses_nothing_that_qti_can_say(given: BankQuestion) -> None:
    file = BytesIO()
    reported = []
    write_package(file, [given], lambda question, written: reported.append(written.losses))
    assert reported == [()]
    (draft,) = read_qti(file.getvalue())
    assert draft.warnings == []
    assert meaning_read(draft) == meaning(given)
    assert draft.points == given.points


def test_losses_are_reported() -> None:
    steps = [{"key": k, "text": k} for k in "ab"]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"kind": "ORDERING", "items": steps, "partialCredit": True}, "partialCredit"),
        (
            {"kind": "SHORT_ANSWER", "answers": [{"text": "a", "feedback": "Yes"}]},
            "feedback (textEntryInteraction)",
        ),
        ({"kind": "ESSAY", "notesForGraders": "<mark>x</mark>"}, "<mark>"),
    ]
    for content, part in cases:
        losses = write_item(BankQuestion(1, "N", "<p>Q</p>", content_of(content))).losses
        assert [p.message for p in losses] == [f"This can't be carried: {part}."]


def test_all_gaps_or_nothing() -> None:
    blanks = [{"key": k, "answers": [{"text": k}], "weight": w} for k, w in (("a", 1), ("b", 2))]
    content = content_of({"kind": "FILL_BLANK", "blanks": blanks, "partialCredit": False})
    given = BankQuestion(1, "N", "<p>[[a]] and [[b]]</p>", content)
    (draft,) = read_qti(write_item(given).text.encode())
    assert meaning_read(draft) == meaning(given)
