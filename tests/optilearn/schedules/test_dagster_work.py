"""Dagster's side of schedules: the sensor finds what is due, runs do it once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from optilearn.analytics import pipeline_api
from optilearn.analytics.models import Occurrence, Schedule, Snapshot
from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import require_institution_id, tenant_context
from pipelines.definitions import defs
from pipelines.institutions import add_institutions, known_institutions, range_tags
from pipelines.work.assets import scheduled_work
from pipelines.work.product import Product
from tests.optilearn.schedules.support import MONDAY, scheduled, sent
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
RANGE = frozenset(range_tags("", ""))


@pytest.fixture
def instance(
    twins: Twins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    # The test's own transaction is on the connection that a tick would close.
    monkeypatch.setattr(pipeline_api, "close_connections", lambda: None)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as opened:
        add_institutions(opened, ["north", "south"])
        yield opened


def tick(instance: dg.DagsterInstance) -> list[dict[str, str]]:
    """The runs that the sensor asks for."""
    context = dg.build_sensor_context(instance=instance, resources={"product": Product()})
    found = scheduled_work.evaluate_tick(context)
    return [
        {name: tag for name, tag in request.tags.items() if name in RANGE}
        for request in found.run_requests or ()
    ]


def run(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    known = known_institutions(instance)
    return defs.resolve_job_def("work_on_snapshots").execute_in_process(
        instance=instance,
        tags=range_tags(known[0], known[-1]),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )


def fresh(*twins: Twin) -> None:
    for twin in twins:
        with tenant_context(twin.id):
            Snapshot.objects.update(checked_at=MONDAY)


def test_the_sensor_runs_the_institutions_that_have_work(
    twins: Twins, instance: dg.DagsterInstance
) -> None:
    north, south = twins
    scheduled(north, "tom", "lena")
    fresh(north, south)
    with frozen(MONDAY - timedelta(minutes=1)):
        assert tick(instance) == []
    with frozen(MONDAY):
        assert tick(instance) == [range_tags("north", "north")]
        assert tick(instance) == [range_tags("north", "north")]  # planned once, not done yet
        result = run(instance)
        assert result.success
        assert tick(instance) == []
    assert len(sent(north)) == 2
    assert sent(south) == []
    done = {
        m.partition: m.metadata["done"].value
        for m in result.asset_materializations_for_node("report_deliveries")
    }
    assert done == {"north": 1, "south": 0}


def test_two_daemons_and_a_second_run_send_nothing_twice(
    twins: Twins, instance: dg.DagsterInstance
) -> None:
    north, south = twins
    scheduled(north, "tom")
    fresh(north, south)
    with frozen(MONDAY):
        for _daemon in range(2):
            tick(instance)
        for _run in range(2):
            run(instance)
    with tenant_context(north.id):
        assert Occurrence.objects.count() == 1
    assert len(sent(north)) == 1


def test_one_institution_that_fails_stops_no_other(
    twins: Twins, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, south = twins
    for twin in twins:
        scheduled(twin, "tom", timing={"rule": "FREQ=DAILY"})
    fresh(north, south)
    real = pipeline_api.send_reports

    def failing(slug: str, seconds: float = 300.0) -> int:
        if slug == "north":
            raise RuntimeError("the disk is full")
        return real(slug, seconds)

    monkeypatch.setattr(pipeline_api, "send_reports", failing)
    with frozen(MONDAY):
        tick(instance)
        assert not run(instance).success
    assert (len(sent(north)), len(sent(south))) == (0, 1)


def test_one_institution_that_can_not_be_planned_stops_no_other(
    twins: Twins, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, south = twins
    for twin in twins:
        scheduled(twin, "tom", timing={"rule": "FREQ=DAILY"})
    fresh(north, south)
    real = pipeline_api.plan_due

    def broken() -> bool:
        if require_institution_id() == north.id:
            raise RuntimeError("a rule that nobody can read")
        return real()

    monkeypatch.setattr(pipeline_api, "plan_due", broken)
    with frozen(MONDAY):
        assert tick(instance) == [range_tags("south", "south")]


def test_an_institution_that_is_not_known_to_dagster_yet_waits(
    twins: Twins, instance: dg.DagsterInstance
) -> None:
    north, south = twins
    scheduled(north, "tom")
    fresh(north, south)
    instance.delete_dynamic_partition("institution", "north")
    with frozen(MONDAY):
        assert tick(instance) == []
        add_institutions(instance, ["north"])
        assert tick(instance) == [range_tags("north", "north")]
    with tenant_context(north.id):
        assert Schedule.objects.get().next_at == MONDAY + timedelta(weeks=1)
