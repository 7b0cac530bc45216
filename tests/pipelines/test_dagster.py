"""The Dagster side: real runs on a real instance."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.assets import FULL_TAG
from pipelines.definitions import defs
from pipelines.in_process import run_in_process
from pipelines.institutions import (
    INSTITUTIONS,
    add_institutions,
    known_institutions,
    range_tags,
    ranges_of,
)
from pipelines.resources import Snapshots
from pipelines.schedules import hourly_snapshots, nightly_snapshots
from tests.pipelines.records import Connection, Records, found
from tests.support.database import ROOT, migrated_database
from tests.support.services import Database

pytestmark = pytest.mark.slow

ASSET = dg.AssetKey("institution_snapshot")


@pytest.fixture(scope="module")
def own() -> Iterator[Database]:
    """A database whose institutions are only those of these tests."""
    with migrated_database("dagster") as made:
        yield made


@pytest.fixture
def admin(own: Database) -> Iterator[Connection]:
    from tests.pipelines.records import superuser

    with superuser(own) as connection:
        yield connection


@pytest.fixture
def schools(own: Database, admin: Connection) -> dict[str, Records]:
    made = {}
    for slug in ("north", "south", "west"):
        row = admin.execute("SELECT 1 FROM institutions_institution WHERE slug = %s", [slug])
        if row.fetchone():
            admin.execute(
                "UPDATE institutions_institution SET slug = slug || id WHERE slug = %s", [slug]
            )
        made[slug] = found(own, admin, slug=slug)
        made[slug].some(students=1, events=1)
    return made


@pytest.fixture
def environment(own: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_ETL_URL", own.urls.etl)
    monkeypatch.setenv("OPTILEARN_HOME", str(tmp_path / "home"))
    for name in ("SNAPSHOT_URL", "DAGSTER_HOME", "DAGSTER_POSTGRES_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def instance(environment: None, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as made:
        yield made


def run(instance: dg.DagsterInstance, **tags: str) -> dg.ExecuteInProcessResult:
    known = known_institutions(instance)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return defs.resolve_job_def("snapshots").execute_in_process(
        instance=instance,
        tags=range_tags(known[0], known[-1]) | tags,
        run_config=quiet,
        raise_on_error=False,
    )


def test_definitions_load_without_environment() -> None:
    code = "from pipelines.definitions import defs; print(len(defs.resolve_all_job_defs()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    assert int(done.stdout) >= 1


def test_one_run_handles_all(instance: dg.DagsterInstance, schools: dict[str, Records]) -> None:
    add_institutions(instance, list(schools))
    result = run(instance)
    assert result.success
    assert instance.get_materialized_partitions(ASSET) == {"north", "south", "west"}
    assert len(instance.get_runs()) == 1
    event = instance.get_latest_materialization_event(ASSET)
    assert event is not None
    made = event.asset_materialization
    assert made is not None
    assert made.metadata["kind"].value == "FULL"
    run(instance)
    kinds = [
        e.step_materialization_data.materialization.metadata["kind"].value
        for e in run(instance, **{FULL_TAG: "true"}).all_events
        if e.is_step_materialization
    ]
    assert kinds == ["FULL"] * 3


def test_one_that_fails_does_not_stop_the_others(
    instance: dg.DagsterInstance, schools: dict[str, Records]
) -> None:
    schools["south"].run(
        "UPDATE institutions_institution SET time_zone = 'Mars/Olympus' WHERE id = $i"
    )
    add_institutions(instance, [*schools, "gone"])
    result = run(instance)
    assert not result.success
    assert instance.get_materialized_partitions(ASSET) == {"north", "west"}
    failure = next(e for e in result.all_events if e.is_step_failure).step_failure_data
    assert failure.user_failure_data is not None
    assert "south: The institution's time zone 'Mars/Olympus'" in str(
        failure.user_failure_data.description
    )


def tick(instance: dg.DagsterInstance) -> Any:
    """As the daemon evaluates the sensor."""
    context = dg.build_sensor_context(
        instance=instance,
        definitions=defs,
        sensor_name="institution_roster",
        resources={"snapshots": Snapshots()},
    )
    return defs.resolve_sensor_def("institution_roster").evaluate_tick(context)


def requested(result: Any) -> dict[str, set[str]]:
    assert result.skip_message in {None, "Sensor function returned an empty result"}
    return {
        type(r).__name__.removesuffix("DynamicPartitionsRequest").lower(): set(r.partition_keys)
        for r in result.dynamic_partitions_requests or []
    }


def test_the_sensor_adds_and_removes(
    instance: dg.DagsterInstance, schools: dict[str, Records]
) -> None:
    first = requested(tick(instance))
    assert first["add"] >= {"north", "south", "west"}
    add_institutions(instance, [*first["add"], "closed"])
    assert requested(tick(instance)) == {"delete": {"closed"}}


def test_the_sensor_waits_for_a_run_under_way(
    instance: dg.DagsterInstance, schools: dict[str, Records]
) -> None:
    add_institutions(instance, [*requested(tick(instance))["add"], "closed", "closing"])
    job = defs.resolve_job_def("snapshots")
    instance.create_run_for_job(
        job, status=dg.DagsterRunStatus.STARTED, tags=range_tags("closing", "closing")
    )
    assert requested(tick(instance)) == {"delete": {"closed"}}
    instance.create_run_for_job(
        job, status=dg.DagsterRunStatus.NOT_STARTED, tags={"dagster/partition": "closed"}
    )
    assert requested(tick(instance)) == {}


def test_a_roster_that_can_not_be_read_changes_nothing(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_institutions(instance, ["north"])
    monkeypatch.setenv("DATABASE_ETL_URL", "postgresql://etl@127.0.0.1:1/none")
    result = tick(instance)
    assert "can't be read" in result.skip_message
    assert not result.dynamic_partitions_requests
    assert known_institutions(instance) == ["north"]


def test_an_empty_roster_changes_nothing(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    with migrated_database("empty") as empty:
        monkeypatch.setenv("DATABASE_ETL_URL", empty.urls.etl)
        assert requested(tick(instance)) == {}
        add_institutions(instance, ["north"])
        result = tick(instance)
        assert "kept as is" in result.skip_message
        assert not result.dynamic_partitions_requests


def test_schedules_ask_for_one_run_of_all(instance: dg.DagsterInstance) -> None:
    with dg.build_schedule_context(instance=instance) as context:
        assert isinstance(hourly_snapshots(context), dg.SkipReason)
    add_institutions(instance, ["north", "south", "west"])
    with dg.build_schedule_context(instance=instance) as context:
        hourly, nightly = hourly_snapshots(context), nightly_snapshots(context)
    assert isinstance(hourly, dg.RunRequest)
    assert isinstance(nightly, dg.RunRequest)
    assert hourly.tags == range_tags("north", "west")
    assert nightly.tags == range_tags("north", "west") | {FULL_TAG: "true"}


@pytest.mark.parametrize(
    ("wanted", "ranges"),
    [
        ("abcde", [("a", "e")]),
        ("ca", [("a", "a"), ("c", "c")]),
        ("abde", [("a", "b"), ("d", "e")]),
        ("", []),
        ("x", []),
    ],
)
def test_ranges(wanted: str, ranges: list[tuple[str, str]]) -> None:
    assert ranges_of(wanted, "abcde") == ranges
    assert INSTITUTIONS.name == "institution"


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines.snapshots", *words],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


def test_a_run_leaves_the_signals_as_they_were(
    environment: None, schools: dict[str, Records], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a shell's background job, whose SIGINT is ignored, SIGTERM still ends the command."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    handler, before = signal.getsignal(signal.SIGTERM), signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        (result,) = run_in_process("snapshots", ["north"])
        assert result.success
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_command(environment: None, schools: dict[str, Records], tmp_path: Path) -> None:
    done = command("--institution", "north", "--institution", "west")
    assert done.returncode == 0, done.stderr
    assert done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if ":" in line and "full" in line]
    assert [line.split(":")[0] for line in lines] == ["north", "west"]
    again = command("--institution", "north")
    assert "north: unchanged since" in again.stderr
    assert command("--institution", "nowhere").returncode == 2
    assert (tmp_path / "home" / "dagster" / "history").is_dir()
