"""Imports and exports over HTTP: previewed, applied once, in batches, nothing dropped silently."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Question, QuestionCategory, QuestionVersion
from optilearn.assessment.question_files import planning, services
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from tests.support.client import call, token_of
from tests.support.question_files import GIFT, Bank, outcomes
from tests.support.quizzes import CAPITAL, a_question, newest_question
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


@pytest.fixture
def bank(twins: Twins) -> Bank:
    return Bank(twins[0])


def test_a_preview_writes_nothing_and_says_what_would_be(bank: Bank) -> None:
    data = bank.preview(GIFT)
    assert not data["applied"]
    assert outcomes(data) == ["ADD", "ADD", "INVALID", "UNSUPPORTED"]
    assert [row["kind"] for row in data["rows"]] == ["NUMERIC", "TRUE_FALSE", None, None]
    assert [row["place"] for row in data["rows"]] == ["line 1", "line 6", "line 8", "line 10"]
    assert data["rows"][1]["category"] == ["Numbers", "Even"]
    assert data["rows"][2]["error"] == "This is no number: two."
    assert data["summary"]["questions"] == 4
    assert bank.names() == []


def test_applied_it_adds_questions_with_versions_categories_and_tags(bank: Bank) -> None:
    data = bank.apply(GIFT)
    assert data["applied"]
    assert bank.names() == ["Sum", "Odd"]
    with tenant_context(bank.twin.id):
        total, odd = Question.objects.order_by("id")
        assert (total.external_id, total.tags, total.category) == ("s1", ["easy"], None)
        assert [data["rows"][n]["questionId"] for n in (0, 1)] == [total.pk, odd.pk]
        assert odd.category is not None
        assert odd.category.parent is not None
        assert (odd.category.parent.name, odd.category.name) == ("Numbers", "Even")
        version = QuestionVersion.objects.get(question=odd)
        assert version.author_id == bank.twin.people["tom"].pk
        assert version.content["kind"] == "TRUE_FALSE"


def test_a_second_time_adds_nothing_and_says_so(bank: Bank) -> None:
    first = bank.apply(GIFT)
    again = bank.preview(GIFT, apply=True, fingerprint=first["fingerprint"])
    assert outcomes(again)[:2] == ["EXISTS", "EXISTS"]
    assert [r["questionId"] for r in again["rows"]] == [r["questionId"] for r in first["rows"]]
    assert bank.names() == ["Sum", "Odd"]


def test_a_question_is_known_after_it_was_changed(bank: Bank) -> None:
    bank.apply("::Sky:: Sky is blue. {T}")
    with tenant_context(bank.twin.id):
        key = newest_question()
    status, _ = call(
        "PATCH",
        f"/api/questions/{key}",
        token=token_of(bank.twin, "tom"),
        body={"text": "The sky is blue."},
    )
    assert status == 200
    assert outcomes(bank.apply("::Sky:: Sky is blue. {T}")) == ["EXISTS"]
    assert outcomes(bank.apply("::Sky:: The sky is blue. {T}")) == ["EXISTS"]


def test_a_question_written_by_hand_is_known(bank: Bank) -> None:
    with tenant_context(bank.twin.id):
        a_question(bank.twin, CAPITAL)
    content, _ = bank.export("format=moodle-xml")
    assert outcomes(bank.preview(content, "moodle-xml")) == ["EXISTS"]


def test_one_identifier_with_another_content_is_left_as_it_is(bank: Bank) -> None:
    bank.apply("// [id:x]\nA {T}")
    data = bank.apply("// [id:x]\nB {T}\n\n// [id:y]\nC {T}\n\n// [id:y]\nD {T}\n\nC {T}")
    assert outcomes(data) == ["DIFFERS", "ADD", "DUPLICATE", "DUPLICATE"]
    assert bank.names() == ["A", "C"]
    assert data["rows"][0]["questionId"] is not None


def test_another_file_than_was_previewed_is_refused(bank: Bank) -> None:
    seen = bank.preview("A {T}")["fingerprint"]
    for fingerprint in (None, "0" * 64):
        status, error = bank.send("A {T}", apply=True, fingerprint=fingerprint)
        assert (status, error["code"]) == (409, "CONFLICT")
    status, error = bank.send("B {T}", apply=True, fingerprint=seen)
    assert (status, error["details"]) == (409, [{"path": "/fingerprint"}])
    assert bank.names() == []


def test_html_is_made_harmless_and_what_is_removed_is_reported(bank: Bank) -> None:
    text = "[html]<p onclick\\=x>Hi</p><script>alert(1)</script> <b>you</b> {T#<style>p</style>}"
    (row,) = bank.apply(text)["rows"]
    assert [p["message"] for p in row["warnings"]] == [
        "Removed from the HTML: p onclick, <script>, <style>."
    ]
    with tenant_context(bank.twin.id):
        version = QuestionVersion.objects.latest("id")
        assert version.text == "<p>Hi</p> <b>you</b>"
    (row,) = bank.preview("[html]<script>x</script> {T}")["rows"]
    assert (row["outcome"], row["error"]) == ("INVALID", "Nothing is left of this text.")


def test_forty_broken_ones_of_many_leave_the_others(bank: Bank) -> None:
    questions = [f"::Q{n}:: {n} + {n} = {{#{2 * n}}}" for n in range(1000)]
    for n in range(0, 1000, 25):
        questions[n] = f"::Q{n}:: {n} + {n} = {{#none}}"
    data = bank.apply("\n\n".join(questions))
    assert (data["summary"]["add"], data["summary"]["invalid"]) == (960, 40)
    broken = [row for row in data["rows"] if row["outcome"] == "INVALID"]
    assert [row["place"] for row in broken] == [f"line {2 * n + 1}" for n in range(0, 1000, 25)]
    assert len(bank.names()) == 960


def imported(bank: Bank, file: services.QuestionFile, fingerprint: str | None) -> dict[str, Any]:
    return services.import_questions(
        principal=bank.twin.principal("tom"),
        course_id=bank.course,
        file=file,
        apply=fingerprint is not None,
        fingerprint=fingerprint,
    )


def test_batches_cost_the_same_however_many_questions_they_have(bank: Bank) -> None:
    def queries(number: int, start: int) -> int:
        questions = "\n\n".join(
            f"// [id:{start + n}]\n$CATEGORY: C{start}\n{start + n}? {{T}}" for n in range(number)
        )
        file = services.QuestionFile("gift", questions, None)
        with tenant_context(bank.twin.id):
            fingerprint = imported(bank, file, None)["fingerprint"]
            with CaptureQueriesContext(connection) as captured:
                imported(bank, file, fingerprint)
        return len([q for q in captured if "SAVEPOINT" not in q["sql"]])

    few, batch = queries(2, 0), queries(planning.BATCH, 1_000)
    assert few == batch
    twice = queries(2 * planning.BATCH, 2_000)
    assert twice - batch == 6


def test_categories_go_below_the_one_that_is_named(bank: Bank, twins: Twins) -> None:
    with tenant_context(bank.twin.id):
        root = QuestionCategory.objects.create(course_id=bank.course, name="Imported")
        known = QuestionCategory.objects.create(course_id=bank.course, name="A", parent=root)
    bank.apply("$CATEGORY: A/B\n\nQ {T}\n\n$CATEGORY: $course$/top\n\nR {T}", categoryId=root.pk)
    with tenant_context(bank.twin.id):
        q, r = Question.objects.order_by("id")
        assert q.category is not None
        assert (q.category.name, q.category.parent_id, r.category_id) == ("B", known.pk, root.pk)
    with tenant_context(twins[1].id):
        foreign = QuestionCategory.objects.create(course=twins[1].courses["MATH"], name="S")
    status, error = bank.send("Q {T}", categoryId=foreign.pk)
    assert (status, error["details"]) == (400, [{"path": "/categoryId"}])
    deep = "$CATEGORY: " + "/".join("abcdefghijk") + "\n\nQ {T}"
    assert outcomes(bank.preview(deep)) == ["INVALID"]


@pytest.mark.parametrize(
    ("text", "form", "words"),
    [
        ("", "gift", "no questions"),
        ("<quiz/>", "moodle-xml", "no questions"),
        ("<quiz>", "moodle-xml", "well-formed"),
        ("<!DOCTYPE quiz PUBLIC 'q' 'q.dtd'><quiz/>", "moodle-xml", "DOCTYPE"),
        ("<questestinterop/>", "qti", "QTI 1.2"),
        (b"\xff\xfe\x00", "gift", "UTF-8"),
        (b"caf\xe9 {T}", "gift", "UTF-8"),
        (b"PK\x03\x04", "gift", "zip"),
    ],
)
def test_a_file_that_can_t_be_read_is_refused(
    bank: Bank, text: str | bytes, form: str, words: str
) -> None:
    status, error = bank.send(text, form)
    assert (status, error["code"]) == (400, "VALIDATION_ERROR")
    assert words in error["message"]
    assert error["details"][0]["path"] == ("/text" if isinstance(text, str) else "/base64")


def test_bad_bodies_are_refused(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_of(bank.twin, "tom")
    for body in (
        {"format": "gift"},
        {"format": "gift", "text": "a", "base64": "YQ=="},
        {"format": "gift", "base64": "%"},
        {"format": "word", "text": "a"},
        {"format": "gift", "text": "a\x00 {T}"},
    ):
        status, answer = call("POST", f"{bank.path}/question-imports", token=token, body=body)
        assert (status, answer["error"]["code"]) == (400, "VALIDATION_ERROR"), body
    monkeypatch.setattr(services, "MAX_QUESTIONS", 2)
    assert bank.send("A {T}\n\nB {T}\n\nC {T}")[0] == 400
    assert bank.send("A {T}\n\nB {T}")[0] == 200


def test_values_of_the_wrong_kind_are_errors_of_their_question(bank: Bank) -> None:
    answers = "<answer fraction='100'><text></text></answer>"
    long = f"<idnumber>{'x' * 201}</idnumber><answer fraction='100'><text>a</text></answer>"
    questions = [answers, long, "<defaultgrade>-1</defaultgrade>", "<tags><tag/></tags>"]
    file = "".join(
        f'<question type="shortanswer"><questiontext><text>Q</text></questiontext>{one}</question>'
        for one in questions
    )
    data = bank.preview(f"<quiz>{file}</quiz>", "moodle-xml")
    assert outcomes(data) == ["INVALID"] * 4
    assert data["rows"][0]["error"].startswith("/content/answers/0/text: ")


def test_a_zip_with_one_file_and_hindi(bank: Bank) -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("bank/प्रश्न.txt", "::आकाश:: आकाश नीला है। {T#नहीं।}".encode())
        package.writestr("readme.md", "x")
    data = bank.apply(file.getvalue())
    assert (outcomes(data), bank.names()) == (["ADD"], ["आकाश"])


def test_imports_stand_in_the_audit_log(bank: Bank) -> None:
    bank.preview(GIFT)
    bank.apply(GIFT)
    with tenant_context(bank.twin.id):
        entry = AuditEntry.objects.get(action="question.import")
    assert (entry.target, entry.details) == (f"course:{bank.course}", {"questions": 2})
