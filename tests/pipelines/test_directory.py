"""The asset before the snapshots: OptiCRM's people, refreshed if it can be had."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from optilearn.demo.opticrm import CrmSchool, Kind, OptiCrmServer
from optilearn.demo.opticrm.server import API_KEY
from pipelines.definitions import defs
from pipelines.directory import Directory
from pipelines.institutions import add_institutions, known_institutions, range_tags
from tests.pipelines.records import Connection, Records, found, superuser
from tests.support.database import ROOT, migrated_database
from tests.support.services import Database, redis_url

pytestmark = pytest.mark.slow

DIRECTORY = dg.AssetKey("directory")
SNAPSHOT = dg.AssetKey("institution_snapshot")


@pytest.fixture(scope="module")
def own() -> Iterator[Database]:
    with migrated_database("directory") as made:
        yield made


@pytest.fixture
def admin(own: Database) -> Iterator[Connection]:
    with superuser(own) as connection:
        yield connection


@pytest.fixture
def schools(own: Database, admin: Connection) -> dict[str, Records]:
    admin.execute("UPDATE institutions_institution SET slug = slug || '-' || id")
    made = {slug: found(own, admin, slug=slug) for slug in ("north", "south")}
    for records in made.values():
        records.some(students=1, events=1)
    return made


@pytest.fixture
def crm(admin: Connection, schools: dict[str, Records]) -> Iterator[OptiCrmServer]:
    rows = admin.execute("SELECT slug, crm_id FROM institutions_institution").fetchall()
    with OptiCrmServer({slug: school(crm_id) for slug, crm_id in rows}) as server:
        yield server


def school(crm_id: str) -> CrmSchool:
    return CrmSchool(
        crm_id,
        students={"s-new": {"name": "Naya", "sectionId": "6A"}},
        classes=[{"id": "6", "name": "Six", "sections": [{"id": "6A", "name": "A"}]}],
    )


@pytest.fixture
def instance(
    own: Database, crm: OptiCrmServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    variables = own.environment() | {
        "REDIS_URL": redis_url(),
        "OPTILEARN_HOME": str(tmp_path / "home"),
        "OPTICRM_URL": crm.url,
        "OPTICRM_API_KEY": API_KEY,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("SNAPSHOT_URL", "DAGSTER_HOME", "DAGSTER_POSTGRES_URL"):
        monkeypatch.delenv(name, raising=False)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as made:
        add_institutions(made, ["north", "south"])
        yield made


def run(
    instance: dg.DagsterInstance, command: Directory | None = None
) -> dg.ExecuteInProcessResult:
    known = known_institutions(instance)
    result = defs.resolve_job_def("refreshed_snapshots").execute_in_process(
        instance=instance,
        tags=range_tags(known[0], known[-1]),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        resources={"directory": command} if command else None,
        raise_on_error=False,
    )
    for event in result.all_events:
        if event.is_step_failure:
            raise AssertionError(str(event.step_failure_data.error))
    return result


def metadata_of(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    """The directory's metadata by institution."""
    return {
        made.partition or "": {name: value.value for name, value in made.metadata.items()}
        for made in result.asset_materializations_for_node("directory")
    }


def names(records: Records) -> set[str]:
    return {row[0] for row in records.run("SELECT name FROM people_person WHERE institution_id = $i")}  # fmt: skip  # noqa: E501


def test_people_are_refreshed_before_the_snapshot(
    instance: dg.DagsterInstance, schools: dict[str, Records], crm: OptiCrmServer
) -> None:
    crm.schools["south"].students.clear()
    result = run(instance)
    assert result.success
    found = metadata_of(result)
    assert found["north"]["refreshed"] is True
    assert found["north"]["students"] == 1
    assert found["south"]["refreshed"] is False
    assert found["south"]["roster_of"] == "never"
    assert "no section has any student" in found["south"]["problem"]
    assert "Naya" in names(schools["north"])
    assert "Naya" not in names(schools["south"])
    assert instance.get_materialized_partitions(SNAPSHOT) == {"north", "south"}


def test_a_failed_refresh_does_not_stop_the_snapshot(
    instance: dg.DagsterInstance, schools: dict[str, Records], crm: OptiCrmServer
) -> None:
    first = metadata_of(run(instance))
    crm.fail("*", Kind.STATUS, status=500)
    result = run(instance)
    assert result.success
    found = metadata_of(result)
    for slug in ("north", "south"):
        assert found[slug]["refreshed"] is False
        assert found[slug]["roster_of"] == first[slug]["roster_of"]
    assert "Naya" in names(schools["north"])


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit(3)",
        "print('Traceback'); print('{}'); print('[1]')",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    ],
)
def test_a_command_that_fails_does_not_stop_the_snapshot(
    instance: dg.DagsterInstance, schools: dict[str, Records], code: str
) -> None:
    for command in ((sys.executable, "-c", code), ("/nowhere/python",)):
        result = run(instance, Directory(command))
        assert result.success
        assert {line["refreshed"] for line in metadata_of(result).values()} == {False}
        assert instance.get_materialized_partitions(SNAPSHOT) == {"north", "south"}
