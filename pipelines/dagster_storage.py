"""Dagster's run storage: SQLite in its home, or PostgreSQL where a URL is set.

Dagster's configuration file can't choose by itself, so it names this class, and one file
serves the single machine and the deployment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dagster import StringSource
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

from pipelines.resources import dagster_database

_DRIVER: Final = "postgresql+psycopg2"
_PLAIN: Final = frozenset({"postgres", "postgresql"})


class ChosenStorage(DagsterStorage):
    """A factory named in ``dagster.yaml`` that returns one of Dagster's own classes."""

    @classmethod
    def config_type(cls) -> Mapping[str, object]:
        """Return the folder of the SQLite files, used if no database is named."""
        return {"base_dir": StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, str]
    ) -> DagsterStorage:
        """Return the storage that the environment configures."""
        url = dagster_database()
        if url:
            # Only here: a single machine needn't load a second PostgreSQL driver.
            from dagster_postgres.storage import DagsterPostgresStorage  # noqa: PLC0415

            return DagsterPostgresStorage(with_driver(url), inst_data=inst_data)
        return DagsterSqliteStorage.from_local(config_value["base_dir"], inst_data=inst_data)


def with_driver(url: str) -> str:
    """Return the URL with the driver named that dagster-postgres is written for, and depends on.

    It sends statements that psycopg 2 alone can send (NOTIFY with a parameter) and reads that
    driver's errors; which driver a plain ``postgresql://`` means is SQLAlchemy's to change, and
    was changed in 2.1.
    """
    scheme, separator, rest = url.partition("://")
    return f"{_DRIVER}{separator}{rest}" if scheme in _PLAIN else url
