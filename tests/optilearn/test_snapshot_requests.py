"""Snapshots that somebody requests: Dagster's sensor runs each request once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import pytest

from optilearn.analytics.pipeline_api import snapshot_requests
from optilearn.analytics.snapshot_requests import Stage, request_snapshot, requested_snapshot
from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.valkey import ValkeyDownError
from pipelines.institutions import RANGE_END, RANGE_START, add_institutions
from pipelines.work.product import Product
from pipelines.work.requests import requested_snapshots
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


class Here(Product):
    """The product in this test's own transaction."""

    def snapshot_requests(self) -> dict[str, str]:
        return snapshot_requests()


@contextmanager
def requested(twin: Twin, name: str = "anil") -> Iterator[None]:
    with tenant_context(twin.id):
        request_snapshot(principal=twin.principal(name))
        yield


def tick(instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    context = dg.build_sensor_context(instance=instance, resources={"product": Here()})
    return list(requested_snapshots.evaluate_tick(context).run_requests or ())


def test_a_request_is_run_for_its_institution_alone(twins: Twins) -> None:
    north, south = twins
    with dg.DagsterInstance.ephemeral() as instance:
        add_institutions(instance, ["north", "south"])
        assert tick(instance) == []
        with requested(south):
            (wanted,) = tick(instance)
            assert (wanted.tags[RANGE_START], wanted.tags[RANGE_END]) == ("south", "south")
            # The same key at the next tick: Dagster runs it once.
            assert [one.run_key for one in tick(instance)] == [wanted.run_key]
    with tenant_context(north.id):
        assert requested_snapshot(north.principal("asha")) is None


def test_an_open_request_is_enough(twins: Twins) -> None:
    north, _ = twins
    with requested(north):
        first = requested_snapshot(north.principal("asha"))
        request_snapshot(principal=north.principal("asha"))
        second = requested_snapshot(north.principal("asha"))
    assert first is not None
    assert first.stage is Stage.WAITING
    assert first == second


def test_not_everybody_may(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id), pytest.raises(AppError, match="role"):
        request_snapshot(principal=north.principal("tom"))


def test_without_valkey_it_is_refused_and_nothing_runs(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins

    def down(*_: object) -> None:
        raise ValkeyDownError("down")

    monkeypatch.setattr("optilearn.core.valkey.Valkey.call", down)
    assert snapshot_requests() == {}
    with tenant_context(north.id), pytest.raises(AppError, match="full hour"):
        request_snapshot(principal=north.principal("asha"))
