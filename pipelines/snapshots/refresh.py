"""An incremental snapshot: a copy of the last file, and only the rows that changed.

A row changed since the last snapshot if it is visible now and the transaction that last
wrote it was not visible then; a row is gone if its tombstone is such a row. Both are
PostgreSQL's own visibility rules; no clock is compared (docs/snapshots.md has the proof).
"""
# ruff: noqa: S608  (SQL over this package's own names; values are checked numbers or quoted)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pipelines.snapshots import checks
from pipelines.snapshots.copying import copy_file, make_durable
from pipelines.snapshots.dates import correct_unusual_dates
from pipelines.snapshots.errors import RefreshMismatchError
from pipelines.snapshots.extract import Arrived, Arriving, Reading, ReadTransaction, Streams
from pipelines.snapshots.full import Extraction, Rows, counted_rows
from pipelines.snapshots.source import (
    RELATIONS,
    SOURCES,
    TOMBSTONES,
    TableSource,
    changed_since,
    day_of,
    literal,
    to_read_again,
)
from pipelines.snapshots.update import Changes, TableUpdate, last_id_if_appending
from pipelines.snapshots.workspace import SnapshotFile, Workspace, file_errors
from reports.snapshot.manifest import Manifest, TableFacts
from reports.snapshot.schema import TABLES

FULL_SHARE: Final = 0.4
"""If this share of all rows changed, a full snapshot costs less."""
STAGED_ROWS: Final = 300_000
"""Up to so many changed rows of a table are staged in memory and put in order there, which costs
a fraction of PostgreSQL's sort; more are streamed in order into the file."""


def find_changes(transaction: ReadTransaction, base: Manifest) -> Changes:
    """Count the changes since an earlier snapshot. One statement; no rows travel."""
    since, institution = base.horizon, f"institution_id = {transaction.facts.institution.id}"
    own = f"{institution} AND {changed_since(since)}"
    names = ", ".join(literal(relation) for relation in RELATIONS)
    parts = [
        f"SELECT '{relation}', false, count(*), min(id) FROM {relation} WHERE {institution}"
        f" AND {_other_rows(relation, base, transaction.facts)}"
        for relation in RELATIONS
    ]
    parts.append(
        f"SELECT table_name, true, count(*), NULL FROM {TOMBSTONES} "
        f"WHERE {own} AND {changed_since(since)} AND table_name IN ({names}) GROUP BY table_name"
    )
    rows = transaction.query(" UNION ALL ".join(parts))
    return Changes(
        since,
        changed={name: n for name, gone, n, _ in rows if n and not gone},
        gone={name: n for name, gone, n, _ in rows if n and gone},
        first_id={name: first for name, gone, n, first in rows if n and not gone},
    )


def _other_rows(relation: str, base: Manifest, reading: Reading) -> str:
    before = day_of(base.taken_at, base.time_zone)
    return to_read_again(relation, base.horizon, base.taken_at, (before, reading.day))


