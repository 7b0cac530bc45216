"""A question that nobody waits for any more is stopped, whenever that is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb
import pytest

from reports.cancellation import Cancellation
from reports.contracts import Limits, SnapshotRef
from reports.engine.engine import Engine
from reports.engine.execute import fetch
from reports.errors import ReportCancelled
from reports.requests import ReportRequest
from tests.reports.conftest import EVERYTHING

SOON = 30.0
SLOW = "SELECT count(*) FROM range(300000) AS a(x), range(300000) AS b(y) WHERE (x * y) % 7919 = 3"
"""Hours on any machine."""
QUESTION = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": ["count"],
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    made = duckdb.connect(":memory:", config={"threads": "2"})
    yield made
    made.close()


@contextmanager
def asking(
    connection: duckdb.DuckDBPyConnection, cancellation: Cancellation
) -> Iterator[list[str]]:
    """The slow question in another thread; what became of it is in the list afterwards."""
    outcome: list[str] = []

    def ask() -> None:
        try:
            fetch(connection, SLOW, {}, 600, cancellation)
            outcome.append("answered")
        except ReportCancelled:
            outcome.append("cancelled")

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    yield outcome
    thread.join(SOON)
    assert not thread.is_alive()


def wait_until_guarded(cancellation: Cancellation) -> None:
    while True:
        with cancellation._lock:
            if cancellation._stops:
                return
        threading.Event().wait(0.001)


def test_what_runs_is_stopped(connection: duckdb.DuckDBPyConnection) -> None:
    cancellation = Cancellation()
    with asking(connection, cancellation) as outcome:
        wait_until_guarded(cancellation)
        threading.Event().wait(0.2)
        cancellation.cancel()
    assert outcome == ["cancelled"]
    assert fetch(connection, "SELECT 1", {}, 10) == [(1,)]
    assert cancellation._stops == []


@pytest.mark.parametrize("delay", [0.0, 0.0002, 0.0005, 0.001, 0.003])
def test_one_that_comes_before_the_statement_runs_is_not_lost(
    connection: duckdb.DuckDBPyConnection, delay: float
) -> None:
    for _ in range(5):
        cancellation = Cancellation()
        with asking(connection, cancellation) as outcome:
            wait_until_guarded(cancellation)
            threading.Event().wait(delay)
            cancellation.cancel()
        assert outcome == ["cancelled"]


def test_it_is_told_again_until_the_work_ends() -> None:
    cancellation = Cancellation()
    heard = threading.Semaphore(0)

    def work() -> None:
        with cancellation.guarding(heard.release):
            for _ in range(4):
                assert heard.acquire(timeout=SOON)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    wait_until_guarded(cancellation)
    cancellation.cancel()
    thread.join(SOON)
    assert not thread.is_alive()
    assert cancellation._stops == []


def test_one_cancellation_stops_all_that_it_guards(connection: duckdb.DuckDBPyConnection) -> None:
    cancellation = Cancellation()
    with asking(connection, cancellation) as one, asking(connection, cancellation) as two:
        wait_until_guarded(cancellation)
        threading.Event().wait(0.05)
        cancellation.cancel()
        cancellation.cancel()
    assert one == two == ["cancelled"]


def test_others_over_the_same_connection_go_on(connection: duckdb.DuckDBPyConnection) -> None:
    cancellation = Cancellation()
    with asking(connection, cancellation) as outcome:
        wait_until_guarded(cancellation)
        threading.Event().wait(0.05)
        assert fetch(connection, "SELECT count(*) FROM range(1000)", {}, 10) == [(1000,)]
        cancellation.cancel()
        assert fetch(connection, "SELECT count(*) FROM range(1000)", {}, 10) == [(1000,)]
    assert outcome == ["cancelled"]


def test_before_it_is_asked(engine: Engine, school: SnapshotRef) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(ReportCancelled) as caught:
        engine.run(ReportRequest(QUESTION, EVERYTHING, school, Limits(cancellation=cancellation)))
    assert [(p.code, p.path) for p in caught.value.problems] == [("REPORT_CANCELLED", "")]
    assert engine.run(ReportRequest(QUESTION, EVERYTHING, school)).rows


def test_after_it_was_answered(engine: Engine, school: SnapshotRef) -> None:
    cancellation = Cancellation()
    result = engine.run(
        ReportRequest(QUESTION, EVERYTHING, school, Limits(cancellation=cancellation))
    )
    cancellation.cancel()
    again = engine.run(
        ReportRequest(QUESTION, EVERYTHING, school, Limits(cancellation=Cancellation()))
    )
    assert again.rows == result.rows
    with pytest.raises(ReportCancelled):
        engine.run(ReportRequest(QUESTION, EVERYTHING, school, Limits(cancellation=cancellation)))


@pytest.mark.parametrize("ask", ["drill", "listing"])
def test_every_way_of_asking(engine: Engine, school: SnapshotRef, ask: str) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    limits = Limits(cancellation=cancellation)
    rows = {"version": 1, "entity": "students", "mode": "rows", "columns": ["name"]}
    cell = {"measure": "count", "row": ["MATH"]}
    ways: dict[str, Callable[[], object]] = {
        "drill": lambda: engine.drill(ReportRequest(QUESTION, EVERYTHING, school, limits), cell),
        "listing": lambda: engine.run(ReportRequest(rows, EVERYTHING, school, limits)),
    }
    with pytest.raises(ReportCancelled):
        ways[ask]()


def test_a_guard_is_let_go_of_when_its_work_fails() -> None:
    cancellation = Cancellation()
    with pytest.raises(ValueError, match="x"), cancellation.guarding(lambda: None):
        raise ValueError("x")
    assert cancellation._stops == []
    cancellation.cancel()
    with pytest.raises(ReportCancelled), cancellation.guarding(lambda: None):
        pytest.fail("it is cancelled already")
