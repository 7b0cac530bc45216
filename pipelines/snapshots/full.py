"""A full snapshot: every row, into a new file."""

# ruff: noqa: S608  (SQL over this package's own names; values are checked numbers or quoted)

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from pipelines.snapshots.dates import require_calendar
from pipelines.snapshots.extract import Arrived, Arriving, Reading, ReadTransaction, Streams
from pipelines.snapshots.settings import Limits
from pipelines.snapshots.source import SOURCES, TableSource, arrival_sql, rows_sql, select_sql
from pipelines.snapshots.workspace import SnapshotFile, file_errors, insert
from pipelines.snapshots.zones import offsets_between, usual_offsets
from reports.snapshot.schema import Table

PARALLEL_ROWS: Final = 300_000
"""From this many rows on several connections read at once."""
SAMPLE_ROWS: Final = 2_000
"""Enough to cut a table into parts of about the same size."""


@dataclass(frozen=True)
class Rows:
    """The queries of an institution's rows, and the SQL of a snapshot's columns."""

    reading: Reading
    streamed: set[Table] = field(default_factory=set)
    """Tables whose local dates may need correction, as not all rows were seen at once."""

    def select(self, source: TableSource, *conditions: str, ordered: bool = True) -> str:
        """Return the SELECT on a table in PostgreSQL."""
        reading = self.reading
        return select_sql(
            source,
            reading.institution.id,
            reading.attributes,
            *conditions,
            today=reading.day,
            ordered=ordered,
        )

    def columns(self, source: TableSource, arriving: Arriving) -> str:
        """Return the SELECT in DuckDB that computes the columns.

        Raises ``ChecksFailedError`` for instants that no calendar holds.
        """
        name, spans = self.reading.time_zone, arriving.spans
        if spans is None:
            self.streamed.add(source.table)
            return arrival_sql(source, self.reading.attributes, lambda _: usual_offsets(name))
        for instant, span in spans.items():
            require_calendar(source.table.name, instant, span)
        return arrival_sql(
            source,
            self.reading.attributes,
            lambda instant: offsets_between(name, *spans.get(instant, (0, 0))),
        )


@dataclass(frozen=True)
class Extraction:
    """The inputs of a build or a refresh."""

    transaction: ReadTransaction
    rows: Rows
    streams: Streams
    file: SnapshotFile
    limits: Limits
    arrived: Arrived
    """Called with the size of each batch of rows, from several threads."""

    @property
    def reading(self) -> Reading:
        """The state that the reading transaction sees."""
        return self.transaction.facts


def estimated_rows(transaction: ReadTransaction) -> int:
    """Estimate the rows of a full snapshot.

    The planner's statistics don't know a table that was just loaded, so rows are counted up to
    the number from which several connections pay off.
    """
    institution_id = transaction.facts.institution.id
    total = 0
    for source in SOURCES:
        if source.large:
            rows = rows_sql(source, institution_id)
            limited = f"SELECT count(*) FROM (SELECT 1 {rows} LIMIT {PARALLEL_ROWS}) AS few"
            counted = int(transaction.query(limited)[0][0])
            if counted == PARALLEL_ROWS:
                counted = max(counted, _estimate(transaction, source, institution_id))
            total += counted
    return total


def counted_rows(transaction: ReadTransaction, sources: Iterable[TableSource]) -> dict[str, int]:
    """Return exact row counts in the source, by table of the snapshot, in one statement."""
    institution_id = transaction.facts.institution.id
    parts = [
        f"SELECT '{source.table.name}', count(*) {rows_sql(source, institution_id)}"
        for source in sources
    ]
    if not parts:
        return {}
    return {str(name): int(rows) for name, rows in transaction.query(" UNION ALL ".join(parts))}


def build_full(work: Extraction, *, parallel: bool) -> None:
    """Fill a new file."""
    exported = work.transaction.export()
    if parallel:
        _create_tables(work)
        _build_parallel(work, exported)
        return
    institution_id = work.reading.institution.id
    with work.streams.following(exported, institution_id) as stream, work.file.transaction():
        _create_tables(work)
        for source in SOURCES:
            with stream.rows(work.rows.select(source), work.arrived) as rows:
                work.file.insert(source.table.name, work.rows.columns(source, rows), rows.batches)


