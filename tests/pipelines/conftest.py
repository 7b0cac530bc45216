"""A migrated database for the suite, an institution and a store for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.snapshots.service import SnapshotService
from pipelines.snapshots.settings import SnapshotSettings
from reports.snapshot.storage import LocalStorage
from tests.pipelines.records import Connection, Records, found, superuser
from tests.support.database import migrated_database
from tests.support.services import Database


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    with migrated_database("pipelines") as made:
        yield made


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with superuser(database) as opened:
        yield opened


@pytest.fixture
def springdale(database: Database, connection: Connection) -> Records:
    """An institution without any rows."""
    return found(database, connection)


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


@pytest.fixture
def settings(database: Database, store: LocalStorage) -> SnapshotSettings:
    return SnapshotSettings(database_url=database.urls.etl, storage=store)


@pytest.fixture
def service(settings: SnapshotSettings) -> Iterator[SnapshotService]:
    with SnapshotService(settings) as opened:
        yield opened
