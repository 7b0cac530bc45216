"""Taking a snapshot, from the institution's lock to the published row."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from pipelines.snapshots.catalogue import Attempt, Catalogue, Published
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
from pipelines.snapshots.make import Kind, Made, Maker
from pipelines.snapshots.progress import Progress, Stage, Step, silent
from pipelines.snapshots.refresh import FULL_SHARE, find_changes
from pipelines.snapshots.retention import tidy
from pipelines.snapshots.settings import SnapshotSettings
from pipelines.snapshots.shape import reason_for_full
from pipelines.snapshots.update import Changes
from pipelines.snapshots.workspace import Workspace
from pipelines.snapshots.zones import zone_named
from reports.snapshot.manifest import Manifest
from reports.snapshot.storage import StorageError


@dataclass(frozen=True)
class Wish:
    """The options of a run."""

    full: bool = False
    accept_drop: bool = False
    """Publish although a table lost more rows than the band allows."""


@dataclass(frozen=True)
class Outcome:
    """The kind of the result."""

    institution: Institution
    kind: Kind
    snapshot_id: str
    rows: int
    size_bytes: int
    file_digest: str
    reason: str = ""
    """The reason for a full snapshot."""


class SnapshotService:
    """Takes snapshots of one institution after another over the same connections.

    Not for several threads at once; several processes take turns by institution.
    """

    def __init__(self, settings: SnapshotSettings) -> None:
        self.settings = settings
        self.catalogue = Catalogue(settings.database_url)
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
        """Close every connection and remove what was spilled."""
        self.streams.close()
        self.source.close()
        self.catalogue.close()
        self.forget_workspace()

    def roster(self) -> list[Institution]:
        """All institutions. Raises ``SourceError``."""
        return self.catalogue.roster()

    def take(
        self, institution: Institution, wish: Wish | None = None, progress: Progress = silent
    ) -> Outcome:
        """Take a snapshot and publish it, or note that nothing has changed.

        Raises ``SnapshotError`` (``BusyError``, ``SourceError``, ``BuildError``,
        ``ChecksFailedError``) or ``StorageError``; then the last published snapshot serves
        on, and a FAILED row says why if the database can be reached.
        """
        progress(Step(Stage.WAITING, institution.slug))
        with self.catalogue.locked(institution, self.settings.limits.wait_seconds):
            job = _Job(self, institution, wish or Wish(), progress)
            try:
                return job.run()
            except BaseException:
                # Connections may be dead, and after a full disk DuckDB serves nothing else.
                self.streams.close()
                self.source.close()
                self.forget_workspace()
                with suppress(OSError):
                    job.sweep()
                raise

    @property
    def workspace(self) -> Workspace:
        """The DuckDB instance, opened with the first file that is written."""
        if self._workspace is None:
            self._workspace = Workspace(self.settings.limits)
        return self._workspace

    def forget_workspace(self) -> None:
        """Close the DuckDB instance; the next file opens another one."""
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None


class _Job:
    """One institution's snapshot."""

    def __init__(
        self, service: SnapshotService, institution: Institution, wish: Wish, progress: Progress
    ) -> None:
        self._service = service
        self._storage = service.settings.storage
        self._catalogue = service.catalogue
        self._institution = institution
        self._wish = wish
        self._progress = progress
        self._folder = ""

    def sweep(self) -> None:
        """Remove unfinished files of this institution, one's own or a killed run's."""
        if self._folder:
            self._storage.sweep(self._folder)

    def run(self) -> Outcome:
        """Decide, make, publish, tidy."""
        base = self._catalogue.newest(self._institution)
        with self._service.source.reading(self._institution) as transaction:
            maker = Maker(
                self._service.settings, transaction, self._service.streams, self._progress
            )
            self._folder = maker.folder
            self.sweep()
            reason = "it was asked for" if self._wish.full else self._reason(base, transaction)
            changes = None
            if base and not reason:
                changes = find_changes(transaction, base.horizon)
                if not changes.total:
                    return self._unchanged(base, maker)
            try:
                kind, made, reason = self._make(maker, base, changes, reason)
            except (SnapshotError, StorageError) as error:
                self._tell_failure(maker, error)
                raise
        return self._publish(maker, made, kind, reason)

    def _reason(self, base: Published | None, transaction: ReadTransaction) -> str:
        reason = reason_for_full(base, transaction.facts)
        if base and not reason and not self._storage.holds(base.file):
            return "the last snapshot's file is missing or damaged"
        return reason

    def _make(
        self, maker: Maker, base: Published | None, changes: Changes | None, reason: str
    ) -> tuple[Kind, Made, str]:
        """The new file; a refresh that doesn't work out becomes a full one, with the reason."""
        last = base.manifest if base else None
        if base and last and changes:
            rows = sum(facts.rows for facts in last.tables.values())
            if changes.total <= FULL_SHARE * rows:
                try:
                    origin = self._storage.fetch(base.file)
                    made = maker.refreshed(self._service.workspace, (origin, last), changes)
                except (RefreshMismatchError, BuildError, StorageError) as error:
                    self._service.forget_workspace()
                    self.sweep()
                    reason = f"the refresh did not work out ({error})"
                else:
                    return Kind.INCREMENTAL, made, ""
            else:
                reason = "a large part of the rows changed"
        compared = None if self._wish.accept_drop else last
        return Kind.FULL, maker.full(self._service.workspace, compared), reason

    def _unchanged(self, base: Published, maker: Maker) -> Outcome:
        self._catalogue.still_true(self._institution, base.snapshot_id, maker.reading.taken_at)
        manifest = base.manifest
        return Outcome(
            self._institution,
            Kind.UNCHANGED,
            base.snapshot_id,
            _rows(manifest) if manifest else 0,
            base.file.size_bytes,
            base.file.digest,
        )

    def _publish(self, maker: Maker, made: Made, kind: Kind, reason: str) -> Outcome:
        self._storage.publish(made.path, made.file)
        self._tell(Stage.STORED)
        self._catalogue.publish(self._attempt(maker, kind), made.file, made.manifest)
        self._tell(Stage.PUBLISHED)
        settings = self._service.settings
        tidy(
            self._catalogue,
            self._storage,
            self._institution,
            settings.retention,
            own=(maker.folder, zone_named(maker.reading.time_zone)),
        )
        self._tell(Stage.TIDIED)
        return Outcome(
            self._institution,
            kind,
            maker.id,
            _rows(made.manifest),
            made.file.size_bytes,
            made.file.digest,
            reason,
        )

    def _tell_failure(self, maker: Maker, error: Exception) -> None:
        """Best told in the catalogue; but the error itself matters more."""
        problem = " ".join(error.problems) if isinstance(error, ChecksFailedError) else str(error)
        with suppress(SnapshotError):
            self._catalogue.fail(self._attempt(maker, Kind.FULL), problem)

    def _attempt(self, maker: Maker, kind: Kind) -> Attempt:
        reading = maker.reading
        return Attempt(self._institution, maker.id, reading.taken_at, reading.horizon, kind.value)

    def _tell(self, stage: Stage) -> None:
        self._progress(Step(stage, self._institution.slug))


def _rows(manifest: Manifest) -> int:
    return sum(facts.rows for facts in manifest.tables.values())
