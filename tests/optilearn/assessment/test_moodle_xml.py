"""Moodle XML with Cloze, hostile XML, and what a round trip keeps."""

from __future__ import annotations

import re
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.assessment.question_files.drafts import (
    BankQuestion,
    Code,
    Draft,
    UnreadableFileError,
)
from optilearn.assessment.question_files.moodle_xml.reader import read_moodle_xml
from optilearn.assessment.question_files.moodle_xml.writer import (
    BEGINNING,
    END,
    category_question,
    write_moodle_xml,
)
from optilearn.assessment.question_files.shares import MOODLES
from optilearn.assessment.question_files.xmltree import MAX_DEPTH
from optilearn.assessment.quizzes.questions.content import content_of
from tests.support import contents
from tests.support.contents import bank_questions, meaning, meaning_read


def read(*questions: str) -> list[Draft]:
    return list(read_moodle_xml(f"<quiz>{''.join(questions)}</quiz>".encode()))


def question(kind: str, inside: str = "", text: str = "<p>Q</p>") -> Draft:
    (draft,) = read(
        f'<question type="{kind}"><name><text>N</text></name><questiontext format="html">'
        f"<text><![CDATA[{text}]]></text></questiontext>{inside}</question>"
    )
    return draft


def carried(draft: Draft) -> Any:
    assert draft.error is None, draft.error
    return content_of(draft.content)


def messages(draft: Draft) -> list[str]:
    return [problem.message for problem in draft.warnings]


def test_a_question_with_all_that_surrounds_it() -> None:
    inside = """<generalfeedback><text>Because.</text></generalfeedback>
      <defaultgrade>2.5000000</defaultgrade><idnumber>x-1</idnumber><single>true</single>
      <answer fraction="100"><text>A</text><feedback><text>Yes</text></feedback></answer>
      <answer fraction="-33.33333"><text>B</text></answer>
      <tags><tag><text>easy</text></tag></tags>"""
    draft = question("multichoice", inside)
    assert (draft.feedback, draft.points, draft.external_id) == ("Because.", Decimal("2.5"), "x-1")
    assert (draft.tags, draft.name, draft.place) == (["easy"], "N", "line 1")
    assert [o.share for o in carried(draft).options] == [None, Decimal("-33.33333")]
    assert draft.warnings == []


def test_categories_and_places() -> None:
    category = category_question(("A/B", "क"))
    one = '\n<question type="truefalse"><questiontext><text>Q</text></questiontext></question>'
    (draft,) = read(category, one)
    assert (draft.category, draft.name) == (("A/B", "क"), "Q")
    assert draft.place == "line 3"
    assert draft.error is not None


@pytest.mark.parametrize(
    ("form", "html"),
    [
        ("html", "1 <b>2</b>\n3"),
        ("moodle_auto_format", "1 <b>2</b><br>\n3"),
        ("plain_text", "1 &lt;b&gt;2&lt;/b&gt;<br>\n3"),
        ("markdown", "<p>1 <b>2</b>\n3</p>"),
    ],
)
def test_formats_of_texts(form: str, html: str) -> None:
    (draft,) = read(
        f'<question type="essay"><questiontext format="{form}"><text><![CDATA[1 <b>2</b>\n3]]>'
        "</text></questiontext></question>"
    )
    assert draft.text == html


def test_files_are_reported_and_described() -> None:
    draft = question(
        "essay",
        '<generalfeedback><text>x</text><file name="b.png" encoding="base64">AA==</file>'
        "</generalfeedback>",
        text='See <img src="@@PLUGINFILE@@/a%20b.png" alt="a tree"> and'
        ' <img src="@@PLUGINFILE@@/c">',
    )
    assert draft.text == "See [a tree] and [c]"
    assert [p.code for p in draft.warnings] == [Code.FILE_NOT_CARRIED] * 3


@pytest.mark.parametrize(
    "kind", ["description", "calculated", "gapselect", "ddwtos", "ddimageortext", "stack"]
)
def test_other_types_are_reported(kind: str) -> None:
    error = question(kind).error
    assert error is not None
    assert (error.code, kind in error.message) == (Code.UNSUPPORTED, True)


def test_what_has_no_counterpart_is_reported() -> None:
    inside = """<single>true</single><answer fraction="100"><text>A</text></answer>
      <answer fraction="0"><text>B</text></answer><hint><text>Think</text></hint>
      <correctfeedback><text>Your answer is correct.</text></correctfeedback>
      <incorrectfeedback><text>Oh no</text></incorrectfeedback>"""
    assert messages(question("multichoice", inside)) == [
        "This can't be carried: incorrectfeedback.",
        "This can't be carried: hint.",
    ]
    essay = "<attachments>1</attachments><maxwordlimit>50</maxwordlimit>"
    assert len(messages(question("essay", essay))) == 2


