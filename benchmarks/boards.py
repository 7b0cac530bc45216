"""The tiles of the preset dashboards: through the engine, and by the SQL that checks them.

The check queries are written by hand, independently of the compiler, so they are the floor.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.asking import snapshot_of
from benchmarks.report import Line, once, paired
from benchmarks.world import World
from dashboards.presets import DASHBOARDS, available, with_filters
from reports import api
from reports.api import ReportRequest
from reports.compiler.compile import compile_report
from reports.contracts import Limits, Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.engine.report_compiler import ReportCompiler
from reports.engine.run import settings_of
from reports.language.validate import validate_definition
from tests.dashboards.test_presets import checks_of

COURSE = 3
AT_ONCE = 50
Tile = tuple[str, dict[str, Any], tuple[str, ...]]
"""Name, definition, and the queries by hand that find the same."""


def measure(world: World) -> Iterator[Line]:
    snapshot = snapshot_of(world)
    scope = Scope(world.institution_id, ScopeKind.INSTITUTION)
    tiles = list(_tiles(snapshot))
    raw = api._engine._snapshots.get(snapshot, world.institution_id).connection.cursor()
    try:
        yield _median(tiles, raw, scope, snapshot)
        yield _cold(tiles[:12], raw, scope, snapshot)
        yield from _compiling(tiles, scope, snapshot)
        yield from _concurrent(tiles, scope, snapshot)
    finally:
        raw.close()


def _tiles(snapshot: SnapshotRef) -> Iterator[Tile]:
    catalog = api.catalog_of(snapshot)
    for dashboard in DASHBOARDS.values():
        checks = checks_of(dashboard.key)
        for tile in available(dashboard, catalog):
            definition = tile.definition
            if dashboard.key == "course":
                definition = with_filters(tile, {"course": COURSE}, catalog).definition
            keys = [("tile", tile.key), ("compare", tile.key)]
            sql = tuple(checks[key] for key in keys if key in checks)
            yield f"{dashboard.key}: {tile.key}", definition, sql


def _by_hand(raw: duckdb.DuckDBPyConnection, queries: tuple[str, ...]) -> Callable[[], object]:
    def ask() -> None:
        for sql in queries:
            known = {"today": "2026-11-22", "course": COURSE}
            used = {name: value for name, value in known.items() if f"${name}" in sql}
            raw.execute(sql, used or None).fetchall()

    return ask


def _median(
    tiles: list[Tile], raw: duckdb.DuckDBPyConnection, scope: Scope, snapshot: SnapshotRef
) -> Line:
    """The middle of all tiles by how far the engine is over the SQL by hand."""
    pairs = []
    for _name, definition, sql in tiles:

        def ask(definition: dict[str, Any] = definition) -> object:
            return api.run(ReportRequest(definition, scope, snapshot))

        pairs.append(paired(ask, _by_hand(raw, sql), 5))
    engine, floor = sorted(pairs, key=lambda pair: pair[0] - 1.15 * pair[1])[len(pairs) // 2]
    return Line(f"{len(tiles)} tiles, the middle one", engine, floor, 1.15, allowance=0.005)


def _cold(
    tiles: list[Tile], raw: duckdb.DuckDBPyConnection, scope: Scope, snapshot: SnapshotRef
) -> Line:
    """A dashboard of twelve tiles that the engine has never seen."""

    def ask() -> None:
        engine = Engine()
        for _name, definition, _sql in tiles:
            engine.run(ReportRequest(definition, scope, snapshot))

    hands = [_by_hand(raw, sql) for _name, _definition, sql in tiles]

    def by_hand() -> None:
        for hand in hands:
            hand()

    cold, floor = paired(ask, by_hand, 5)
    return Line("a cold dashboard of 12 tiles", cold, floor, 1.15)


def _compiling(tiles: list[Tile], scope: Scope, snapshot: SnapshotRef) -> Iterator[Line]:
    engine = Engine()
    try:
        opened = engine._snapshots.get(snapshot, scope.institution_id)
        settings = settings_of(scope, opened, 10_000)
        compiler = ReportCompiler()
        cold = []
        for _name, definition, _sql in tiles * 3:
            started = time.perf_counter()
            report = validate_definition(definition, opened.catalog)
            compile_report(report, opened.catalog, settings)
            cold.append(time.perf_counter() - started)
        yield Line("validated and compiled, never seen", statistics.median(cold), 0.001, 1)
        for _name, definition, _sql in tiles:
            compiler.compile(compiler.validate(definition, opened), opened, settings)
        seen = []
        for _name, definition, _sql in tiles * 5:
            started = time.perf_counter()
            compiler.compile(compiler.validate(definition, opened), opened, settings)
            seen.append(time.perf_counter() - started)
        yield Line("validated and compiled, seen before", statistics.median(seen), 0.00005, 1)
    finally:
        engine.close()


def _concurrent(tiles: list[Tile], scope: Scope, snapshot: SnapshotRef) -> Iterator[Line]:
    """Fifty different questions at once, over the time that they take one by one."""
    questions = [
        definition | {"limit": 1_000 + n} for n in range(2) for _t, definition, _s in tiles
    ]
    questions = questions[:AT_ONCE]

    def ask(definition: dict[str, Any]) -> float:
        return once(
            lambda: api.run(ReportRequest(definition, scope, snapshot, limits=Limits(seconds=120)))
        )

    for definition in questions:
        ask(definition)
    serial = sum(ask(definition) for definition in questions)
    peak = _Peak()
    with peak, ThreadPoolExecutor(AT_ONCE) as pool:
        times = list(pool.map(ask, questions))
    yield Line("50 different questions at once, the median", statistics.median(times), serial, 1.3)
    yield Line("50 different questions at once, memory", peak.mebibytes, 1_536, 1, unit="MiB")


class _Peak:
    """The most memory that the process holds during a block."""

    def __init__(self) -> None:
        self.mebibytes = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            text = Path("/proc/self/status").read_text()
            line = next(part for part in text.splitlines() if part.startswith("VmRSS"))
            self.mebibytes = max(self.mebibytes, int(line.split()[1]) / 1024)
