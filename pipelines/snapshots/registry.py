"""The registry of snapshots in PostgreSQL, and the lock of each institution."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from psycopg.types.json import Jsonb

from pipelines.snapshots.errors import BusyError, SourceError
from pipelines.snapshots.extract import Institution, source_errors
from reports.snapshot.manifest import Manifest
from reports.snapshot.schema import SCHEMA_VERSION
from reports.snapshot.storage import StoredFile

_LOCK: Final = "hashtextextended('optilearn.snapshot', %s)"

_PUBLISHED: Final = """
SELECT snapshot_id, horizon, storage_key, file_digest, size_bytes, manifest::text
  FROM analytics_snapshot
 WHERE institution_id = %s AND status = 'PUBLISHED' ORDER BY id DESC LIMIT 1
"""

_ALL_PUBLISHED: Final = """
SELECT snapshot_id, horizon, storage_key, file_digest, size_bytes, manifest::text
  FROM analytics_snapshot
 WHERE institution_id = %s AND status = 'PUBLISHED' ORDER BY id
"""

_INSERT: Final = """
INSERT INTO analytics_snapshot (institution_id, snapshot_id, taken_at, horizon, schema_version,
    kind, status, storage_key, size_bytes, file_digest, manifest, problem, checked_at,
    published_at)
VALUES (%(institution)s, %(snapshot)s, %(taken_at)s, %(horizon)s, %(schema)s, %(kind)s,
    %(status)s, %(key)s, %(size)s, %(digest)s, %(manifest)s, %(problem)s, now(),
    CASE WHEN %(status)s = 'PUBLISHED' THEN now() END)
"""


@dataclass(frozen=True)
class Published:
    """A published snapshot as the registry has it."""

    snapshot_id: str
    horizon: str
    file: StoredFile
    manifest_text: str

    @property
    def manifest(self) -> Manifest | None:
        """The manifest, or nothing if this version of the product can't read it."""
        try:
            return Manifest.from_json(self.manifest_text)
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True)
class Attempt:
    """The values of a new registry row besides its outcome."""

    institution: Institution
    snapshot_id: str
    taken_at: datetime
    horizon: str
    kind: str


@dataclass(frozen=True)
class RetainedSnapshot:
    """A published row, as the retention rule needs it."""

    snapshot_id: str
    taken_at: datetime
    key: str


