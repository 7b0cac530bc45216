"""Real snapshots for tests, taken in this process."""

from __future__ import annotations

from pathlib import Path

from pipelines.snapshots.service import Outcome, SnapshotService
from pipelines.snapshots.settings import SnapshotSettings
from reports.snapshot.storage import LocalStorage
from tests.support.services import Database


def take_snapshots(database: Database, store: Path) -> list[Outcome]:
    """A snapshot of each institution of the database, into a folder."""
    settings = SnapshotSettings(database_url=database.urls.etl, storage=LocalStorage(store))
    with SnapshotService(settings) as service:
        return [service.take(institution) for institution in service.roster()]