def test_cloze() -> None:
    draft = question(
        "cloze",
        text="1+1={2:SHORTANSWER:=two#yes~%50%2\\~~%0%\\#&#125;}, 2+2={:SA:%100%four~*#no}.",
    )
    found = carried(draft)
    assert draft.text == "1+1=[[1]], 2+2=[[2]]."
    assert [blank.weight for blank in found.blanks] == [2, 1]
    assert [(a.text, a.share, a.feedback) for a in found.blanks[0].answers] == [
        ("two", 100, "yes"),
        ("2~", 50, ""),
        ("#}", 0, ""),
    ]
    assert draft.points == 3
    assert messages(draft) == ["This can't be carried: *."]


def test_weights_in_cloze() -> None:
    assert question("cloze", text="{:SA:=a}").points == 1
    assert question("cloze", text="{0:SA:=a}").error is not None
    (answer, _half) = carried(question("cloze", text="{:SAC:=a~%33,5%b}")).blanks[0].answers
    assert answer.share == 100
    assert _half.share == Decimal("33.5")
    assert carried(question("cloze", text="{:SAC:=a}")).is_case_sensitive


@pytest.mark.parametrize(
    "part", ["MULTICHOICE:=a~b", "MULTIRESPONSE:%50%a~%50%b", "NUMERICAL:=2:1"]
)
def test_choices_and_numbers_inside_a_text_are_reported(part: str) -> None:
    error = question("cloze", text=f"{{1:{part}}} and {{1:SA:=x}}").error
    assert error is not None
    assert (error.code, part.partition(":")[0] in error.message) == (Code.UNSUPPORTED, True)


@pytest.mark.parametrize(
    "text", ["<img " * 9_000, "<" * 40_000, "{1:SA:" * 8_000, "{1:SA:=a}" * 5_000, "x" * 60_000]
)
def test_texts_that_could_take_long_take_no_time(text: str) -> None:
    started = time.monotonic()
    (draft,) = read(
        f'<question type="cloze"><questiontext><text><![CDATA[{text}]]></text></questiontext>'
        "</question>"
    )
    assert draft.error is not None
    assert time.monotonic() - started < 5


def test_points_have_two_places() -> None:
    draft = question("essay", "<defaultgrade>0.3333333</defaultgrade>")
    assert draft.points == Decimal("0.33")
    assert messages(draft) == ["This can't be carried: points 0.3333333."]


def test_a_broken_question_leaves_the_others() -> None:
    good = '<question type="essay"><questiontext><text>Q</text></questiontext></question>'
    bad = good.replace("essay", "numerical").replace(
        "</question>", '<answer fraction="x"><text>1</text></answer></question>'
    )
    drafts = read(good, bad, good)
    assert [d.error is None for d in drafts] == [True, False, True]


LAUGHS = '<!DOCTYPE quiz [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><quiz>&b;</quiz>'
OUTSIDE = '<!DOCTYPE quiz SYSTEM "file:///etc/passwd"><quiz/>'
EXTERNAL = '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>'


@pytest.mark.parametrize(
    "hostile",
    [
        LAUGHS,
        OUTSIDE,
        EXTERNAL,
        "<!DOCTYPE quiz PUBLIC 'q' 'q.dtd'><quiz/>",
        "<quiz>&nbsp;</quiz>",
        "<quiz>" + "<a>" * (MAX_DEPTH + 1),
        "<other/>",
        "",
        "no XML",
        '<?xml version="1.0" encoding="nothing"?><quiz/>',
        "<quiz>\x00</quiz>",
    ],
)
def test_hostile_xml_is_refused(hostile: str) -> None:
    with pytest.raises(UnreadableFileError):
        list(read_moodle_xml(hostile.encode()))


def test_a_document_that_breaks_off_gives_what_is_before() -> None:
    good = '<question type="essay"><questiontext><text>Q</text></questiontext></question>'
    reading = read_moodle_xml(f"<quiz>\n{good}\n{good}\n<question".encode())
    assert [next(reading).error, next(reading).error] == [None, None]
    with pytest.raises(UnreadableFileError) as caught:
        next(reading)
    assert caught.value.line == 4


SAID = st.one_of(
    contents.mcqs(),
    contents.multi_selects(),
    contents.TRUE_FALSE,
    contents.SHORT,
    contents.matchings(),
    contents.NUMERIC,
    contents.blanks(2),
    contents.ORDERING,
    contents.ESSAY,
)


POINTS = "This can't be carried: points 2.5."
"""Of gaps, whose weights are whole numbers at Moodle; our own reader finds the points beside."""


@given(bank_questions(SAID, points=Decimal("2.50")))
def test_a_round_trip_loses_nothing_that_moodle_can_say(given: BankQuestion) -> None:
    written = write_moodle_xml(given)
    said = {problem.message for problem in written.losses}
    assert said <= ({POINTS} if given.content.kind == "FILL_BLANK" else set())
    (draft,) = read_moodle_xml(f"{BEGINNING}{written.text}{END}".encode())
    assert meaning_read(draft) == meaning(given)
    assert draft.points == given.points


