"""docs/report-dsl.md stays true: every question on the page is asked, and answers as it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from reports.api import catalog_schema, close, schema
from reports.contracts import SnapshotRef
from tests.reports.oulad_snapshot import build
from tests.reports.worked_questions import PAGE, ROOT, SAMPLE, Worked, answered, worked_questions

QUESTIONS = worked_questions(PAGE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def oulad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnapshotRef]:
    yield build(SAMPLE, tmp_path_factory.mktemp("documented") / "oulad.duckdb")
    close()


def test_there_are_forty_questions_in_order() -> None:
    assert [int(q.title.split(".")[0]) for q in QUESTIONS] == list(range(1, len(QUESTIONS) + 1))
    assert len(QUESTIONS) >= 40
    assert PAGE.read_text(encoding="utf-8").count("```json") == len(QUESTIONS)


@pytest.mark.parametrize("worked", QUESTIONS, ids=lambda worked: worked.title)
def test_the_answer_is_what_the_page_says(worked: Worked, oulad: SnapshotRef) -> None:
    assert answered(worked.definition, oulad) == worked.answer


@pytest.mark.parametrize("worked", QUESTIONS, ids=lambda worked: worked.title)
def test_the_published_schema_accepts_the_question(worked: Worked) -> None:
    jsonschema.Draft202012Validator(schema()).validate(worked.definition)


@pytest.mark.parametrize(
    ("name", "made"),
    [("report", schema()), ("catalogue", catalog_schema())],
    ids=["report", "catalogue"],
)
def test_the_published_schemas_are_those_of_the_code(name: str, made: dict[str, object]) -> None:
    path: Path = ROOT / "docs" / f"{name}.schema.json"
    assert json.loads(path.read_text(encoding="utf-8")) == made, (
        "Run `optilearn openapi`, which writes the schemas too."
    )
