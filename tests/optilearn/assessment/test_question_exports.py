"""Exports of questions: round trips, filters, streams, and what a format can't say."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Question, QuestionCategory
from optilearn.assessment.question_files import selectors
from optilearn.assessment.question_files.schemas import ExportQuery
from optilearn.core import clock
from optilearn.core.http import downloads
from optilearn.core.tenancy.context import tenant_context
from tests.support.client import call, token_of
from tests.support.question_files import GIFT, Bank, outcomes
from tests.support.quizzes import CAPITAL, a_question
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


@pytest.fixture
def bank(twins: Twins) -> Bank:
    return Bank(twins[0])


def test_an_export_goes_back_as_it_was(bank: Bank, twins: Twins) -> None:
    bank.apply(GIFT)
    other = Bank(twins[1])
    for query, form in (("gift", "gift"), ("moodle-xml", "moodle-xml"), ("qti-2.1", "qti")):
        content, headers = bank.export(f"format={query}")
        assert headers["Content-Disposition"].startswith("attachment")
        assert outcomes(bank.preview(content, form)) == ["EXISTS", "EXISTS"], query
        assert outcomes(other.preview(content, form)) == ["ADD", "ADD"]
    data = other.apply(content, form)
    assert [(r["name"], r["category"]) for r in data["rows"]] == [
        ("Sum", []),
        ("Odd", ["Numbers", "Even"]),
    ]


def test_a_long_export_is_streamed_and_closed(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.apply(GIFT)
    whole, headers = bank.export("format=gift")
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    monkeypatch.setattr(downloads, "_CHUNK", 50)
    assert len(whole) > 100
    assert bank.export("format=gift")[0] == whole
    query = ExportQuery.model_validate({"format": "gift"})
    with tenant_context(bank.twin.id):
        opened = selectors.exported(bank.twin.principal("tom"), bank.course, query)
    downloads._Chunks(opened).close()
    assert opened.closed


def test_exports_are_filtered(bank: Bank, twins: Twins) -> None:
    bank.apply(GIFT)
    with tenant_context(bank.twin.id):
        root = QuestionCategory.objects.get(name="Numbers").pk
        key = Question.objects.get(name="Sum").pk
    for query, names in (
        (f"categoryId={root}", ["Odd"]),
        (f"ids={key}&ids={key}", ["Sum"]),
        ("kind=NUMERIC", ["Sum"]),
        ("tag=easy", ["Sum"]),
        ("tag=easy&kind=ESSAY", []),
    ):
        content, _ = bank.export(f"format=gift&{query}")
        rows = bank.preview(content + b"\n\nX {T}")["rows"]
        assert [row["name"] for row in rows] == [*names, "X"], query
    with tenant_context(twins[1].id):
        foreign = QuestionCategory.objects.create(course=twins[1].courses["MATH"], name="S")
    path = f"{bank.path}/questions/export"
    token = token_of(bank.twin, "tom")
    for query in (f"format=gift&categoryId={foreign.pk}", "format=word", "format=gift&ids=x", ""):
        for end in ("", "/report"):
            assert call("GET", f"{path}{end}?{query}", token=token)[0] == 400, query


def test_what_a_format_can_t_say_is_in_the_report(bank: Bank) -> None:
    order = {"kind": "ORDERING", "items": [{"key": k, "text": k} for k in "ab"]}
    with tenant_context(bank.twin.id):
        key = a_question(bank.twin, {"name": "Sort", "text": "Sort", "content": order})
        a_question(bank.twin, CAPITAL)
    content, headers = bank.export("format=gift")
    assert headers["Link"] == (
        f'<{bank.path}/questions/export/report?format=gift>; rel="describedby"'
    )
    assert b"// GIFT has no such question: ORDERING. Sort" in content
    report = bank.report("format=gift")
    assert report["questions"] == 2
    assert report["rows"] == [
        {
            "questionId": key,
            "name": "Sort",
            "kind": "ORDERING",
            "isLeftOut": True,
            "losses": [
                {"code": "NOT_CARRIED", "message": "This can't be carried: ORDERING (GIFT)."}
            ],
        }
    ]
    assert bank.report("format=moodle-xml")["rows"] == []


def test_archived_questions_are_neither_exported_nor_known(bank: Bank) -> None:
    bank.apply("// [id:x]\nA {T}")
    with tenant_context(bank.twin.id):
        Question.objects.update(archived_at=clock.now())
    assert bank.report("format=gift")["questions"] == 0
    assert outcomes(bank.apply("// [id:x]\nA {T}")) == ["ADD"]


def test_an_export_costs_one_query_a_batch(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.apply("\n\n".join(f"{n}? {{T}}" for n in range(9)))
    principal = bank.twin.principal("tom")

    def queries(batch: int) -> int:
        monkeypatch.setattr(selectors, "BATCH", batch)
        with tenant_context(bank.twin.id), CaptureQueriesContext(connection) as captured:
            selectors.exported(
                principal, bank.course, ExportQuery.model_validate({"format": "qti-2.1"})
            ).close()
        return len(captured)

    assert [queries(9), queries(5), queries(3)] == [4, 5, 6]
