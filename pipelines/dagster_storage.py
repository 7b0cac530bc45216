"""Where Dagster keeps its runs: SQLite beside its home, or PostgreSQL where one is named.

Dagster's configuration file can't choose by itself, so it names this class, and one file
serves the single machine and the deployment.
"""

from __future__ import annotations

from collections.abc import Mapping

from dagster import StringSource
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

from pipelines.resources import dagster_database


class ChosenStorage(DagsterStorage):
    """Stands in ``dagster.yaml`` and becomes one of Dagster's own; it has no instances."""

    @classmethod
    def config_type(cls) -> Mapping[str, object]:
        """The folder of the SQLite files, used if no database is named."""
        return {"base_dir": StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, str]
    ) -> DagsterStorage:
        """The storage that the environment asks for."""
        url = dagster_database()
        if url:
            # Only here: a single machine needn't load a second PostgreSQL driver.
            from dagster_postgres.storage import DagsterPostgresStorage  # noqa: PLC0415

            return DagsterPostgresStorage(url, inst_data=inst_data)
        return DagsterSqliteStorage.from_local(config_value["base_dir"], inst_data=inst_data)
