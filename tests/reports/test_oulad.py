"""The engine against polars, on OULAD: the shipped part, and the whole set by OULAD_DIR."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.questions import QUESTIONS as SCHOOL_QUESTIONS
from benchmarks.questions import Question as SchoolQuestion
from reports.contracts import Limits, Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.requests import ReportRequest
from tests.reports.oulad_questions import QUESTIONS, answers, comparable
from tests.reports.oulad_snapshot import build

SAMPLE = Path(__file__).parents[2] / "data" / "oulad_sample"
FOLDER = Path(os.environ.get("OULAD_DIR", SAMPLE))
EVERYTHING = Scope(1, ScopeKind.INSTITUTION)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> SnapshotRef:
    return build(FOLDER, tmp_path_factory.mktemp("oulad") / "oulad.duckdb")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


@pytest.fixture(scope="module")
def expected() -> dict[str, tuple]:
    return {name: rest for name, *rest in answers(FOLDER)}


def test_there_are_enough_questions() -> None:
    assert len(QUESTIONS) >= 25
    assert len({q.name for q in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("name", [q.name for q in QUESTIONS])
def test_the_answer_is_what_polars_finds(
    name: str, engine: Engine, snapshot: SnapshotRef, expected: dict[str, tuple]
) -> None:
    definition, columns, rows = expected[name]
    result = engine.run(ReportRequest(definition, EVERYTHING, snapshot, Limits.for_export()))
    assert [c.key for c in result.columns] == columns
    assert comparable(result.rows) == rows
    assert rows, "a question without an answer proves nothing"


@pytest.mark.parametrize("question", SCHOOL_QUESTIONS, ids=lambda q: q.name)
def test_the_school_questions_agree_with_sql_by_hand(
    question: SchoolQuestion, engine: Engine, snapshot: SnapshotRef
) -> None:
    import duckdb

    result = engine.run(ReportRequest(question.definition, EVERYTHING, snapshot))
    copy = Path(snapshot.path).with_suffix(".copy.duckdb")
    if not copy.exists():
        copy.write_bytes(Path(snapshot.path).read_bytes())
    with duckdb.connect(str(copy), read_only=True) as connection:
        by_hand = connection.execute(question.duckdb).fetchall()
    assert [tuple(row) for row in result.rows] == by_hand
