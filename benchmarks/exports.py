"""Exports of a million rows and ten columns: CSV over DuckDB's own, XLSX over the bare writer.

The rows come from a generated table, so that this needs no database but DuckDB; with
``OULAD_DIR`` set, from the set's largest table as well. Each measurement of memory is a process
of its own, since a process never gives back what it once held.

    python -m benchmarks.exports              # all
    python -m benchmarks.exports --rows 100000
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.report import Line, paired
from reports.contracts import Column, ReportMeta, Scope, ScopeKind, SnapshotInfo
from reports.export.formats import ExportFormat
from reports.export.result_stream import Ending, Head, ResultStream
from reports.export.stream import STREAMED, write_stream

ROWS = 1_000_000
MEMORY_ROWS = 100_000
BATCH = 20_000
_RUNS = 3

GENERATED = """CREATE TABLE answers AS
    SELECT i AS id, 'Student ' || i AS name, 'AAA-2013J' AS course, (i % 100) / 7.0 AS score,
           ((i % 1000) / 10.0)::DECIMAL(6, 2) AS progress, i % 2 = 0 AS late,
           DATE '2014-01-01' + (i % 365)::INT AS day,
           TIMESTAMP '2014-01-01 10:00:00' + to_seconds(i) AS at, i * 3 AS clicks,
           CASE WHEN i % 10 = 0 THEN NULL ELSE 'ACTIVE' END AS status
    FROM range({rows}) t(i)"""
OULAD = """CREATE TABLE answers AS
    SELECT row_number() OVER () AS id, 'Student ' || id_student AS name,
           code_module || '-' || code_presentation AS course, sum_click / 7.0 AS score,
           (id_site % 1000 / 10.0)::DECIMAL(6, 2) AS progress, date < 0 AS late,
           DATE '2013-10-01' + date::INT AS day,
           TIMESTAMP '2013-10-01 10:00:00' + to_days(date::INT) AS at, sum_click AS clicks,
           CASE WHEN id_site % 10 = 0 THEN NULL ELSE id_site::VARCHAR END AS status
    FROM read_parquet('{folder}/studentVle.parquet') LIMIT {rows}"""
_TYPES = {
    "id": "integer",
    "name": "text",
    "course": "text",
    "score": "float",
    "progress": "decimal",
    "late": "boolean",
    "day": "date",
    "at": "timestamp",
    "clicks": "integer",
    "status": "text",
}
COLUMNS = tuple(Column(key, key.capitalize(), kind) for key, kind in _TYPES.items())
QUERY = "SELECT * FROM answers"


def stream_of(connection: duckdb.DuckDBPyConnection) -> ResultStream:
    """The table as the engine hands a result over."""
    snapshot = SnapshotInfo("bench", datetime(2014, 3, 12, tzinfo=UTC), 1, "Europe/London")
    scope = Scope(1, ScopeKind.INSTITUTION)

    def ending(count: int) -> Ending:
        meta = ReportMeta(
            row_count=count,
            total_row_count=count,
            ms=0.0,
            truncated=False,
            snapshot=snapshot,
            scope=scope,
            definition_digest="bench",
        )
        return Ending(meta)

    return ResultStream(
        columns=COLUMNS,
        batches=connection.sql(QUERY).to_arrow_reader(BATCH),
        head=Head(snapshot, scope, "bench", {"mode": "rows"}, ("Every answer.",)),
        ending=ending,
    )


def export(connection: duckdb.DuckDBPyConnection, form: str, folder: Path) -> Callable[[], object]:
    return lambda: write_stream(stream_of(connection), form, folder / f"ours.{form}")


def measure_source(name: str, create: str, folder: Path) -> Iterator[Line]:
    """CSV and XLSX over their floors, on one table."""
    import rustpy_xlsxwriter as bare

    path = folder / f"{name}.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(create)
    with duckdb.connect(path, read_only=True) as connection:
        rows = connection.execute("SELECT count(*) FROM answers").fetchall()[0][0]
        what = f"{rows:,} x {len(COLUMNS)} of {name} as"

        def copy() -> object:
            return connection.execute(f"COPY ({QUERY}) TO '{folder}/floor.csv' (HEADER)")

        def write() -> object:
            reader = connection.sql(QUERY).to_arrow_reader(BATCH)
            return bare.write_worksheet(reader, str(folder / "floor.xlsx"))

        yield Line(f"{what} CSV", *paired(export(connection, "csv", folder), copy, _RUNS), 1.5)
        yield Line(f"{what} XLSX", *paired(export(connection, "xlsx", folder), write, _RUNS), 1.3)


def measure_memory(folder: Path) -> Iterator[Line]:
    """Measure the memory of each format above the engine's, in a process of its own."""
    path = folder / "memory.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(GENERATED.format(rows=MEMORY_ROWS))
    for form in STREAMED:
        command = [sys.executable, "-m", "benchmarks.exports", "--peak", form, "--table", str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        what = f"{MEMORY_ROWS:,} x {len(COLUMNS)} as {form.upper()}, peak above reading them"
        yield Line(what, float(done.stdout), 150.0, 1.0, unit="MiB")


def peak(path: str, form: str) -> float:
    """MiB that an export takes beyond what reading the same rows has taken already."""
    with duckdb.connect(path, read_only=True) as connection, tempfile.TemporaryDirectory() as found:
        for _ in connection.sql(QUERY).to_arrow_reader(BATCH):
            pass
        before = _highest()
        write_stream(stream_of(connection), form, Path(found) / "x")
        return _highest() - before


def _highest() -> float:
    """The most memory this process has had, in MiB (of Linux: its own, not its parent's)."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(_world: object = None, rows: int = ROWS) -> Iterator[Line]:
    """Every line; the shared world of the other measurements isn't needed."""
    with tempfile.TemporaryDirectory(prefix="exports-") as found:
        folder = Path(found)
        yield from measure_source("a table", GENERATED.format(rows=rows), folder)
        if oulad := os.environ.get("OULAD_DIR"):
            yield from measure_source("OULAD", OULAD.format(folder=oulad, rows=rows), folder)
        yield from measure_memory(folder)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exports", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--peak", choices=[str(form) for form in ExportFormat])
    parser.add_argument("--table")
    options = parser.parse_args()
    if options.peak:
        print(peak(options.table, options.peak))
        return 0
    missed = 0
    for line in measure(rows=options.rows):
        print(line, flush=True)
        missed += not line.met
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
