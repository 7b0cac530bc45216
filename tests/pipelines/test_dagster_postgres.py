"""Dagster's own records in PostgreSQL: what its daemon does there, from a tick to a snapshot."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.sensor import execute_sensor_iteration
from dagster._scheduler.scheduler import launch_scheduled_runs

from pipelines.dagster_storage import with_driver
from pipelines.definitions import defs
from pipelines.institutions import add_institutions, known_institutions, range_tags
from pipelines.resources import prepare_dagster_home
from tests.pipelines.records import found, superuser
from tests.support.database import migrated_database
from tests.support.services import Database, fresh_database

pytestmark = pytest.mark.slow

ASSET = dg.AssetKey("institution_snapshot")
LOG = logging.getLogger("daemon")


@pytest.fixture(scope="module")
def own() -> Iterator[Database]:
    with migrated_database("dagster_pg") as made:
        with superuser(made) as admin:
            for slug in ("north", "south"):
                found(made, admin, slug=slug).some(students=1, events=1)
        yield made


@pytest.fixture
def instance(
    own: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DATABASE_ETL_URL", own.urls.etl)
    monkeypatch.setenv("OPTILEARN_HOME", str(tmp_path))
    for name in ("SNAPSHOT_URL", "DAGSTER_HOME", "DAGSTER_POSTGRES_URL_FILE"):
        monkeypatch.delenv(name, raising=False)
    with fresh_database("runs") as database:
        monkeypatch.setenv("DAGSTER_POSTGRES_URL", database.urls.owner)
        monkeypatch.setenv("DAGSTER_HOME", str(prepare_dagster_home()))
        with dg.DagsterInstance.get() as made:
            yield made
        assert not (tmp_path / "dagster" / "history").exists()


@pytest.fixture
def workspace(instance: dg.DagsterInstance) -> Iterator[WorkspaceProcessContext]:
    target = ModuleTarget("pipelines.definitions", None, None, "pipelines")
    with WorkspaceProcessContext(instance, target) as opened:
        yield opened


def test_a_whole_snapshot(instance: dg.DagsterInstance) -> None:
    add_institutions(instance, ["north", "south"])
    result = defs.resolve_job_def("snapshots").execute_in_process(
        instance=instance, tags=range_tags("north", "south"), raise_on_error=False
    )
    assert result.success
    assert instance.get_materialized_partitions(ASSET) == {"north", "south"}
    event = instance.get_latest_materialization_event(ASSET)
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["kind"].value == "FULL"
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.SUCCESS


@pytest.mark.slow
def test_a_tick_of_the_sensor_and_of_the_schedule(
    instance: dg.DagsterInstance, workspace: WorkspaceProcessContext
) -> None:
    """As the daemon does them: the roster becomes partitions, the full hour a queued run."""
    list(execute_sensor_iteration(workspace, LOG, None, None))
    assert set(known_institutions(instance)) >= {"north", "south"}

    now = datetime.now(UTC)
    times: dict[str, object] = {}
    for moment in (now, now + timedelta(hours=1)):
        list(launch_scheduled_runs(workspace, LOG, moment, times))  # type: ignore[arg-type]
    ticks = [
        tick
        for state in instance.all_instigator_state()
        for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id)
    ]
    assert {tick.instigator_name for tick in ticks} >= {"institution_roster", "hourly_snapshots"}
    assert not [tick.error for tick in ticks if tick.error]
    queued = instance.get_runs(filters=dg.RunsFilter(job_name="refreshed_snapshots"))
    assert [run.status for run in queued] == [dg.DagsterRunStatus.QUEUED] * len(queued)
    assert len(queued) >= 1


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("postgresql://d:p%40@h:5433/x?sslmode=require", "postgresql+psycopg2://d:p%40@h:5433/x?sslmode=require"),
        ("postgres://d@/x?host=/run/pg", "postgresql+psycopg2://d@/x?host=/run/pg"),
        ("postgresql+psycopg2://d@h/x", "postgresql+psycopg2://d@h/x"),
    ],
)  # fmt: skip
def test_the_driver_is_named(url: str, used: str) -> None:
    assert with_driver(url) == used


def test_the_database_can_be_named_by_a_file(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_institutions(instance, ["north"])
    file = tmp_path / "secret"
    file.write_text(os.environ["DAGSTER_POSTGRES_URL"] + "\n")
    monkeypatch.delenv("DAGSTER_POSTGRES_URL")
    monkeypatch.setenv("DAGSTER_POSTGRES_URL_FILE", str(file))
    with dg.DagsterInstance.get() as again:
        assert known_institutions(again) == ["north"]
