"""Take a snapshot, from the institution's lock to the published row."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from pipelines.snapshots.builder import BuiltFile, SnapshotBuilder, SnapshotKind
from pipelines.snapshots.errors import (
    BuildError,
    ChecksFailedError,
    RefreshMismatchError,
    SnapshotError,
)
from pipelines.snapshots.extract import (
    Institution,
    ReadTransaction,
    SourceConnection,
    Streams,
)
from pipelines.snapshots.progress import Progress, Stage, Step, silent
from pipelines.snapshots.refresh import FULL_SHARE, find_changes
from pipelines.snapshots.registry import Attempt, Published, SnapshotRegistry
from pipelines.snapshots.retention import tidy
from pipelines.snapshots.settings import SnapshotSettings
from pipelines.snapshots.shape import reason_for_full
from pipelines.snapshots.update import Changes
from pipelines.snapshots.workspace import Workspace
from pipelines.snapshots.zones import zone_named
from reports.snapshot.manifest import Manifest
from reports.snapshot.storage import StorageError


@dataclass(frozen=True)
class SnapshotRequest:
    """The options of a run."""

    full: bool = False
    accept_drop: bool = False
    """Publish although a table lost more rows than the band allows."""


@dataclass(frozen=True)
class Outcome:
    """The kind of the result."""

    institution: Institution
    kind: SnapshotKind
    snapshot_id: str
    rows: int
    size_bytes: int
    file_digest: str
    reason: str = ""
    """The reason for a full snapshot."""


class SnapshotService:
    """Takes snapshots of one institution after another over the same connections.

    For one thread at a time; several processes exclude each other by the institution's lock.
    """

    def __init__(self, settings: SnapshotSettings) -> None:
        self.settings = settings
        self.registry = SnapshotRegistry(settings.database_url)
        self.source = SourceConnection(settings.database_url)
        self.streams = Streams(settings.database_url)
        self._workspace: Workspace | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection and remove spilled files."""
        self.streams.close()
        self.source.close()
        self.registry.close()
        self.discard_workspace()

    def roster(self) -> list[Institution]:
        """Return all institutions. Raises ``SourceError``."""
        return self.registry.roster()

    def take(
        self,
        institution: Institution,
        request: SnapshotRequest | None = None,
        progress: Progress = silent,
    ) -> Outcome:
        """Take a snapshot and publish it, or record that nothing has changed.

        Raises ``SnapshotError`` (``BusyError``, ``SourceError``, ``BuildError``,
        ``ChecksFailedError``) or ``StorageError``; then the last published snapshot stays in
        use, and a FAILED row has the reason if the database can be reached.
        """
        progress(Step(Stage.WAITING, institution.slug))
        with self.registry.locked(institution, self.settings.limits.wait_seconds):
            job = _Job(self, institution, request or SnapshotRequest(), progress)
            try:
                return job.run()
            except BaseException:
                # Connections may be dead, and after a full disk DuckDB refuses all statements.
                self.streams.close()
                self.source.close()
                self.discard_workspace()
                with suppress(OSError):
                    job.sweep()
                raise

    @property
    def workspace(self) -> Workspace:
        """The DuckDB instance, opened with the first file that is written."""
        if self._workspace is None:
            self._workspace = Workspace(self.settings.limits)
        return self._workspace

    def discard_workspace(self) -> None:
        """Close the DuckDB instance; the next file opens a new one."""
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None