class SnapshotRegistry:
    """The registry over one connection; each write is a small transaction."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._locked = False

    def close(self) -> None:
        """Close the connection, and with it every lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def roster(self) -> list[Institution]:
        """Return all institutions, by id."""
        with source_errors():
            rows = self._connected().execute(
                "SELECT id, slug FROM institutions_institution ORDER BY id"
            )
            return [Institution(*row) for row in rows.fetchall()]

    @contextmanager
    def locked(self, institution: Institution, wait_seconds: float) -> Iterator[None]:
        """Hold the institution's lock; PostgreSQL frees it if this process dies.

        Raises ``BusyError`` if another snapshot doesn't end in time.
        """
        with source_errors():
            connection = self._connected()
            connection.execute(f"SET lock_timeout = {max(1, int(wait_seconds * 1000))}")
            try:
                connection.execute(f"SELECT pg_advisory_lock({_LOCK})", [institution.id])
            except psycopg.errors.LockNotAvailable:
                raise BusyError(
                    f"Another snapshot of {institution.slug} is being taken and did not end "
                    f"within {wait_seconds:g} s."
                ) from None
        self._locked = True
        try:
            yield
        finally:
            self._locked = False
            with suppress(psycopg.Error):
                connection.execute(f"SELECT pg_advisory_unlock({_LOCK})", [institution.id])

    def newest(self, institution: Institution) -> Published | None:
        """Return the snapshot in use: the last published one, as clocks may jump."""
        with self._within(institution) as connection:
            row = connection.execute(_PUBLISHED, [institution.id]).fetchone()
        if row is None:
            return None
        snapshot_id, horizon, key, digest, size, manifest = row
        return Published(snapshot_id, horizon, StoredFile(key, digest, size), manifest)

    def published(self, institution: Institution) -> list[Published]:
        """Return every snapshot whose file is stored, in order of publication."""
        with self._within(institution) as connection:
            rows = connection.execute(_ALL_PUBLISHED, [institution.id]).fetchall()
        return [
            Published(snapshot_id, horizon, StoredFile(key, digest, size), manifest)
            for snapshot_id, horizon, key, digest, size, manifest in rows
        ]

    def replace_file(
        self, institution: Institution, before: Published, file: StoredFile, manifest: str
    ) -> None:
        """Replace a snapshot's file: from this commit on the rewritten one is in use."""
        with self._within(institution) as connection:
            connection.execute(
                "UPDATE analytics_snapshot SET storage_key = %s, file_digest = %s, "
                "size_bytes = %s, manifest = %s WHERE institution_id = %s AND snapshot_id = %s "
                "AND storage_key = %s",
                [
                    file.key,
                    file.digest,
                    file.size_bytes,
                    manifest,
                    institution.id,
                    before.snapshot_id,
                    before.file.key,
                ],
            )

    def publish(self, attempt: Attempt, file: StoredFile, manifest: Manifest) -> None:
        """Insert the row of a snapshot: from this commit on it is in use."""
        facts = {"key": file.key, "size": file.size_bytes, "digest": file.digest}
        self._insert(attempt, facts | {"manifest": manifest.to_json(), "status": "PUBLISHED"})

    def fail(self, attempt: Attempt, problem: str) -> None:
        """Record that a snapshot was not published, and why; the last good one stays in use."""
        self._insert(attempt, {"problem": problem, "status": "FAILED"})

    def still_true(self, institution: Institution, snapshot_id: str, taken_at: datetime) -> None:
        """Record that nothing had changed at an instant since a published snapshot."""
        with self._within(institution) as connection:
            connection.execute(
                "UPDATE analytics_snapshot SET checked_at = %s "
                "WHERE institution_id = %s AND snapshot_id = %s",
                [taken_at, institution.id, snapshot_id],
            )

    def retained(self, institution: Institution) -> tuple[datetime, list[RetainedSnapshot]]:
        """Return the database's time, and all published rows in order of publication."""
        with self._within(institution) as connection:
            rows = connection.execute(
                "SELECT snapshot_id, taken_at, storage_key, now() FROM analytics_snapshot "
                "WHERE institution_id = %s AND status = 'PUBLISHED' ORDER BY id",
                [institution.id],
            ).fetchall()
        now = rows[-1][3] if rows else datetime.min.replace(tzinfo=UTC)
        return now, [RetainedSnapshot(*row[:3]) for row in rows]

    def prune(self, institution: Institution, snapshot_ids: list[str]) -> None:
        """Mark snapshots as pruned, before their files are deleted."""
        with self._within(institution) as connection:
            connection.execute(
                "UPDATE analytics_snapshot SET status = 'PRUNED' "
                "WHERE institution_id = %s AND snapshot_id = ANY(%s)",
                [institution.id, snapshot_ids],
            )

    def _insert(self, attempt: Attempt, values: dict[str, object]) -> None:
        row = {
            "institution": attempt.institution.id,
            "snapshot": attempt.snapshot_id,
            "taken_at": attempt.taken_at,
            "horizon": attempt.horizon,
            "schema": SCHEMA_VERSION,
            "kind": attempt.kind,
            "key": "",
            "size": 0,
            "digest": "",
            "manifest": Jsonb({}),
            "problem": "",
        }
        with self._within(attempt.institution) as connection:
            connection.execute(_INSERT, row | values)

    @contextmanager
    def _within(self, institution: Institution) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        with source_errors():
            connection = self._connected()
            with connection.transaction():
                connection.execute(
                    "SELECT set_config('optilearn.institution_id', %s, true)",
                    [str(institution.id)],
                )
                yield connection

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            if self._locked:
                raise SourceError("PostgreSQL went away, and with it the institution's lock.")
            self._connection = psycopg.connect(
                self._url, autocommit=True, application_name="optilearn snapshot registry"
            )
        return self._connection
