"""Files that aren't what they should be, questions that take too long, other people's data."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.engine.execute import fetch
from reports.engine.snapshots import EngineSettings
from reports.errors import (
    ReportError,
    ReportTimeout,
    ReportTooLarge,
    ScopeMismatch,
    SnapshotDamaged,
)
from reports.requests import ReportRequest
from tests.reports.conftest import EVERYTHING, school_file

pytestmark = pytest.mark.slow

COUNT: dict[str, Any] = {
    "version": 1,
    "entity": "students",
    "mode": "categorical",
    "measures": ["count"],
}


CELL: dict[str, Any] = {"measure": "count", "row": []}


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(EngineSettings(open_snapshots=2))
    yield made
    made.close()


def count(engine: Engine, ref: SnapshotRef, scope: Scope = EVERYTHING) -> Any:
    return engine.run(ReportRequest(COUNT, scope, ref)).rows[0][0]


def test_another_institutions_reference_is_refused(engine: Engine, tmp_path: Path) -> None:
    ref = school_file(tmp_path / "a.duckdb")
    with pytest.raises(ScopeMismatch):
        count(engine, ref, Scope(2, ScopeKind.INSTITUTION))


def test_a_swapped_file_is_refused_by_its_manifest(engine: Engine, tmp_path: Path) -> None:
    theirs = school_file(tmp_path / "theirs.duckdb", institution_id=2)
    forged = replace(theirs, institution_id=1)
    with pytest.raises(ScopeMismatch):
        count(engine, forged)
    other = school_file(tmp_path / "other.duckdb", snapshot_id="s2")
    with pytest.raises(SnapshotDamaged, match="another snapshot"):
        count(engine, replace(other, snapshot_id="s1"))


def test_a_file_swapped_under_an_open_snapshot_is_noticed(engine: Engine, tmp_path: Path) -> None:
    ref = school_file(tmp_path / "a.duckdb")
    assert count(engine, ref) == 3
    theirs = school_file(tmp_path / "b.duckdb", institution_id=2)
    Path(theirs.path).replace(ref.path)
    with pytest.raises((ScopeMismatch, SnapshotDamaged)):
        count(engine, replace(ref, size_bytes=Path(ref.path).stat().st_size))


def test_a_report_that_was_prepared_survives_a_new_opening(engine: Engine, tmp_path: Path) -> None:
    """Another question opened the file anew in between, and closed the one it was prepared on."""
    ref = school_file(tmp_path / "a.duckdb")
    request = ReportRequest(COUNT, EVERYTHING, ref)
    for answer in (engine.run, engine.explain, lambda p: engine.drill(p, CELL)):
        prepared = engine.prepare(request)
        os.utime(ref.path, (1, 1 + Path(ref.path).stat().st_mtime))
        assert count(engine, ref) == 3
        answer(prepared)
    assert engine.run(engine.prepare(request)).rows == ((3,),)


@pytest.mark.parametrize("keep", [0, 5, 4_096, 0.5, 0.95])
def test_a_file_cut_short_is_refused(engine: Engine, tmp_path: Path, keep: float) -> None:
    ref = school_file(tmp_path / "a.duckdb")
    content = Path(ref.path).read_bytes()
    size = int(keep * len(content)) if isinstance(keep, float) else keep
    Path(ref.path).write_bytes(content[:size])
    with pytest.raises(SnapshotDamaged, match="bytes"):
        count(engine, ref)
    with pytest.raises(SnapshotDamaged):
        count(engine, replace(ref, size_bytes=size))


def test_garbage_and_strangers_are_refused(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    path.write_bytes(os.urandom(50_000))
    with pytest.raises(SnapshotDamaged):
        count(engine, SnapshotRef(1, "s1", str(path), "", 50_000))
    with pytest.raises(SnapshotDamaged, match="missing"):
        count(engine, SnapshotRef(1, "s1", str(tmp_path / "none"), "", 1))
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    with pytest.raises(SnapshotDamaged, match="manifest"):
        count(engine, SnapshotRef(1, "s1", str(empty), "", empty.stat().st_size))


def test_scribbles_inside_the_file_give_an_error_or_the_truth(
    engine: Engine, tmp_path: Path
) -> None:
    ref = school_file(tmp_path / "a.duckdb")
    content = bytearray(Path(ref.path).read_bytes())
    for place in range(0, len(content), len(content) // 37):
        damaged = bytearray(content)
        damaged[place : place + 64] = b"\xff" * 64
        path = tmp_path / f"{place}.duckdb"
        path.write_bytes(damaged)
        outcome: object
        try:
            outcome = count(engine, replace(ref, path=str(path), size_bytes=len(damaged)))
        except ReportError as error:
            outcome = error.code
        assert outcome in {3, "SNAPSHOT_DAMAGED", "SCOPE_MISMATCH"}


def test_an_older_schema_is_refused(engine: Engine, tmp_path: Path) -> None:
    ref = school_file(tmp_path / "a.duckdb", schema_version=0)
    with pytest.raises(SnapshotDamaged, match="schema version"):
        count(engine, ref)


@pytest.mark.parametrize("change", ["DROP TABLE lessons", "ALTER TABLE terms DROP name"])
def test_a_file_without_its_tables_is_refused(engine: Engine, tmp_path: Path, change: str) -> None:
    ref = school_file(tmp_path / "a.duckdb")
    with duckdb.connect(ref.path) as connection:
        connection.execute(change)
    with pytest.raises(SnapshotDamaged, match="lacks columns"):
        count(engine, replace(ref, size_bytes=Path(ref.path).stat().st_size))


def test_an_open_snapshot_reads_nothing_else_and_cannot_be_unlocked(
    engine: Engine, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    ref = school_file(tmp_path / "a.duckdb")
    neighbor = school_file(tmp_path / "b.duckdb", institution_id=2)
    count(engine, ref)
    connection = engine._snapshots.get(ref, 1).connection
    rows = [1]
    assert rows
    for sql in (
        f"SELECT * FROM '{secret}'",
        f"SELECT * FROM read_csv('{secret}')",
        f"ATTACH '{neighbor.path}'",
        f"COPY students TO '{tmp_path / 'out.csv'}'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET memory_limit = '100GB'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "DELETE FROM students",
        "CREATE TABLE x (a INT)",
        "SELECT * FROM rows",
    ):
        with pytest.raises(duckdb.Error):
            connection.cursor().execute(sql).fetchall()
    assert count(engine, ref) == 3


def test_a_question_that_takes_too_long_is_stopped_and_told(tmp_path: Path) -> None:
    connection = duckdb.connect()
    endless = (
        "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = 7"
    )
    with pytest.raises(ReportTimeout) as caught:
        fetch(connection, endless, {}, 0.2)
    assert caught.value.hint
    assert fetch(connection, "SELECT 1", {}, 5) == [(1,)]


def test_a_question_that_needs_too_much_memory_is_told(tmp_path: Path) -> None:
    connection = duckdb.connect(config={"memory_limit": "20MB", "temp_directory": ""})
    with pytest.raises(ReportTooLarge):
        fetch(connection, "SELECT list(range) FROM range(50000000)", {}, 30)


def test_many_snapshots_in_turn_and_at_once(engine: Engine, tmp_path: Path) -> None:
    refs = [school_file(tmp_path / f"{i}.duckdb", snapshot_id=f"s{i}") for i in range(5)]
    found: list[Any] = []

    def work() -> None:
        for _ in range(3):
            found.extend(count(engine, ref) for ref in refs)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [3] * 60


def test_an_institution_without_rows(engine: Engine, tmp_path: Path) -> None:
    from tests.reports.snapshot_files import create_tables, reference, write_manifest

    path = tmp_path / "empty.duckdb"
    with duckdb.connect(str(path)) as connection:
        create_tables(connection)
        write_manifest(connection)
    ref = reference(path)
    assert count(engine, ref) == 0
    grouped = COUNT | {"dimensions": ["name"], "totals": "grand"}
    result = engine.run(ReportRequest(grouped, EVERYTHING, ref))
    assert result.rows == ()
    assert result.totals is not None
    assert result.totals[0].row == (None, 0)