class _Job:
    """One institution's snapshot."""

    def __init__(
        self,
        service: SnapshotService,
        institution: Institution,
        request: SnapshotRequest,
        progress: Progress,
    ) -> None:
        self._service = service
        self._storage = service.settings.storage
        self._registry = service.registry
        self._institution = institution
        self._request = request
        self._progress = progress
        self._folder = ""

    def sweep(self) -> None:
        """Remove unfinished files of this institution, also those of a killed run."""
        if self._folder:
            self._storage.sweep(self._folder)

    def run(self) -> Outcome:
        """Decide, build, publish, apply the retention rule."""
        base = self._registry.newest(self._institution)
        with self._service.source.reading(self._institution) as transaction:
            builder = SnapshotBuilder(
                self._service.settings, transaction, self._service.streams, self._progress
            )
            self._folder = builder.folder
            self.sweep()
            reason = "it was requested" if self._request.full else self._reason(base, transaction)
            changes = None
            if base and base.manifest and not reason:
                changes = find_changes(transaction, base.manifest)
                if not changes.total:
                    return self._unchanged(base, builder)
            try:
                kind, built, reason = self._build(builder, base, changes, reason)
            except (SnapshotError, StorageError) as error:
                self._record_failure(builder, error)
                raise
        return self._publish(builder, built, kind, reason)

    def _reason(self, base: Published | None, transaction: ReadTransaction) -> str:
        reason = reason_for_full(base, transaction.facts)
        if base and not reason and not self._storage.holds(base.file):
            return "the last snapshot's file is missing or damaged"
        return reason

    def _build(
        self, builder: SnapshotBuilder, base: Published | None, changes: Changes | None, reason: str
    ) -> tuple[SnapshotKind, BuiltFile, str]:
        """Build the file; a refresh that fails becomes a full snapshot, with the reason."""
        last = base.manifest if base else None
        if base and last and changes:
            rows = sum(facts.rows for facts in last.tables.values())
            if changes.total <= FULL_SHARE * rows:
                try:
                    origin = self._storage.fetch(base.file)
                    built = builder.refreshed(self._service.workspace, (origin, last), changes)
                except (RefreshMismatchError, BuildError, StorageError) as error:
                    self._service.discard_workspace()
                    self.sweep()
                    reason = f"the refresh failed ({error})"
                else:
                    return SnapshotKind.INCREMENTAL, built, ""
            else:
                reason = "a large part of the rows changed"
        compared = None if self._request.accept_drop else last
        return SnapshotKind.FULL, builder.full(self._service.workspace, compared), reason

    def _unchanged(self, base: Published, builder: SnapshotBuilder) -> Outcome:
        self._registry.still_true(self._institution, base.snapshot_id, builder.reading.taken_at)
        manifest = base.manifest
        return Outcome(
            self._institution,
            SnapshotKind.UNCHANGED,
            base.snapshot_id,
            _rows(manifest) if manifest else 0,
            base.file.size_bytes,
            base.file.digest,
        )

    def _publish(
        self, builder: SnapshotBuilder, built: BuiltFile, kind: SnapshotKind, reason: str
    ) -> Outcome:
        self._storage.publish(built.path, built.file)
        self._report(Stage.STORED)
        self._registry.publish(self._attempt(builder, kind), built.file, built.manifest)
        self._report(Stage.PUBLISHED)
        settings = self._service.settings
        tidy(
            self._registry,
            self._storage,
            self._institution,
            settings.retention,
            own=(builder.folder, zone_named(builder.reading.time_zone)),
        )
        self._report(Stage.TIDIED)
        return Outcome(
            self._institution,
            kind,
            builder.id,
            _rows(built.manifest),
            built.file.size_bytes,
            built.file.digest,
            reason,
        )

    def _record_failure(self, builder: SnapshotBuilder, error: Exception) -> None:
        """Record the failure in the registry if it can be reached; the error itself is raised."""
        problem = " ".join(error.problems) if isinstance(error, ChecksFailedError) else str(error)
        with suppress(SnapshotError):
            self._registry.fail(self._attempt(builder, SnapshotKind.FULL), problem)

    def _attempt(self, builder: SnapshotBuilder, kind: SnapshotKind) -> Attempt:
        reading = builder.reading
        return Attempt(self._institution, builder.id, reading.taken_at, reading.horizon, kind.value)

    def _report(self, stage: Stage) -> None:
        self._progress(Step(stage, self._institution.slug))


def _rows(manifest: Manifest) -> int:
    return sum(facts.rows for facts in manifest.tables.values())
