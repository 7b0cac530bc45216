"""Looking into published snapshots without the code that made them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipelines.snapshots.service import SnapshotService
from reports.snapshot.manifest import Manifest
from reports.snapshot.storage import digest_of
from tests.pipelines.records import Records


def published_path(service: SnapshotService, records: Records) -> Path:
    """The file that serves, compared with what the registry says of it."""
    newest = service.registry.newest(records.institution)
    assert newest is not None
    path = service.settings.storage.fetch(newest.file)
    assert digest_of(path) == newest.file.digest
    return path


@contextmanager
def published(service: SnapshotService, records: Records) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file that serves, opened for reading."""
    with duckdb.connect(str(published_path(service, records)), read_only=True) as opened:
        yield opened


def rows(service: SnapshotService, records: Records, query: str) -> list[tuple[Any, ...]]:
    """A query on the snapshot that serves."""
    with published(service, records) as file:
        return file.execute(query).fetchall()


def manifest(service: SnapshotService, records: Records) -> Manifest:
    """What the file itself says."""
    return Manifest.from_json(rows(service, records, "SELECT document FROM _manifest")[0][0])


def registry(records: Records) -> list[tuple[Any, ...]]:
    """(kind, status, problem) of the institution's rows, oldest first."""
    return records.run(
        "SELECT kind, status, problem FROM analytics_snapshot WHERE institution_id = $i ORDER BY id"
    )
