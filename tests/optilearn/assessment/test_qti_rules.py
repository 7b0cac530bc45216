"""The marks of QTI items: rules of their own, points, and the parts that are reported."""

from __future__ import annotations

import pytest

from optilearn.assessment.question_files.drafts import Code
from tests.optilearn.assessment.test_qti import (
    CHOICES,
    MAP,
    MATCH,
    carried,
    codes,
    declared,
    entries,
    item,
)


def rule(*branches: tuple[str, str]) -> str:
    """Rules of the author's own: expressions with the score that each earns, "" for else."""
    found = []
    for number, (condition, score) in enumerate(branches):
        name = ("responseElseIf" if number else "responseIf") if condition else "responseElse"
        found.append(
            f"<{name}>{condition}<setOutcomeValue identifier='SCORE'>"
            f"<baseValue baseType='float'>{score}</baseValue></setOutcomeValue></{name}>"
        )
    inside = "".join(found)
    return (
        f"<responseProcessing><responseCondition>{inside}</responseCondition></responseProcessing>"
    )


IS_KEY = "<match><variable identifier='RESPONSE'/><correct identifier='RESPONSE'/></match>"
IS_C = (
    "<match><variable identifier='RESPONSE'/><baseValue baseType='identifier'>C</baseValue></match>"
)


@pytest.mark.parametrize(
    ("processing", "points", "is_changed"),
    [
        (rule((IS_KEY, "2")), 2, False),
        (rule((IS_KEY, "2"), ("", "0")), 2, False),
        (rule((f"<and>{IS_KEY}</and>", "3")), 3, False),
        (rule((IS_KEY, "4"), ("", "-1")), 4, True),
        (rule((IS_KEY, "3"), ("", "1")), 3, True),
        (rule((IS_KEY, "1"), (IS_C, "0.5")), 1, True),
        (rule((f"<not>{IS_KEY}</not>", "1")), 1, True),
        (rule((f"<not>{IS_KEY}</not>", "0"), ("", "5")), 1, True),
        (rule((f"<and>{IS_KEY}{IS_KEY}</and>", "2")), 1, True),
    ],
)
def test_a_rule_is_all_or_nothing_or_reported(
    processing: str, points: int, is_changed: bool
) -> None:
    draft = item(declared("B") + CHOICES + processing)
    assert [o.is_right for o in carried(draft).options] == [False, True, False]
    assert (draft.points, codes(draft)) == (points, [Code.MARKING_CHANGED] * is_changed)


@pytest.mark.parametrize(
    ("outcome", "points"),
    [
        ('identifier="SCORE" normalMaximum="20"/>', 20),
        ('identifier="MAXSCORE"><defaultValue><value>40.0</value></defaultValue>'
         "</outcomeDeclaration>", 40),
    ],
)  # fmt: skip
def test_an_essay_is_worth_what_it_says(outcome: str, points: int) -> None:
    body = "<itemBody><extendedTextInteraction responseIdentifier='RESPONSE'/></itemBody>"
    draft = item(declared("", kind="string") + "<outcomeDeclaration " + outcome + body)
    assert (draft.points, draft.warnings) == (points, [])


def test_a_text_that_was_marked_by_its_key_is_reported() -> None:
    body = "<itemBody><extendedTextInteraction responseIdentifier='RESPONSE'/></itemBody>"
    for key, mapping, part in (
        ("Albert", "", "correctResponse"),
        ("", f"<mapping>{entries(Albert='2')}</mapping>", "mapping"),
    ):
        draft = item(declared(key, mapping, kind="string") + body + MAP)
        assert [p.message for p in draft.warnings] == [f"This can't be carried: {part}."]


def test_gaps_with_rules_of_their_own_have_the_items_points() -> None:
    """Not those of each gap; spellings and case are the mapping's."""
    responses = "".join(
        declared(
            word,
            f"<mapping><mapEntry mapKey='{word}' mappedValue='1' caseSensitive='0'/></mapping>",
            kind="string",
        ).replace("RESPONSE", f"R{number}")
        for number, word in enumerate(("cat", "dog"))
    )
    highest = """<outcomeDeclaration identifier="MAXSCORE"><defaultValue><value>1</value>
      </defaultValue></outcomeDeclaration>"""
    entry = "<textEntryInteraction responseIdentifier='R{}'/>".format
    body = f"<itemBody><p>A {entry(0)} and a {entry(1)}.</p></itemBody>"
    draft = item(responses + highest + body + MATCH)
    found = carried(draft)
    assert (draft.points, found.is_case_sensitive) == (1, False)
    assert codes(draft) == [Code.MARKING_CHANGED]


@pytest.mark.parametrize(
    ("inside", "part"),
    [
        (CHOICES.replace("Which?", "<feedbackInline>No.</feedbackInline>"), "feedbackInline"),
        (CHOICES.replace('identifier="C"', 'identifier="C" fixed="true"'), "fixed"),
        ("<catalogInfo/>" + CHOICES, "catalogInfo"),
        ("<companionMaterialsInfo/>" + CHOICES, "companionMaterialsInfo"),
        ("<assessmentStimulusRef href='gone.xml'/>" + CHOICES, "assessmentStimulusRef"),
        (
            "<itemBody><p>Say <textEntryInteraction responseIdentifier='RESPONSE'/></p></itemBody>"
            "<modalFeedback identifier='x'>No.</modalFeedback>",
            "modalFeedback",
        ),
    ],
)
def test_what_has_no_counterpart_is_reported(inside: str, part: str) -> None:
    draft = item(declared("B") + inside + MATCH)
    assert draft.error is None
    assert [p.message for p in draft.warnings] == [f"This can't be carried: {part}."]


def test_feedback_inside_a_choice_is_read_with_it() -> None:
    inside = CHOICES.replace("b</simple", "b<feedbackInline>Yes.</feedbackInline></simple")
    draft = item(declared("B") + inside + MATCH)
    assert [o.feedback for o in carried(draft).options] == ["", "Yes.", ""]
    assert draft.warnings == []


def test_a_number_that_is_none_is_the_error_of_its_item() -> None:
    draft = item(declared("A|B", many="multiple") + CHOICES.replace('"0"', '"many"') + MATCH)
    assert draft.error is not None
