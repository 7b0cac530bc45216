"""Resources from the environment; no other module of pipelines reads it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import dagster as dg

from pipelines.snapshots.errors import SnapshotError
from pipelines.snapshots.progress import Progress, silent
from pipelines.snapshots.service import SnapshotService
from pipelines.snapshots.settings import DropBand, Limits, Retention, SnapshotSettings
from reports.snapshot.storage import open_storage

DAGSTER_URL: Final = "DAGSTER_POSTGRES_URL"


class Snapshots:
    """Opens the snapshot service when a run needs it, so that definitions load without."""

    def __init__(self, progress: Progress = silent) -> None:
        self.progress = progress

    @contextmanager
    def service(self) -> Iterator[SnapshotService]:
        """Open the service, closed at the end.

        Raises ``SnapshotError`` if a setting is missing or can't be understood.
        """
        with SnapshotService(settings_from_environment()) as service:
            yield service


@dg.resource(description="Takes snapshots; reads DATABASE_ETL_URL and SNAPSHOT_URL when used.")
def snapshots_resource(_: dg.InitResourceContext) -> Snapshots:
    """The resource of every run that Dagster launches."""
    return Snapshots()


def use_product_settings() -> None:
    """Let Django find the product's settings, which read their own variables."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "optilearn.config.settings")


def home() -> Path:
    """Return the folder for all files of the product on this machine."""
    return Path(os.environ.get("OPTILEARN_HOME") or ".optilearn").absolute()


def settings_from_environment() -> SnapshotSettings:
    """Read the variables named in docs/snapshots.md.

    Raises ``SnapshotError`` naming the variable, never its value.
    """
    default_store = (home() / "snapshots").as_uri()
    try:
        storage = open_storage(
            os.environ.get("SNAPSHOT_URL") or default_store, cache=home() / "snapshot-cache"
        )
    except ValueError as error:
        raise SnapshotError(f"SNAPSHOT_URL: {error}") from None
    return SnapshotSettings(
        database_url=_secret("DATABASE_ETL_URL"),
        storage=storage,
        limits=Limits(
            memory_mib=_whole("SNAPSHOT_MEMORY_MIB", Limits.memory_mib, least=64),
            connections=_whole("SNAPSHOT_CONNECTIONS", Limits.connections, least=1),
        ),
        retention=Retention(
            all_days=_whole("SNAPSHOT_KEEP_ALL_DAYS", Retention.all_days, least=0),
            daily_days=_whole("SNAPSHOT_KEEP_DAILY_DAYS", Retention.daily_days, least=0),
        ),
        drop_band=DropBand(
            fraction=_whole("SNAPSHOT_MAX_DROP_PERCENT", 50, least=1) / 100,
        ),
    )


def dagster_database() -> str:
    """Return the PostgreSQL database of Dagster's own records; empty means SQLite in its home.

    Raises ``SnapshotError`` if it is given by a file that can't be read.
    """
    return _given(DAGSTER_URL)


def prepare_dagster_home() -> Path:
    """Dagster's home: DAGSTER_HOME, or a folder below ours, with its configuration.

    Returns the folder, and sets the variable, which Dagster itself and its children read.
    """
    folder = Path(os.environ.get("DAGSTER_HOME") or home() / "dagster").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    configured, ours = folder / "dagster.yaml", Path(__file__).parent.parent / "dagster.yaml"
    if not configured.exists() and ours.exists():
        partial = configured.with_suffix(f".{os.getpid()}")
        partial.write_bytes(ours.read_bytes())
        partial.replace(configured)
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def _secret(name: str) -> str:
    value = _given(name)
    if not value:
        raise SnapshotError(f"{name} is not set; snapshots read PostgreSQL as the role in it.")
    return value


def _given(name: str) -> str:
    """Return the variable, or the content of the file in ``<name>_FILE``; empty if unset."""
    file = os.environ.get(f"{name}_FILE")
    try:
        return Path(file).read_text().strip() if file else os.environ.get(name, "")
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotError(f"{name}_FILE can't be read: {error}") from None


def _whole(name: str, default: int, *, least: int) -> int:
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise SnapshotError(f"{name} must be a whole number of at least {least}.")
    return int(text)
