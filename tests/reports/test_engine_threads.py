"""Many threads, several snapshots, few of them kept open: the answers stay those of one thread."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reports.contracts import Limits, Result, Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.engine.snapshots import EngineSettings
from reports.errors import ReportError, SnapshotDamaged
from reports.requests import ReportRequest
from tests.reports.conftest import school_file

pytestmark = pytest.mark.slow

EVERYTHING = Scope(1, ScopeKind.INSTITUTION)
SNAPSHOTS = 6
THREADS = 30


def question(entity: str, *measures: Any, by: tuple[str, ...] = (), **rest: Any) -> dict[str, Any]:
    mode = "temporal" if "time" in rest else "categorical"
    made = {"version": 1, "entity": entity, "mode": mode, "measures": list(measures)}
    return made | {"dimensions": list(by), **rest}


QUESTIONS = [
    question("enrollments", "count", by=("course.code",), totals="grand"),
    question("enrollments", "learners", "passRate", by=("student.className",)),
    question("courses", "enrollments.count", "submissions.count", "activity.clicks", by=("code",)),
    question("submissions", "medianScore", "lateRate", by=("assignment.kind",), totals="grand"),
    question("activity", "clicks", by=("course.category",), totals="subtotals"),
    question("activity", "clicks", time={"field": "occurredOn", "bucket": "week", "fill": True}),
    question("submissions", "count", time={"field": "time", "bucket": "term"}),
    question(
        "students", "count", filters=[{"metric": "submissions.count", "op": "gt", "value": 1}]
    ),
    {"version": 1, "entity": "submissions", "mode": "rows", "columns": ["student.name", "score"]},
    question(
        "activity",
        {
            "key": "w",
            "metric": "activity.clicks",
            "trailing": {"field": "occurredOn", "n": 7, "unit": "day"},
        },
        time={"field": "occurredOn", "bucket": "week"},
    ),
]


def answer(result: Result) -> dict[str, Any]:
    """Return a result without the time that it took."""
    wire = result.to_wire()
    wire["meta"] = {k: v for k, v in wire["meta"].items() if k not in {"ms", "cached"}}
    return wire


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> list[SnapshotRef]:
    folder = tmp_path_factory.mktemp("many")
    taken = datetime(2014, 7, 1, 12, tzinfo=UTC)
    return [
        school_file(
            folder / f"s{n}.duckdb", snapshot_id=f"s{n}", taken_at=taken + timedelta(days=n)
        )
        for n in range(SNAPSHOTS)
    ]


@pytest.fixture(scope="module")
def serial(snapshots: list[SnapshotRef]) -> dict[tuple[int, int], dict[str, Any]]:
    engine = Engine(EngineSettings(threads=1))
    found = {
        (s, q): answer(engine.run(ReportRequest(asked, EVERYTHING, ref)))
        for s, ref in enumerate(snapshots)
        for q, asked in enumerate(QUESTIONS)
    }
    engine.close()
    return found


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(EngineSettings(threads=2, open_snapshots=2, costly_from=5, costly_at_once=2))
    yield made
    made.close()


def wrong_answers(
    engine: Engine,
    snapshots: list[SnapshotRef],
    serial: dict[tuple[int, int], dict[str, Any]],
    number: int,
) -> list[tuple[int, int]]:
    """One thread's questions, in an order of its own."""
    wrong: list[tuple[int, int]] = []
    for step in range(SNAPSHOTS * 2):
        s, q = (number + step * 5) % SNAPSHOTS, (number * 3 + step) % len(QUESTIONS)
        found = engine.run(
            ReportRequest(QUESTIONS[q], EVERYTHING, snapshots[s], Limits(seconds=300))
        )
        if answer(found) != serial[s, q]:
            wrong.append((s, q))
    return wrong


def test_thirty_threads_say_what_one_says(
    engine: Engine, snapshots: list[SnapshotRef], serial: dict[tuple[int, int], dict[str, Any]]
) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        asked = [pool.submit(wrong_answers, engine, snapshots, serial, n) for n in range(THREADS)]
        assert [future.result(300) for future in asked] == [[]] * THREADS
    assert len(engine._snapshots._open) <= 2
    assert engine._turns._free == 2
    assert not engine._turns._waiting


def test_all_at_once_for_the_same_question(
    engine: Engine, snapshots: list[SnapshotRef], serial: dict[tuple[int, int], dict[str, Any]]
) -> None:
    start = threading.Barrier(THREADS)

    def ask(_number: int) -> dict[str, Any]:
        start.wait(60)
        return answer(
            engine.run(ReportRequest(QUESTIONS[0], EVERYTHING, snapshots[0], Limits(seconds=300)))
        )

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(found == serial[0, 0] for found in pool.map(ask, range(THREADS)))


