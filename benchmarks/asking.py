"""The twelve school questions: through the engine, by hand in DuckDB, and in PostgreSQL."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import duckdb

from benchmarks.questions import QUESTIONS, Question
from benchmarks.report import Line, once, paired
from benchmarks.world import World
from pipelines.snapshots.service import SnapshotService
from pipelines.snapshots.settings import SnapshotSettings
from reports import api
from reports.api import ReportRequest
from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.snapshot.storage import LocalStorage


def snapshot_of(world: World) -> SnapshotRef:
    storage = LocalStorage(world.folder / "snapshots")
    with SnapshotService(SnapshotSettings(world.database.urls.etl, storage)) as service:
        outcome = service.take(service.roster()[0])
        published = service.registry.newest(outcome.institution)
    assert published is not None
    return SnapshotRef(
        institution_id=world.institution_id,
        snapshot_id=published.snapshot_id,
        path=str(storage.fetch(published.file)),
        file_digest=published.file.digest,
        size_bytes=published.file.size_bytes,
    )


def measure(world: World) -> Iterator[Line]:
    snapshot = snapshot_of(world)
    scope = Scope(world.institution_id, ScopeKind.INSTITUTION)
    ratios: list[float] = []
    sums = [0.0, 0.0]
    # The engine's own open file: another connection would have its own cold buffers.
    raw = api._engine._snapshots.get(snapshot, world.institution_id).connection.cursor()
    try:
        for question in QUESTIONS:
            ask = _engine(question, scope, snapshot)
            hand = _by_hand(question, raw)
            engine, floor = paired(ask, hand, 9)
            yield Line(question.name, engine, floor, 1.15, allowance=0.005)
            postgres = _postgres(question, world)
            ratios.append(postgres / engine)
            sums[0] += engine
            sums[1] += postgres
    finally:
        raw.close()
    mean = math.exp(sum(math.log(r) for r in ratios) / len(ratios))
    yield Line("the 12 over PostgreSQL, geometric mean", 1.0, mean, 10, unit=" ", least=True)
    yield Line("the 12 over PostgreSQL, in the sum", sums[0], sums[1], 25, least=True)


def _engine(question: Question, scope: Scope, snapshot: SnapshotRef) -> Callable[[], object]:
    return lambda: api.run(ReportRequest(question.definition, scope, snapshot))


def _by_hand(question: Question, raw: duckdb.DuckDBPyConnection) -> Callable[[], object]:
    return lambda: raw.execute(question.duckdb).fetchall()


def _postgres(question: Question, world: World) -> float:
    parameters = {"institution": world.institution_id, "zone": "Europe/London"}
    with world.superuser() as connection:

        def ask() -> None:
            connection.execute(question.postgres, parameters).fetchall()

        ask()
        return once(ask)