@given(bank_questions(SAID))
def test_fractions_are_of_moodle_s_list(given: BankQuestion) -> None:
    text = write_moodle_xml(given).text
    for fraction in re.findall(r'fraction="(-?\d+\.\d+)"', text):
        assert re.fullmatch(r"-?\d+\.\d{7}", fraction)
        if given.content.kind != "ORDERING":
            part = abs(Decimal(fraction)) / 100
            assert min(abs(part - one) for one in MOODLES) < Decimal("0.00001")


def test_characters_that_xml_has_not_are_left_out() -> None:
    content = content_of({"kind": "SHORT_ANSWER", "answers": [{"text": "a\x01\uffff]]>"}]})
    written = write_moodle_xml(BankQuestion(1, "N\x02", "<p>\ufffe]]&gt;</p>", content))
    (draft,) = read_moodle_xml(f"{BEGINNING}{written.text}{END}".encode())
    assert (draft.name, draft.text) == ("N", "<p>]]&gt;</p>")
    assert draft.content["answers"][0]["text"] == "a]]>"


def test_losses_are_reported() -> None:
    blanks = [{"key": "a", "answers": [{"text": "x"}]}]
    choices = [{"key": k, "text": k, "isRight": k < "c"} for k in "abc"]
    answers = [{"text": "a"}, {"text": "b", "share": "37"}]
    cases: list[tuple[dict[str, Any], Code]] = [
        ({"kind": "ESSAY", "maxCharacters": 9}, Code.NOT_CARRIED),
        ({"kind": "MULTI_SELECT", "options": choices}, Code.ALL_OR_NOTHING),
        ({"kind": "FILL_BLANK", "blanks": blanks, "partialCredit": False}, Code.ALL_OR_NOTHING),
        ({"kind": "SHORT_ANSWER", "answers": answers}, Code.SHARE_UNLISTED),
    ]
    for content, code in cases:
        bank = BankQuestion(1, "N", "<p>[[a]]</p>", content_of(content))
        assert [p.code for p in write_moodle_xml(bank).losses] == [code]


def test_texts_without_a_format_have_the_questions() -> None:
    (draft,) = read(
        '<question type="essay"><questiontext format="moodle_auto_format"><text>Q</text>'
        "</questiontext><generalfeedback><text>1\n2</text></generalfeedback></question>"
    )
    assert draft.feedback == "1<br>\n2"


def test_parts_of_older_files() -> None:
    inside = """<image>moodle.png</image><shuffleanswers>0</shuffleanswers>
      <answer fraction="100"><text>A</text></answer><answer fraction="0"><text>B</text></answer>
      <answer fraction="0"><text></text><feedback><text></text></feedback></answer>
      <tags><tag><text>one</text></tag><tag><text> </text></tag></tags>
      <coursetags><tag><text>two</text></tag><tag><text>one</text></tag></coursetags>"""
    draft = question("multichoice", inside)
    assert [o.text for o in carried(draft).options] == ["A", "B"]
    assert draft.tags == ["one", "two"]
    assert messages(draft) == [
        "This can't be carried: shuffleanswers.",
        "The file moodle.png can't be carried.",
    ]


def test_an_order_says_what_it_loses() -> None:
    inside = """<gradingtype></gradingtype><selecttype></selecttype>
      <answer><text>1</text><feedback><text>First.</text></feedback></answer>
      <answer><text>2</text></answer>"""
    assert messages(question("ordering", inside)) == ["This can't be carried: feedback."]


@pytest.mark.parametrize(
    ("weights", "points", "written", "is_lost"),
    [
        ((1, 1), "2", (1, 1), False),
        ((1, 1), "6", (3, 3), False),
        ((2, 1), "6", (4, 2), False),
        ((1, 1), "5", (1, 1), True),
        ((2, 1), "1.5", (2, 1), True),
        ((1, 1), "0", (1, 1), True),
    ],
)
def test_gaps_weigh_what_the_question_is_worth(
    weights: tuple[int, int], points: str, written: tuple[int, int], is_lost: bool
) -> None:
    """Moodle adds the weights up, and reads no other points of such a question."""
    blanks = [
        {"key": str(n), "weight": weight, "answers": [{"text": "x"}]}
        for n, weight in enumerate(weights, 1)
    ]
    content = content_of({"kind": "FILL_BLANK", "blanks": blanks})
    given = BankQuestion(1, "N", "[[1]] [[2]]", content, points=Decimal(points))
    found = write_moodle_xml(given)
    assert tuple(map(int, re.findall(r"\{(\d+):", found.text))) == written
    assert [p.message for p in found.losses] == [
        f"This can't be carried: points {points}."
    ] * is_lost


def test_categories_whose_names_begin_with_strokes() -> None:
    for category in (("A", "/B"), ("A/", "B"), ("/", "/")):
        one = '<question type="essay"><questiontext><text>Q</text></questiontext></question>'
        (draft,) = read(category_question(category), one)
        assert draft.category == category
