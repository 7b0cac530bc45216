"""Build a snapshot's file, full or refreshed; check and seal it. Publishing isn't done here."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from pipelines.snapshots import checks
from pipelines.snapshots.copying import make_durable
from pipelines.snapshots.dates import correct_unusual_dates
from pipelines.snapshots.extract import Reading, ReadTransaction, Streams
from pipelines.snapshots.full import (
    PARALLEL_ROWS,
    Extraction,
    Rows,
    build_full,
    counted_rows,
    estimated_rows,
)
from pipelines.snapshots.progress import Progress, Stage, Step
from pipelines.snapshots.refresh import Fetch, Refresh
from pipelines.snapshots.settings import SnapshotSettings
from pipelines.snapshots.source import SOURCES
from pipelines.snapshots.update import Changes
from pipelines.snapshots.workspace import (
    LARGE_BLOCK,
    SMALL_BLOCK,
    SnapshotFile,
    Workspace,
    file_errors,
)
from reports.snapshot.layout import folder, snapshot_id, storage_key
from reports.snapshot.manifest import Manifest, TableFacts
from reports.snapshot.schema import SCHEMA_VERSION, TABLES
from reports.snapshot.storage import StoredFile, digest_of


class SnapshotKind(StrEnum):
    """The kind of a snapshot."""

    FULL = "FULL"
    INCREMENTAL = "INCREMENTAL"
    UNCHANGED = "UNCHANGED"
    """Nothing had changed: the last one was recorded as still valid."""


@dataclass(frozen=True)
class BuiltFile:
    """A finished file that isn't published yet."""

    path: Path
    file: StoredFile
    manifest: Manifest


class SnapshotBuilder:
    """Builds the file of one snapshot inside the transaction that reads the records."""

    def __init__(
        self,
        settings: SnapshotSettings,
        transaction: ReadTransaction,
        streams: Streams,
        progress: Progress,
    ) -> None:
        self._settings = settings
        self._transaction = transaction
        self._streams = streams
        self._progress = progress
        self._progress_lock = threading.Lock()
        self._arrived = 0
        self._total = 0

    @property
    def reading(self) -> Reading:
        """The state that the reading transaction sees."""
        return self._transaction.facts

    @cached_property
    def id(self) -> str:
        """The new snapshot's id."""
        return snapshot_id(self.reading.taken_at, secrets.token_hex(4))

    @cached_property
    def key(self) -> str:
        """The new file's storage key."""
        return storage_key(store_name(self.reading.source), self.reading.institution.id, self.id)

    @property
    def folder(self) -> str:
        """Return the folder of the institution's files in the store."""
        return folder(store_name(self.reading.source), self.reading.institution.id)

    def full(self, workspace: Workspace, last: Manifest | None) -> BuiltFile:
        """Read everything. ``last`` is compared with, for the drop band, if there is one."""
        path = self._fresh_path()
        expected = estimated_rows(self._transaction)
        large = expected >= PARALLEL_ROWS
        self._begin(expected)
        with workspace.opened(path, block_size=LARGE_BLOCK if large else SMALL_BLOCK) as file:
            rows = Rows(self.reading)
            build_full(self._extraction(file, rows), parallel=large)
            with file.transaction():
                correct_unusual_dates(file, rows.streamed, self.reading.time_zone)
                attributes = self.reading.attributes
                facts = {t.name: checks.table_facts(file, t, attributes) for t in TABLES}
                manifest = self._write_manifest(file, facts)
            with self._sealing(file, path) as digest:
                problems = checks.parity(counted_rows(self._transaction, SOURCES), facts)
                for table in TABLES:
                    problems += checks.out_of_order(file, table) + checks.orphans(file, table)
                checks.refuse(problems + self._drops(last, facts))
        return self._finished_file(path, digest, manifest)

    def refreshed(
        self, workspace: Workspace, base: tuple[Path, Manifest], changes: Changes
    ) -> BuiltFile:
        """Continue the last snapshot with what changed since."""
        origin, last = base
        path = self._fresh_path()
        self._begin(sum(changes.changed.values()))
        fetch = Fetch(self._transaction, self._streams, workspace, last, changes)
        with fetch.run(origin, path, self._note_rows) as file:
            refresh = Refresh(
                self._extraction(file, fetch.rows), last, changes, fetch.appended_after
            )
            facts = dict(last.tables)
            for large in (False, True):  # the others change while large tables' rows arrive
                fetch.wait(large=large)
                facts |= refresh.apply(large=large)
            manifest = self._write_manifest(file, facts)
            with self._sealing(file, path) as digest:
                refresh.require_parity(facts)
                checks.refuse(refresh.orphans() + self._drops(last, facts))
        return self._finished_file(path, digest, manifest)

    def _drops(self, last: Manifest | None, facts: dict[str, TableFacts]) -> list[str]:
        return checks.drops(last.tables, facts, self._settings.drop_band) if last else []

    @contextmanager
    def _sealing(self, file: SnapshotFile, path: Path) -> Iterator[Future[str]]:
        """Checkpoint the file; compute its digest and flush it while the block checks its content.

        The file isn't written any more; closing it changes no byte.
        """
        self._report(Stage.BUILT)
        file.seal()
        self._report(Stage.SEALED)
        with ThreadPoolExecutor(2) as pool, file_errors():
            durable = pool.submit(make_durable, path)
            yield pool.submit(digest_of, path)
            durable.result()
        self._report(Stage.CHECKED)

    def _finished_file(self, path: Path, digest: Future[str], manifest: Manifest) -> BuiltFile:
        with file_errors():
            file = StoredFile(self.key, digest.result(), path.stat().st_size)
        return BuiltFile(path, file, manifest)

    def _write_manifest(self, file: SnapshotFile, facts: dict[str, TableFacts]) -> Manifest:
        manifest = self._manifest(facts)
        file.write_manifest(manifest.to_json())
        return manifest

    def _fresh_path(self) -> Path:
        with file_errors():
            path = self._settings.storage.workplace(self.key)
            path.unlink(missing_ok=True)
            return path

    def _extraction(self, file: SnapshotFile, rows: Rows) -> Extraction:
        return Extraction(
            self._transaction, rows, self._streams, file, self._settings.limits, self._note_rows
        )

    def _manifest(self, facts: dict[str, TableFacts]) -> Manifest:
        reading = self.reading
        return Manifest(
            institution_id=reading.institution.id,
            institution_slug=reading.institution.slug,
            snapshot_id=self.id,
            taken_at=reading.taken_at,
            horizon=reading.horizon,
            source=reading.source,
            schema_version=SCHEMA_VERSION,
            time_zone=reading.time_zone,
            first_weekday=reading.first_weekday,
            min_group_size=reading.min_group_size,
            perturbation_key=reading.perturbation_key,
            attributes=reading.attributes,
            tables=facts,
        )

    def _begin(self, total: int) -> None:
        self._arrived, self._total = 0, total
        self._report(Stage.READING)

    def _note_rows(self, rows: int) -> None:
        with self._progress_lock:
            self._arrived += rows
            self._report(Stage.READING)

    def _report(self, stage: Stage) -> None:
        slug = self.reading.institution.slug
        self._progress(Step(stage, slug, self._arrived, max(self._total, self._arrived)))


def store_name(source: str) -> str:
    """Return the part of the store that belongs to a database: its cluster and its number in it."""
    database = source.rsplit("/", 1)[0]
    return hashlib.sha256(database.encode()).hexdigest()[:12]
