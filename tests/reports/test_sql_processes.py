"""The processes in which statements run: nothing of ours in them, few, replaced when they end."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reports.cancellation import Cancellation
from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.errors import ReportBusy, ReportCancelled, ReportInvalid
from reports.sql.engine import SqlEngine
from reports.sql.outputs import to_wire
from reports.sql.pool import BoundViews, SqlPool, SqlSettings
from reports.sql.process import SqlProcess
from reports.sql.results import SqlLimits, SqlRequest
from tests.reports.conftest import EVERYTHING, school_file

ENDLESS = "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM a) SELECT max(x) FROM a"


@pytest.fixture
def sql(engine: Engine) -> Iterator[SqlEngine]:
    made = SqlEngine(engine.snapshot, SqlSettings(processes=1))
    yield made
    made.close()


def ask(sql: SqlEngine, ref: SnapshotRef, text: str, **limits: Any) -> list[list[Any]]:
    asked = SqlRequest(text, EVERYTHING, ref, False, replace(SqlLimits(), **limits))
    found: list[list[Any]] = to_wire(sql.run(asked))["rows"]
    return found


def idle(sql: SqlEngine) -> list[SqlProcess]:
    return list(sql._pool._idle.values())


def test_a_process_has_nothing_of_ours(sql: SqlEngine, school: SnapshotRef) -> None:
    ask(sql, school, "SELECT 1")
    (process,) = idle(sql)
    here = Path("/proc") / str(process.pid)
    environment = (here / "environ").read_bytes()
    assert b"OPTILEARN" not in environment
    assert b"PATH" not in environment
    assert str((here / "cwd").readlink()).endswith("(deleted)")
    limits = (here / "limits").read_text()
    assert "Max file size             0 " in limits
    opened = {str(one.readlink()) for one in (here / "fd").iterdir()}
    files = {one for one in opened if one.startswith("/") and not one.startswith("/dev/")}
    assert files == {school.path}


def test_a_process_stays_with_its_snapshot(
    sql: SqlEngine, school: SnapshotRef, tmp_path: Path
) -> None:
    ask(sql, school, "SELECT 1")
    first = idle(sql)[0].pid
    ask(sql, school, "SELECT 2")
    assert idle(sql)[0].pid == first
    other = school_file(tmp_path / "other.duckdb", snapshot_id="another")
    assert ask(sql, other, "SELECT id FROM snapshot") == [["another"]]
    assert [process.pid for process in idle(sql)] != [first]
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


@pytest.mark.parametrize("text", ["SELECT nothing FROM students", "DROP VIEW students", "SELEC"])
def test_a_refused_statement_leaves_its_process_alone(
    sql: SqlEngine, school: SnapshotRef, text: str
) -> None:
    ask(sql, school, "SELECT 1")
    first = idle(sql)[0].pid
    with pytest.raises(ReportInvalid):
        ask(sql, school, text)
    assert idle(sql)[0].pid == first
    ask(sql, school, "SELECT 1")
    assert idle(sql)[0].pid == first


def test_other_views_are_another_process(sql: SqlEngine, school: SnapshotRef) -> None:
    text = "SELECT max(name) FROM students WHERE id < 3"
    pids = []
    for masks, expected in ((False, "Ben"), (True, None), (False, "Ben")):
        result = sql.run(SqlRequest(text, EVERYTHING, school, masks))
        assert to_wire(result)["rows"] == [[expected]]
        pids.append(idle(sql)[0].pid)
    assert len(set(pids)) == 3


def test_a_rewritten_snapshot_is_opened_anew(sql: SqlEngine, tmp_path: Path) -> None:
    """As after an erasure: the same id, another file."""
    path = tmp_path / "s.duckdb"
    ref = school_file(path)
    assert ask(sql, ref, "SELECT count(*) FROM students") == [[3]]
    import duckdb

    rewritten = tmp_path / "new.duckdb"
    rewritten.write_bytes(path.read_bytes())
    with duckdb.connect(str(rewritten)) as connection:
        connection.execute("DELETE FROM students WHERE id = 3")
    rewritten.replace(path)
    ref = replace(ref, size_bytes=path.stat().st_size)
    assert ask(sql, ref, "SELECT count(*) FROM students") == [[2]]


def test_a_killed_process_is_replaced(sql: SqlEngine, school: SnapshotRef) -> None:
    ask(sql, school, "SELECT 1")
    process = idle(sql)[0]
    os.kill(process.pid, signal.SIGKILL)
    process._process.wait()
    assert ask(sql, school, "SELECT 1") == [[1]]


def test_a_process_killed_at_work_is_an_error_and_replaced(
    sql: SqlEngine, school: SnapshotRef
) -> None:
    ask(sql, school, "SELECT 1")
    pid = idle(sql)[0].pid
    killer = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(ReportInvalid) as refused:
        ask(sql, school, ENDLESS)
    killer.join()
    assert refused.value.code == "SQL_TOO_LARGE"
    assert ask(sql, school, "SELECT 1") == [[1]]


def test_a_statement_is_cancelled_by_its_caller(sql: SqlEngine, school: SnapshotRef) -> None:
    cancellation = Cancellation()
    timer = threading.Timer(0.3, cancellation.cancel)
    timer.start()
    with pytest.raises(ReportCancelled):
        ask(sql, school, ENDLESS, cancellation=cancellation)
    timer.join()
    with pytest.raises(ReportCancelled):
        ask(sql, school, "SELECT 1", cancellation=cancellation)
    assert ask(sql, school, "SELECT 1") == [[1]]


def test_who_waits_too_long_for_a_process_is_told(sql: SqlEngine, school: SnapshotRef) -> None:
    cancellation = Cancellation()

    def never_ends() -> None:
        with pytest.raises(ReportCancelled):
            ask(sql, school, ENDLESS, cancellation=cancellation)

    busy = threading.Thread(target=never_ends)
    busy.start()
    while not sql._pool._busy:
        time.sleep(0.01)
    with pytest.raises(ReportBusy):
        ask(sql, school, "SELECT 1", seconds=0.2)
    cancellation.cancel()
    busy.join()


def test_one_institution_never_holds_up_the_others(
    engine: Engine, school: SnapshotRef, tmp_path: Path
) -> None:
    sql = SqlEngine(engine.snapshot, SqlSettings(processes=2))
    other = school_file(tmp_path / "two.duckdb", institution_id=2)
    cancellation = Cancellation()

    def never_ends() -> None:
        with pytest.raises(ReportCancelled):
            ask(sql, school, ENDLESS, cancellation=cancellation)

    busy = threading.Thread(target=never_ends)
    busy.start()
    while not sql._pool._busy:
        time.sleep(0.01)
    with pytest.raises(ReportBusy):
        ask(sql, school, "SELECT 1", seconds=0.3)
    theirs = SqlRequest("SELECT 1", Scope(2, ScopeKind.INSTITUTION), other, False)
    assert to_wire(sql.run(theirs))["rows"] == [[1]]
    cancellation.cancel()
    busy.join()
    assert not sql._pool._busy
    sql.close()


def test_statements_run_side_by_side(engine: Engine, school: SnapshotRef) -> None:
    sql = SqlEngine(engine.snapshot, SqlSettings(processes=3))
    found: list[list[list[Any]]] = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(ask(sql, school, f"SELECT {n}")))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [[[n]] for n in range(8)]
    assert len(idle(sql)) <= 3
    pids = [process.pid for process in idle(sql)]
    sql.close()
    assert idle(sql) == []
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_process_without_us_ends(school: SnapshotRef) -> None:
    process = SqlProcess()
    process._channel.close()
    assert process._process.wait(20) == 0
    process.close()


def test_a_snapshot_that_can_not_be_opened_is_damaged(tmp_path: Path) -> None:
    from reports.errors import SnapshotDamaged
    from reports.sql.messages import Bind

    pool = SqlPool(SqlSettings())
    wrong = Bind(str(tmp_path / "none"), "_file", (), (), "512MB", 1, 2 * 1024**3)
    with (
        pytest.raises(SnapshotDamaged),
        pool.process(BoundViews(1, "x", wrong), time.perf_counter() + 20),
    ):
        pass
    pool.close()


def test_another_institution_s_process_is_never_used(
    sql: SqlEngine, school: SnapshotRef, tmp_path: Path
) -> None:
    other = school_file(tmp_path / "two.duckdb", institution_id=2)
    text = "SELECT id FROM snapshot"
    ask(sql, school, text)
    before = idle(sql)[0].key
    sql.run(SqlRequest(text, Scope(2, ScopeKind.INSTITUTION), other, False))
    assert idle(sql)[0].key != before
