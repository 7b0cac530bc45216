"""A run is stopped by its caller, whichever process works on it, and by nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connections

from optilearn.analytics.running import RunName, Runs, runs
from optilearn.analytics.single_flight import Deadline, SingleFlight
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.valkey import Valkey
from reports.errors import ReportCancelled
from tests.optilearn.details import call_at
from tests.optilearn.more_snapshots import another, first
from tests.support.client import call, token_of
from tests.support.database import ROOT
from tests.support.services import redis_url
from tests.support.twins import Twin

pytestmark = pytest.mark.slow

Twins = tuple[Twin, Twin]
PATH = "/api/analytics/reports/"
STOP = "/api/analytics/reports/runs/{runId}"
CROWD = (
    "INSERT INTO activity SELECT a.* REPLACE (1000000 + i AS id, 'kind ' || i AS kind)"
    " FROM (SELECT * FROM activity LIMIT 1) a, range(3000000) r(i)",
)
# A hundred searches through each row's text: long, but with little in memory.
SLOW: dict[str, Any] = {
    "version": 1,
    "entity": "activity",
    "mode": "categorical",
    "measures": ["activity.events"],
    "filters": [{"field": "kind", "op": "contains", "value": f"x{n}"} for n in range(100)],
    "filterLogic": " OR ".join(str(n + 1) for n in range(100)),
}


@pytest.fixture
def slow(twins: Twins) -> Twin:
    """The north, with so much activity that the question about it takes many seconds."""
    another(twins[0], "crowd", CROWD)
    return twins[0]


def stop(twin: Twin, name: str, run_id: UUID) -> tuple[int, dict[str, Any]]:
    return call_at("DELETE", STOP, token=token_of(twin, name), runId=run_id)


@contextmanager
def meanwhile(work: Callable[[], Any]) -> Iterator[list[Any]]:
    """Do ``work`` in another thread, with database connections of its own."""
    done: list[Any] = []

    def run() -> None:
        try:
            done.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    yield done
    thread.join(60)


def when_under_way(name: RunName, work: Callable[[], Any]) -> Callable[[], Any]:
    def wait() -> Any:
        while name not in runs()._here:
            threading.Event().wait(0.01)
        threading.Event().wait(0.3)
        return work()

    return wait


def body_for(what: str, twin: Twin) -> dict[str, Any]:
    sides = {"before": first(twin).snapshot_id, "after": "crowd"} if what == "diff" else {}
    return {"definition": SLOW} | sides


@pytest.mark.parametrize("what", ["run", "diff"])
def test_a_run_is_stopped_by_its_caller(slow: Twin, what: str) -> None:
    run_id = uuid4()
    name = RunName.of(slow.principal("asha"), run_id)
    token = token_of(slow, "asha")
    with meanwhile(when_under_way(name, lambda: stop(slow, "asha", run_id))) as stopped:
        body = body_for(what, slow) | {"runId": str(run_id)}
        status, answer = call("POST", PATH + what, token=token, body=body)
    assert stopped == [(200, {"data": {"cancelled": True}, "error": None})]
    assert (status, answer["error"]["code"]) == (409, "CONFLICT")
    assert answer["error"]["details"][0]["code"] == "REPORT_CANCELLED"
    with tenant_context(slow.id):
        row = AuditEntry.objects.latest("id")
    assert (row.action, row.outcome) == (f"report.{what}", "REPORT_CANCELLED")
    assert stop(slow, "asha", run_id)[0] == 404  # it has ended


def test_a_run_is_stopped_from_another_process(slow: Twin) -> None:
    run_id = uuid4()
    name = RunName.of(slow.principal("asha"), run_id)
    code = (
        "import sys, uuid\n"
        "from optilearn.analytics.running import RunName, Runs\n"
        "from optilearn.core.valkey import Valkey\n"
        "name = RunName(int(sys.argv[2]), int(sys.argv[3]), uuid.UUID(sys.argv[4]))\n"
        "print(Runs(Valkey(sys.argv[1], 5.0)).stop(name))\n"
    )
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    known = {"PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "optilearn.config.settings"}

    def elsewhere() -> str:
        words = [redis_url(), str(name.institution_id), str(name.person_id), str(run_id)]
        return subprocess.run(
            [sys.executable, "-c", code, *words],
            env=dict(os.environ) | known,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    body = {"definition": SLOW, "runId": str(run_id)}
    with meanwhile(when_under_way(name, elsewhere)) as told:
        status, _ = call("POST", PATH + "run", token=token_of(slow, "asha"), body=body)
    assert (status, told) == (409, ["True\n"])


def test_nobody_else_stops_it(twins: Twins, server: Valkey) -> None:
    """Not a colleague, and not the namesake in the other institution."""
    north, south = twins
    run_id = uuid4()
    with runs().under_way(RunName.of(north.principal("asha"), run_id)) as cancellation:
        for twin, name in ((north, "anil"), (north, "pia"), (south, "asha"), (north, "lena")):
            status, body = stop(twin, name, run_id)
            assert (status, body["error"]["code"]) == (404, "NOT_FOUND")
        threading.Event().wait(0.3)
        assert not cancellation.is_cancelled
        assert stop(north, "asha", run_id)[0] == 200
        assert stop(north, "asha", run_id)[0] == 200  # again does no harm
        assert cancellation.is_cancelled
    assert stop(north, "asha", run_id)[0] == 404


def test_what_is_unknown_is_answered_like_what_is_anothers(twins: Twins) -> None:
    north, south = twins
    run_id = uuid4()
    with runs().under_way(RunName.of(south.principal("asha"), run_id)):
        theirs = stop(north, "asha", run_id)
    unknown = stop(north, "asha", uuid4())
    for _, body in (theirs, unknown):
        del body["error"]["requestId"]
    assert theirs == unknown
    for wrong in ("7", "nothing", "'--", str(run_id) + "0"):
        path = STOP.format(runId=wrong)
        assert call("DELETE", path, token=token_of(north, "asha"))[0] == 404


def test_a_run_that_begins_after_the_wish_is_stopped_as_it_begins(twins: Twins) -> None:
    north, _ = twins
    run_id = uuid4()
    definition = SLOW | {"dimensions": [], "totals": "none"}
    assert stop(north, "asha", run_id)[0] == 404
    body = {"definition": definition, "runId": str(run_id)}
    token = token_of(north, "asha")
    assert call("POST", PATH + "run", token=token, body=body)[0] == 409
    assert call("POST", PATH + "run", token=token, body=body)[0] == 200  # the wish is spent


def test_an_id_may_be_left_out_or_be_wrong(twins: Twins) -> None:
    north, _ = twins
    definition = SLOW | {"dimensions": [], "totals": "none"}
    for run_id, status in ((None, 200), (str(uuid4()), 200), ("7", 400), (7, 400)):
        body = {"definition": definition, "runId": run_id}
        found, answer = call("POST", PATH + "run", token=token_of(north, "asha"), body=body)
        assert found == status, answer


def test_one_who_stops_leaves_the_answer_to_the_others(twins: Twins) -> None:
    """A colleague waits for the same answer: theirs is worked out although the first left."""
    name = RunName.of(twins[0].principal("asha"), uuid4())
    single_flight: SingleFlight[str] = SingleFlight()
    began = threading.Event()

    def first_one() -> str:
        with runs().under_way(name) as cancellation:
            began.set()
            while True:
                cancellation.check()
                threading.Event().wait(0.01)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(single_flight.share, "k", first_one, Deadline(0, float("inf")))
        assert began.wait(60)
        two = pool.submit(single_flight.share, "k", lambda: "mine", Deadline(0, float("inf")))
        threading.Event().wait(0.2)
        assert runs().stop(name)
        assert two.result() == ("mine", False)
        assert isinstance(one.exception(), ReportCancelled)


def test_nothing_is_left_of_a_run(twins: Twins, server: Valkey) -> None:
    name = RunName.of(twins[0].principal("asha"), uuid4())
    with runs().under_way(name):
        assert server.call("TTL", name.running_key) > 60
        runs().stop(name)
        assert 0 < server.call("TTL", name.stop_key) <= 60
    assert server.call("EXISTS", name.running_key, name.stop_key) == 0
    assert runs()._here == {}


def test_two_runs_of_one_id_both_stop(twins: Twins) -> None:
    name = RunName.of(twins[0].principal("asha"), uuid4())
    with runs().under_way(name) as one:
        with runs().under_way(name) as two:
            assert runs().stop(name)
            assert one.is_cancelled
            assert two.is_cancelled
        assert runs().stop(name)


def test_without_valkey_a_run_is_stopped_in_its_own_process(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    here, elsewhere = runs(), Runs(Valkey("redis://127.0.0.1:1/0", 1.0))
    name = RunName.of(twins[0].principal("asha"), uuid4())
    with here.under_way(name) as cancellation:
        assert elsewhere.stop(name) is False
        assert not cancellation.is_cancelled
        assert here.stop(name) is True
        assert cancellation.is_cancelled
    assert here.stop(name) is False