def _create_tables(work: Extraction) -> None:
    for source in SOURCES:
        work.file.create(source.table, work.reading.attributes)


def _estimate(transaction: ReadTransaction, source: TableSource, institution_id: int) -> int:
    plan = transaction.query(f"EXPLAIN (FORMAT JSON) SELECT 1 {rows_sql(source, institution_id)}")
    return int(plan[0][0][0]["Plan"]["Plan Rows"])


def _build_parallel(work: Extraction, exported: str) -> None:
    """Several streams at once, the ranges of a large table committed in id order."""
    tasks: list[_Task] = []
    for source in sorted(SOURCES, key=lambda s: not s.large):
        turnstile = _Turnstile()
        conditions = _ranges(work, source) if source.large else [""]
        tasks += [_Task(source, c, turnstile, turn) for turn, c in enumerate(conditions)]

    def run(task: _Task) -> None:
        with task.turnstile.passing(task.turn) as my_turn:
            _copy(work, exported, task, my_turn)

    with (
        work.file.workspace.one_thread_each(),
        ThreadPoolExecutor(work.limits.connections) as pool,
    ):
        futures = [pool.submit(run, task) for task in tasks]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@dataclass(frozen=True)
class _Task:
    """One stream: a table, or a range of ids of a large one."""

    source: TableSource
    condition: str
    turnstile: _Turnstile
    turn: int


class _Turnstile:
    """Lets threads commit in the order of their numbers; one that fails stops the rest."""

    def __init__(self) -> None:
        self._next = 0
        self._failure: BaseException | None = None
        self._changed = threading.Condition()

    @contextmanager
    def passing(self, turn: int) -> Iterator[Callable[[], None]]:
        """Yield a function that waits for the turn; leaving lets the next one through."""
        try:
            yield lambda: self._wait(turn)
        except BaseException as error:
            with self._changed:
                self._failure = self._failure or error
                self._changed.notify_all()
            raise
        with self._changed:
            self._next = turn + 1
            self._changed.notify_all()

    def _wait(self, turn: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._failure or self._next == turn)
            if self._failure:
                raise self._failure


def _copy(work: Extraction, exported: str, task: _Task, my_turn: Callable[[], None]) -> None:
    """Write the rows in a transaction of their own that is committed in turn."""
    institution_id = work.reading.institution.id
    table = f"snapshot.{task.source.table.name}"
    query = work.rows.select(task.source, task.condition)
    connection = work.file.cursor()
    try:
        with work.streams.following(exported, institution_id) as stream, file_errors():
            connection.execute("BEGIN")
            with stream.rows(query, work.arrived) as rows:
                insert(connection, table, work.rows.columns(task.source, rows), rows.batches)
            my_turn()
            connection.execute("COMMIT")
    finally:
        connection.close()


def _ranges(work: Extraction, source: TableSource) -> list[str]:
    """Return conditions that split a large table by id into a part for each connection.

    Ids of one institution are scattered among those of the others, so a small sample of pages
    gives the bounds. The parts need not be equal, only in order and without gaps.
    """
    transaction, pieces = work.transaction, work.limits.connections
    institution_id = transaction.facts.institution.id
    rows = _estimate(transaction, source, institution_id)
    percent = min(100.0, 100 * SAMPLE_ROWS / max(rows, 1))
    sampled = transaction.query(
        f"SELECT id FROM {source.relation} TABLESAMPLE SYSTEM ({percent:.6f}) REPEATABLE (1) "
        f"WHERE institution_id = {institution_id} ORDER BY id"
    )
    ids = [int(row[0]) for row in sampled]
    cuts = sorted({ids[len(ids) * n // pieces] for n in range(1, pieces)}) if ids else []
    above = ["", *(f"id >= {cut}" for cut in cuts)]
    below = [*(f"id < {cut}" for cut in cuts), ""]
    return [" AND ".join(filter(None, bounds)) for bounds in zip(above, below, strict=True)]
