"""GIFT as Moodle reads it, Aiken, and what a round trip keeps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.assessment.question_files.drafts import BankQuestion, Code, Draft
from optilearn.assessment.question_files.gift.aiken import read_aiken
from optilearn.assessment.question_files.gift.reader import read_gift
from optilearn.assessment.question_files.gift.writer import category_line, write_gift
from optilearn.assessment.quizzes.questions.content import content_of
from tests.support import contents
from tests.support.contents import bank_questions, meaning, meaning_read


def one(text: str) -> Draft:
    (draft,) = read_gift(text)
    return draft


def read(text: str) -> dict[str, Any]:
    draft = one(text)
    assert draft.error is None, draft.error
    content_of(draft.content)
    return draft.content


def options(text: str) -> list[tuple[str, Any, Any]]:
    return [(o["text"], o["isRight"], o.get("share")) for o in read(text)["options"]]


def test_comments_stand_at_line_starts_and_carry_identifiers_and_tags() -> None:
    draft = one("// [id:a\\]1] some [tag:easy]\n// [tag:two words]\n::N::Go to // there {=x}")
    assert (draft.external_id, draft.tags) == ("a]1", ["easy", "two words"])
    assert (draft.name, draft.text) == ("N", "Go to // there")


@pytest.mark.parametrize("word", ["T", "F", "TRUE", "FALSE"])
def test_true_and_false_have_four_words(word: str) -> None:
    found = read(f"Sky is blue. {{{word}#first#second}}")
    assert found["kind"] == "TRUE_FALSE"
    assert found["isTrue"] is word.startswith("T")
    assert (found["feedbackWrong"], found["feedbackRight"]) == ("first", "second")


@pytest.mark.parametrize("word", ["true", "False", "t", "YES"])
def test_other_words_are_short_answers(word: str) -> None:
    found = read(f"Sky is blue. {{{word}}}")
    assert found["kind"] == "SHORT_ANSWER"
    assert found["answers"][0]["text"] == word


def test_weights_work_after_an_equals_sign_in_short_and_numerical_answers() -> None:
    found = read("Two? {=two =%50%deux#French}")
    assert [(a["text"], a["share"]) for a in found["answers"]] == [
        ("two", 100),
        ("deux", Decimal(50)),
    ]
    assert found["answers"][1]["feedback"] == "French"
    numbers = read("Two? {#=2:0.1 =%25%3:1}")["answers"]
    assert [(n["value"], n["tolerance"], n["share"]) for n in numbers] == [
        (2, Decimal("0.1"), 100),
        (3, 1, 25),
    ]


def test_with_a_tilde_an_equals_sign_is_all_and_its_percent_is_text() -> None:
    assert options("Q {=%50%a ~b ~%25%c}") == [
        ("%50%a", True, None),
        ("b", False, None),
        ("c", False, Decimal(25)),
    ]


def test_an_equals_sign_in_a_remark_starts_an_answer() -> None:
    assert [text for text, *_ in options("Q {~a#since 1=1 ~b}")] == ["a", "1", "b"]
    assert [text for text, *_ in options("Q {=a#since 1\\=1 ~b}")] == ["a", "b"]


def test_without_an_equals_sign_several_are_right() -> None:
    found = read("Q {~%50%a ~%50%b ~c ~%-100%d}")
    assert (found["kind"], found["partialCredit"]) == ("MULTI_SELECT", True)
    assert [(o["isRight"], o["share"]) for o in found["options"]] == [
        (True, 50),
        (True, 50),
        (False, 0),
        (False, -100),
    ]


def test_a_second_right_option_is_worth_as_much_and_reported() -> None:
    draft = one("Q {=a =b ~c}")
    assert [(o["isRight"], o.get("share")) for o in draft.content["options"]] == [
        (True, None),
        (False, 100),
        (False, None),
    ]
    assert [p.code for p in draft.warnings] == [Code.SECOND_RIGHT]


def test_an_interval_is_its_middle_and_half_width() -> None:
    (answer,) = read("Pi? {#3.141..3.142}")["answers"]
    assert (answer["value"], answer["tolerance"]) == (Decimal("3.1415"), Decimal("0.0005"))
    (answer,) = read("Below? {#-5..-1}")["answers"]
    assert (answer["value"], answer["tolerance"]) == (-3, 2)


def test_what_isn_t_carried_of_numbers_is_reported() -> None:
    draft = one("Pi? {#=3.14:0.01 ~#Think again}")
    assert [p.message for p in draft.warnings] == ["This can't be carried: ~ (numerical)."]
    assert one("Pi? {#=three}").error is not None


def test_pairs() -> None:
    found = read("Match {=a -> 1 =b -> 2 = -> 3}")
    assert [(p["left"], p["right"]) for p in found["pairs"]] == [("a", "1"), ("b", "2")]
    assert [d["text"] for d in found["distractors"]] == ["3"]


def test_text_after_the_brace_makes_a_missing_word() -> None:
    draft = one("Two plus {=two =2} is four.")
    assert draft.text == "Two plus [[1]] is four."
    assert draft.content["kind"] == "FILL_BLANK"
    choice = one("Grant is {~dead =buried} there.")
    assert (choice.text, choice.content["kind"]) == ("Grant is _____ there.", "MCQ")


def test_answers_run_from_the_first_brace_to_the_first_closing_one() -> None:
    draft = one("Q {=a} and {=b}")
    assert draft.text == "Q [[1]] and {=b}"
    assert one("Q {=a").error is not None
    assert one("Q } {").error is not None


def test_a_typed_line_end_is_one() -> None:
    assert one("Two\\nlines\nthree {}").text == "Two<br>\nlines<br>\nthree"
    assert one("[html]Two\\nlines {}").text == "Two\nlines"
    assert one("[plain]1 < 2 {}").text == "1 &lt; 2"
    assert one("[markdown]*Hi* {}").text == "<p><em>Hi</em></p>"


def test_escapes() -> None:
    assert options("Q \\{x\\} {=a\\:b \\\\n ~\\~}") == [
        ("a:b \\n", True, None),
        ("~", False, None),
    ]


def test_remarks_categories_essays_descriptions() -> None:
    drafts = list(
        read_gift("$CATEGORY: $course$/top/A//B/C\n\nQ{T####All}\n\nWrite. {}\n\nOnly a text\n")
    )
    assert [d.category for d in drafts] == [("A/B", "C")] * 3
    assert drafts[0].feedback == "All"
    assert drafts[1].content == {"kind": "ESSAY"}
    assert drafts[2].error is not None
    assert drafts[2].error.code is Code.UNSUPPORTED
    assert [d.place for d in drafts] == ["line 3", "line 5", "line 7"]


def test_stars_are_any_text_at_moodle() -> None:
    draft = one("Q {=a =*#else =b* =%50%c\\\\*}")
    assert [a["text"] for a in draft.content["answers"]] == ["a", "b*", "c*"]
    assert [p.code for p in draft.warnings] == [Code.NOT_CARRIED, Code.WILDCARD]


def test_a_broken_question_leaves_the_others() -> None:
    drafts = list(read_gift("A {=x}\n\nB {=x -> y =z}\n\nC {T}\r\n\r\nD {=*}\n"))
    assert [d.error is None for d in drafts] == [True, False, True, False]
    assert [d.name for d in drafts] == ["A", "B", "C", "D"]


def test_aiken() -> None:
    drafts = list(
        read_aiken(
            "What is 1 < 2?\nA) yes\nB.no\nANSWER: A\n\nTwo\nlines?\nA. x\nB) y\nANSWER: B\n"
            "No answer?\nA. x\nNext?\nA) 1\nB) 2\nANSWER: C\n"
        )
    )
    assert [d.text for d in drafts] == ["What is 1 &lt; 2?", "Two<br>lines?", "No answer?", "Next?"]
    assert [d.error is None for d in drafts] == [True, True, False, False]
    assert [o["isRight"] for o in drafts[1].content["options"]] == [False, True]
    assert [d.place for d in drafts] == ["line 1", "line 6", "line 11", "line 13"]


def test_a_stem_of_aiken_may_look_like_an_option() -> None:
    (draft,) = read_aiken("I. What is a roman number?\nA) x\nB) y\nANSWER: A")
    assert (draft.text, len(draft.content["options"])) == ("I. What is a roman number?", 2)


SAID = st.one_of(
    contents.mcqs(),
    contents.multi_selects(),
    contents.TRUE_FALSE,
    contents.SHORT,
    contents.matchings(),
    contents.NUMERIC,
    contents.blanks(1),
    contents.ESSAY,
)


@given(bank_questions(SAID))
def test_a_round_trip_loses_nothing_that_gift_can_say(question: BankQuestion) -> None:
    written = write_gift(question)
    if written.is_left_out:
        assert "->" in str(question.content)
        assert list(read_gift(written.text)) == []
        return
    assert written.losses == ()
    assert meaning_read(one(written.text)) == meaning(question)


def bank_question(content: dict[str, Any], **values: Any) -> BankQuestion:
    given: dict[str, Any] = {"id": 1, "name": "N", "text": "<p>Q</p>"}
    return BankQuestion(content=content_of(content), **(given | values))


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (
            {"kind": "ORDERING", "items": [{"key": "a", "text": "1"}, {"key": "b", "text": "2"}]},
            "ORDERING (GIFT)",
        ),
        (
            {
                "kind": "FILL_BLANK",
                "blanks": [{"key": k, "answers": [{"text": k}]} for k in ("a", "b")],
            },
            "FILL_BLANK (GIFT)",
        ),
        ({"kind": "SHORT_ANSWER", "answers": [{"text": "a->b"}]}, "SHORT_ANSWER (GIFT)"),
    ],
)
def test_what_gift_can_t_say_stands_in_a_comment(content: dict[str, Any], part: str) -> None:
    written = write_gift(bank_question(content, name="Two\nlines"))
    assert written.is_left_out
    assert [p.message for p in written.losses] == [f"This can't be carried: {part}."]
    assert written.text.startswith("// ")
    assert list(read_gift(written.text)) == []


def test_losses_are_reported() -> None:
    choices = [{"key": k, "text": k, "isRight": k < "c"} for k in "abc"]
    cases: list[tuple[dict[str, Any], dict[str, Any], list[Code]]] = [
        ({"kind": "ESSAY", "maxCharacters": 9, "notesForGraders": "x"}, {}, [Code.NOT_CARRIED] * 2),
        ({"kind": "ESSAY"}, {"points": Decimal(2)}, [Code.NOT_CARRIED]),
        ({"kind": "ESSAY"}, {"tags": ("<a>",)}, [Code.NOT_CARRIED]),
        ({"kind": "MULTI_SELECT", "options": choices}, {}, [Code.ALL_OR_NOTHING]),
        (
            {
                "kind": "SHORT_ANSWER",
                "isCaseSensitive": True,
                "answers": [{"text": "a"}, {"text": "b", "share": "37"}],
            },
            {},
            [Code.NOT_CARRIED, Code.SHARE_UNLISTED],
        ),
    ]
    for content, values, codes in cases:
        written = write_gift(bank_question(content, **values))
        assert [p.code for p in written.losses] == codes, content
        assert one(written.text).error is None


def test_categories_are_written_as_moodle_reads_them() -> None:
    (draft,) = read_gift(category_line(("A/B", "C")) + "Q {T}")
    assert draft.category == ("A/B", "C")
    (draft,) = read_gift(category_line(()) + "Q {T}")
    assert draft.category == ()


def test_files_of_moodle_are_described_and_reported() -> None:
    draft = one(
        '[html]<p>See <img src\\="@@PLUGINFILE@@/a%20b.png" alt\\="A cell"></p>'
        '{~<a href\\="@@PLUGINFILE@@/c.pdf">a paper</a> =b#<img src\\="@@PLUGINFILE@@/d.png">}'
    )
    assert draft.text == "<p>See [A cell]</p>"
    assert [o["text"] for o in draft.content["options"]] == ["a paper</a>", "b"]
    assert draft.content["options"][1]["feedback"] == "[d.png]"
    names = ("a b.png", "c.pdf", "d.png")
    assert [p.message for p in draft.warnings] == [
        f"The file {name} can't be carried." for name in names
    ]


def test_code_keeps_its_indentation() -> None:
    draft = one("  ::N::[html]<pre>for n in a:\n    print(n)\n</pre> {T}")
    assert (draft.name, draft.text) == ("N", "<pre>for n in a:\n    print(n)\n</pre>")


def test_tags_may_have_brackets_and_are_no_essays() -> None:
    draft = one(f"// [tag:t\\]ag] [tag:t\\]ag] [tag:{'x' * 65}]\nQ {{T}}")
    assert draft.tags == ["t]ag"]
    assert [p.message for p in draft.warnings] == [f"This can't be carried: tag {'x' * 64}…."]


def test_an_empty_option_is_none() -> None:
    assert options("Q {~a =b ~}") == [("a", False, None), ("b", True, None)]