def test_scopes_do_not_mix(engine: Engine, snapshots: list[SnapshotRef]) -> None:
    asked = question("submissions", "count")
    wanted = {1: 3, 2: 1, 3: 0}

    def ask(number: int) -> tuple[int, Any]:
        person = number % 3 + 1
        scope = Scope(1, ScopeKind.SELF, person_ids=(person,))
        ref = snapshots[number % SNAPSHOTS]
        return person, engine.run(ReportRequest(asked, scope, ref, Limits(seconds=300))).rows[0][0]

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(wanted[person] == count for person, count in pool.map(ask, range(150)))


def test_closing_while_asked_gives_the_answer_or_a_typed_error(
    engine: Engine, snapshots: list[SnapshotRef], serial: dict[tuple[int, int], dict[str, Any]]
) -> None:
    is_over = threading.Event()
    answered = threading.Semaphore(0)

    def ask(number: int) -> list[str]:
        wrong: list[str] = []
        while not is_over.is_set():
            s, q = number % SNAPSHOTS, number % len(QUESTIONS)
            try:
                found = engine.run(
                    ReportRequest(QUESTIONS[q], EVERYTHING, snapshots[s], Limits(seconds=300))
                )
            except ReportError:
                continue
            answered.release()
            if answer(found) != serial[s, q]:
                wrong.append(f"{s} {q}")
        return wrong

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, n) for n in range(8)]
        try:
            for _ in range(25):
                assert answered.acquire(timeout=60)
                engine.close()
        finally:
            is_over.set()
        assert [future.result(300) for future in asked] == [[]] * 8
    found = engine.run(ReportRequest(QUESTIONS[0], EVERYTHING, snapshots[0]))
    assert answer(found) == serial[0, 0]


def put(path: Path, **manifest: Any) -> SnapshotRef:
    """A snapshot made elsewhere, and put where ``path`` is."""
    made = school_file(path.with_name("made.duckdb"), **manifest)
    Path(made.path).rename(path)
    return replace(made, path=str(path))


def test_a_file_that_is_there_again_is_opened_anew(engine: Engine, tmp_path: Path) -> None:
    asked = question("enrollments", "count")
    path = tmp_path / "s.duckdb"

    def all_at_once(ref: SnapshotRef) -> set[Any]:
        def ask(_number: int) -> Any:
            return engine.run(ReportRequest(asked, EVERYTHING, ref)).rows[0][0]

        with ThreadPoolExecutor(8) as pool:
            return set(pool.map(ask, range(16)))

    assert all_at_once(put(path)) == {3}
    path.unlink()
    missing = SnapshotRef(1, "s1", str(path), "", 1)
    with pytest.raises(SnapshotDamaged, match="missing"):
        engine.run(ReportRequest(asked, EVERYTHING, missing))
    assert all_at_once(put(path)) == {3}


def test_another_snapshot_in_an_open_one_s_place_is_told(engine: Engine, tmp_path: Path) -> None:
    asked = question("enrollments", "count")
    first = put(tmp_path / "s.duckdb", snapshot_id="one")
    assert engine.run(ReportRequest(asked, EVERYTHING, first)).rows == ((3,),)
    second = put(tmp_path / "s.duckdb", snapshot_id="two")
    for asking in (first, second):
        try:
            found = engine.run(ReportRequest(asked, EVERYTHING, asking))
        except SnapshotDamaged:
            continue
        assert found.meta.snapshot.id == asking.snapshot_id


def _ask(ref: SnapshotRef, found: Any) -> None:
    made = Engine(EngineSettings(threads=1))
    found.put(answer(made.run(ReportRequest(QUESTIONS[0], EVERYTHING, ref))))
    made.close()


def _fork(ref: SnapshotRef, found: Any) -> None:
    """In a process of its own: fork, and ask in the child."""
    child = multiprocessing.get_context("fork").Process(target=_ask, args=(ref, found))
    child.start()
    child.join(30)
    if child.is_alive():
        child.kill()
        found.put(None)


def test_a_forked_process_asks(
    snapshots: list[SnapshotRef], serial: dict[tuple[int, int], dict[str, Any]]
) -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_fork, args=(snapshots[0], queue))
    process.start()
    assert queue.get(timeout=120) == serial[0, 0]
    process.join(60)
    assert process.exitcode == 0


def test_another_process_asks_while_this_one_does(
    snapshots: list[SnapshotRef], serial: dict[tuple[int, int], dict[str, Any]], engine: Engine
) -> None:
    assert answer(engine.run(ReportRequest(QUESTIONS[0], EVERYTHING, snapshots[0]))) == serial[0, 0]
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=_ask, args=(snapshots[0], queue))
    child.start()
    assert queue.get(timeout=120) == serial[0, 0]
    child.join(60)
    assert child.exitcode == 0
    assert answer(engine.run(ReportRequest(QUESTIONS[1], EVERYTHING, snapshots[0]))) == serial[0, 1]