class Fetch:
    """Fetches the changed rows, and the ids of those that may be gone."""

    def __init__(
        self,
        transaction: ReadTransaction,
        streams: Streams,
        workspace: Workspace,
        base: Manifest,
        changes: Changes,
    ) -> None:
        self.rows = Rows(transaction.facts)
        """The queries and column expressions."""
        self.appended_after: dict[str, int] = {}
        """Large tables that only grew, with the last id that they had."""
        self._fetching: dict[bool, Future[None]] = {}
        self._exported = transaction.export()
        self._reading = transaction.facts
        self._streams = streams
        self._workspace = workspace
        self._base = base
        self._changes = changes
        self._since = changed_since(changes.since)

    @contextmanager
    def run(self, origin: Path, path: Path, arrived: Arrived) -> Iterator[SnapshotFile]:
        """Copy ``origin`` to ``path`` and open it for the block, while the rows are fetched.

        Rows of large changes that only append go straight into the file; all others are staged
        in memory until the block ends. ``wait`` tells when they have arrived.
        """
        # Rows arrive while the file is copied, and the disk writes the copy meanwhile: most of
        # the waiting overlaps.
        opened: Future[SnapshotFile] = Future()
        touched = [source for source in SOURCES if self._changes.touch(source)]
        with ThreadPoolExecutor(3) as pool:
            try:
                for large in (True, False):
                    sources = [s for s in touched if s.large == large]
                    self._fetching[large] = pool.submit(self._fetch, sources, arrived, opened)
                with file_errors():
                    copy_file(origin, path)
                durable = pool.submit(make_durable, path)
                with self._workspace.opened(path) as file:
                    self._require_base(file)
                    self._find_appends(file, touched)
                    opened.set_result(file)
                    yield file
                    durable.result()
            except BaseException as error:
                if not opened.done():
                    opened.set_exception(error)
                raise
            finally:
                self._workspace.unstage()

    def wait(self, *, large: bool) -> None:
        """Wait until the rows of all large, or of all other, tables have arrived."""
        self._fetching[large].result()

    def _require_base(self, file: SnapshotFile) -> None:
        if Manifest.from_json(file.manifest()) != self._base:
            raise RefreshMismatchError("The last file isn't the one in the registry.")

    def _find_appends(self, file: SnapshotFile, touched: list[TableSource]) -> None:
        for source in touched:
            if source.large and not self._is_staged(source):
                name = source.table.name
                last_id = last_id_if_appending(file, source, self._base.tables[name], self._changes)
                if last_id is not None:
                    self.appended_after[name] = last_id

    def _is_staged(self, source: TableSource) -> bool:
        return self._changes.changed.get(source.relation, 0) <= STAGED_ROWS

    def _fetch(
        self, sources: list[TableSource], arrived: Arrived, opened: Future[SnapshotFile]
    ) -> None:
        institution_id = self._reading.institution.id
        for source in sources:
            is_staged = self._is_staged(source)
            with self._streams.following(self._exported, institution_id) as stream:
                others = _other_rows(source.relation, self._base, self._reading)
                query = self.rows.select(source, others, ordered=not is_staged)
                with stream.rows(query, arrived) as rows:
                    if is_staged:
                        self._stage(source, rows)
                    else:
                        self._append_or_stage(source, rows, opened.result())
                if self._changes.may_lose_rows(source):
                    with stream.rows(self._maybe_gone_ids(source)) as ids:
                        self._workspace.stage(f"gone_{source.table.name}", "id", ids.batches)

    def _append_or_stage(self, source: TableSource, rows: Arriving, file: SnapshotFile) -> None:
        name = source.table.name
        if name in self.appended_after:
            file.append(name, self.rows.columns(source, rows), rows.batches)
        else:
            self._stage(source, rows)

    def _stage(self, source: TableSource, rows: Arriving) -> None:
        columns = self.rows.columns(source, rows)
        self._workspace.stage(f"changed_{source.table.name}", columns, rows.batches)

    def _maybe_gone_ids(self, source: TableSource) -> str:
        """Return the query of ids with a tombstone, and of changed ones of a filtered table."""
        own = f"institution_id = {self._reading.institution.id} AND {self._since}"
        query = (
            f"SELECT row_id AS id FROM {TOMBSTONES} "
            f"WHERE {own} AND table_name = {literal(source.relation)}"
        )
        if source.where:
            query += f" UNION ALL SELECT id FROM {source.relation} WHERE {own}"
        return query


class Refresh:
    """The fetched rows, applied to the copied file."""

    def __init__(
        self, work: Extraction, base: Manifest, changes: Changes, appended_after: dict[str, int]
    ) -> None:
        self._work = work
        self._base = base
        self._updates = [
            TableUpdate(
                work,
                source,
                base.tables[source.table.name],
                changes,
                appended_after.get(source.table.name),
            )
            for source in SOURCES
            if changes.touch(source)
        ]

    def apply(self, *, large: bool) -> dict[str, TableFacts]:
        """Change the large tables, or all others, in one transaction; return their new facts."""
        updates = [update for update in self._updates if update.source.large == large]
        file, streamed = self._work.file, self._work.rows.streamed
        with file.transaction():
            for update in updates:
                update.apply()
            changed = {update.table for update in updates}
            correct_unusual_dates(file, streamed & changed, self._work.reading.time_zone)
            return {update.table.name: update.facts() for update in updates}

    def require_parity(self, facts: Mapping[str, TableFacts]) -> None:
        """Raise ``RefreshMismatchError`` if the rows don't add up.

        A table that was only appended to is compared by arithmetic, any other one that
        changed by counting its source again.
        """
        recounted = [u.source for u in self._updates if not u.appends]
        expected = counted_rows(self._work.transaction, recounted)
        expected |= {u.table.name: u.before.rows + u.changed for u in self._updates if u.appends}
        problems = checks.parity(expected, facts)
        for update in self._updates:
            problems += checks.out_of_order(self._work.file, update.table, rows=update.new_rows)
        if problems:
            raise RefreshMismatchError(" ".join(problems))

    def orphans(self) -> list[str]:
        """Check that new rows have their parents, and all children of tables that lost rows."""
        file = self._work.file
        found = [
            problem
            for update in self._updates
            for problem in checks.orphans(file, update.table, rows=update.new_rows)
        ]
        for lost in (u.table.name for u in self._updates if u.may_lose_rows):
            for table in TABLES:
                found += checks.orphans(file, table, parents=lost)
        return list(dict.fromkeys(found))
