"""Marks of the nine types of questions, by hand-counted examples."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from optilearn.assessment.quizzes.questions.answers import (
    as_written,
    check_answer,
    new_order,
    without_key,
)
from optilearn.assessment.quizzes.questions.content import Content, content_of, stored
from optilearn.assessment.quizzes.questions.marking import number_of, share_of
from optilearn.assessment.quizzes.questions.review import feedback_of, key_of
from optilearn.core.errors import AppError


def options(*texts: str, **shares: float) -> list[dict[str, Any]]:
    """Options by key; ``*`` marks right ones."""
    return [
        {"key": text.strip("*"), "text": text.strip("*"), "isRight": text.endswith("*")}
        | ({"share": shares[text.strip("*")]} if text.strip("*") in shares else {})
        for text in texts
    ]


def question(kind: str, **parts: Any) -> Content:
    return content_of({"kind": kind, **parts})


def answers(*pairs: tuple[Any, float], **more: Any) -> list[dict[str, Any]]:
    return [{"text": text, "share": share} | more for text, share in pairs]


MCQ = question("MCQ", options=options("a*", "b", "c", b=50, c=-25))
MULTI = question("MULTI_SELECT", options=options("a*", "b*", "c", "d"))
PARTIAL = question("MULTI_SELECT", options=options("a*", "b*", "c", "d"), partialCredit=True)
TOLD = question(
    "MULTI_SELECT",
    options=options("a*", "b*", "c*", "d", a=33.33333, b=33.33333, c=33.33333, d=0),
    partialCredit=True,
)
SHORT = question("SHORT_ANSWER", answers=answers(("Café", 100), ("coffee house", 50)))
CASED = question("SHORT_ANSWER", answers=answers(("NaCl", 100)), isCaseSensitive=True)
BLANKS = question(
    "FILL_BLANK",
    blanks=[
        {"key": "x", "answers": answers(("two", 100)), "weight": 3},
        {"key": "y", "answers": answers(("four", 100))},
    ],
)
PAIRS = question(
    "MATCHING",
    pairs=[
        {"key": "p", "left": "Paris", "right": "France"},
        {"key": "l", "left": "Lyon", "right": "France"},
        {"key": "b", "left": "Bonn", "right": "Germany"},
    ],
    distractors=[{"key": "i", "text": "Italy"}],
)
NUMBER = question(
    "NUMERIC",
    answers=[
        {"value": "3.14", "tolerance": "0.005"},
        {"value": "3", "tolerance": "0.5", "share": 40},
    ],
)
ORDER = question("ORDERING", items=[{"key": k, "text": k} for k in "abcd"])
PARTS = question("ORDERING", items=[{"key": k, "text": k} for k in "abcd"], partialCredit=True)
TRUE = question("TRUE_FALSE", isTrue=True)
ESSAY = question("ESSAY")


@pytest.mark.parametrize(
    ("content", "value", "share"),
    [
        (MCQ, "a", 1),
        (MCQ, "b", Fraction(1, 2)),
        (MCQ, "c", 0),
        (MCQ, "nothing", 0),
        (TRUE, True, 1),
        (TRUE, False, 0),
        (MULTI, ["b", "a"], 1),
        (MULTI, ["a"], 0),
        (MULTI, ["a", "b", "c"], 0),
        (MULTI, [], 0),
        (PARTIAL, ["a"], Fraction(1, 2)),
        (PARTIAL, ["a", "b", "c"], Fraction(1, 2)),
        (PARTIAL, ["a", "b", "c", "d"], 0),
        (PARTIAL, ["c", "d"], 0),
        (TOLD, ["a", "b", "c"], 1),
        (TOLD, ["a", "b", "d"], Fraction(2, 3)),
        (SHORT, "  CAFÉ ", 1),
        (SHORT, "Cafe\u0301", 1),
        (SHORT, "Coffee  House", Fraction(1, 2)),
        (SHORT, "tea", 0),
        (SHORT, "", 0),
        (CASED, "NaCl", 1),
        (CASED, "nacl", 0),
        (BLANKS, {"x": "Two"}, Fraction(3, 4)),
        (BLANKS, {"x": "two", "y": "four"}, 1),
        (BLANKS, {"z": "two"}, 0),
        (PAIRS, {"p": "l", "l": "p", "b": "b"}, 1),
        (PAIRS, {"p": "p", "l": "p", "b": "i"}, Fraction(2, 3)),
        (PAIRS, {}, 0),
        (NUMBER, "3,145", 1),
        (NUMBER, "3.1451", Fraction(2, 5)),
        (NUMBER, "३.१४", 1),
        (NUMBER, "314e-2", 1),
        (NUMBER, "3.6", 0),
        (NUMBER, "three", 0),
        (NUMBER, "1_000", 0),
        (NUMBER, "nan", 0),
        (ORDER, list("abcd"), 1),
        (ORDER, list("abdc"), 0),
        (PARTS, list("abdc"), Fraction(1, 2)),
        (PARTS, ["a"], Fraction(1, 4)),
        (ESSAY, "My words", None),
        (ESSAY, None, 0),
        (MCQ, None, 0),
    ],
)
def test_shares(content: Content, value: Any, share: Any) -> None:
    assert share_of(content, value) == share


def test_wrong_answers_cost_where_the_quiz_says_so() -> None:
    assert share_of(MCQ, "c", penalizes=True) == Fraction(-1, 4)
    assert share_of(PARTIAL, ["c", "d"], penalizes=True) == -1
    assert share_of(MCQ, None, penalizes=True) == 0


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("MCQ", 1),
        ("MCQ", "a"),
        ("MATCHING", {"1": "France"}),
        ("NUMERIC", "1" * 61),
        ("TRUE_FALSE", "true"),
        ("MULTI_SELECT", ["a", "a"]),
        ("MULTI_SELECT", "a"),
        ("SHORT_ANSWER", "x" * 1_001),
        ("FILL_BLANK", {"x": 1}),
        ("NUMERIC", 3.14),
        ("ORDERING", [["a"]]),
        ("ESSAY", "\x00"),
    ],
)
def test_answers_of_another_shape_are_refused(kind: str, value: Any) -> None:
    with pytest.raises(AppError):
        check_answer(kind, value)


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "MCQ", "options": options("a", "b")},
        {"kind": "MCQ", "options": options("a*", "b*")},
        {"kind": "MCQ", "options": options("a*", "a")},
        {"kind": "MULTI_SELECT", "options": options("a", "b")},
        {"kind": "SHORT_ANSWER", "answers": answers(("a", 50))},
        {"kind": "NUMERIC", "answers": [{"value": "NaN"}]},
        {"kind": "NUMERIC", "answers": [{"value": "1", "tolerance": "-1"}]},
        {"kind": "ORDERING", "items": [{"key": "a", "text": "a"}]},
        {"kind": "HOTSPOT"},
        {"kind": "MCQ", "options": options("a*", "b", a=-100)},
        {
            "kind": "MULTI_SELECT",
            "options": options("a*", "b*", "c", a=10, b=10),
            "partialCredit": True,
        },
        {
            "kind": "MATCHING",
            "pairs": [
                {"key": "a", "left": "1", "right": "one"},
                {"key": "b", "left": "2", "right": "two"},
            ],
            "distractors": [{"key": "c", "text": "one"}],
        },
    ],
)
def test_questions_without_a_key_are_refused(content: Any) -> None:
    with pytest.raises(ValidationError):
        content_of(content)


ALL = [MCQ, TRUE, MULTI, PARTIAL, SHORT, BLANKS, PAIRS, NUMBER, ORDER, ESSAY]


@pytest.mark.parametrize("content", ALL, ids=lambda one: one.kind)
def test_what_is_stored_comes_back(content: Content) -> None:
    assert content_of(stored(content)) == content


@pytest.mark.parametrize("content", ALL, ids=lambda one: one.kind)
def test_a_student_sees_nothing_of_the_key(content: Content) -> None:
    order = new_order(content, shuffles=True)
    seen = str(without_key(content, order))
    for secret in ("isRight", "share", "feedback", "answers", "isTrue", "tolerance"):
        assert secret not in seen
    if content is ORDER:
        assert sorted(order) == list("abcd")
    if content is PAIRS:
        assert len(order) == 3  # France once, Germany, Italy


ANSWERS = {
    "MCQ": lambda key: key["options"][0],
    "TRUE_FALSE": lambda key: key["isTrue"],
    "MULTI_SELECT": lambda key: key["options"],
    "SHORT_ANSWER": lambda key: key["texts"][0],
    "FILL_BLANK": lambda key: {gap: texts[0] for gap, texts in key["blanks"].items()},
    "MATCHING": lambda key: key["pairs"],
    "NUMERIC": lambda key: key["texts"][0],
    "ORDERING": lambda key: key["items"],
}


@pytest.mark.parametrize("content", [one for one in ALL if one is not ESSAY], ids=lambda c: c.kind)
def test_the_key_that_is_shown_afterwards_is_the_right_answer(content: Content) -> None:
    for _ in range(10):
        order = new_order(content, shuffles=True)
        answer = ANSWERS[content.kind](key_of(content, order))
        check_answer(content.kind, answer)
        assert share_of(content, as_written(content, answer, order)) == 1


def test_keys_of_the_author_do_not_tell_what_belongs_together() -> None:
    orders = {tuple(new_order(PAIRS, shuffles=False)) for _ in range(50)}
    same = {str(n): str(n) for n in range(1, 4)}
    shares = {share_of(PAIRS, as_written(PAIRS, same, order)) for order in orders}
    assert len(shares) > 1


def test_places_that_are_not_there_are_wrong() -> None:
    assert share_of(MCQ, as_written(MCQ, "9", ["a", "b", "c"])) == 0
    assert as_written(PAIRS, {"9": "1", "1": "9"}, ["p", "b", "i"]) == {}


def test_words_about_an_answer() -> None:
    told = question(
        "MCQ",
        options=[
            {"key": "a", "text": "A", "isRight": True, "feedback": "Yes."},
            {"key": "b", "text": "B", "feedback": "No."},
        ],
    )
    assert feedback_of(told, "b") == ["No."]
    assert feedback_of(told, None) == []
    assert "Yes" not in str(key_of(told, ["a", "b"]))


@pytest.mark.parametrize(
    ("typed", "number"), [("10\u00b2", None), ("\uff11\uff10", 10), ("\u22122", -2)]
)
def test_digits_of_any_script_are_numbers_and_powers_are_not(typed: str, number: Any) -> None:
    assert number_of(typed) == number
