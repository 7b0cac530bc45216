"""Whoever hangs up on a real server stops the question that DuckDB works on for them."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from django.conf import settings

from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.more_snapshots import another
from tests.optilearn.test_report_stop import CROWD, SLOW
from tests.support.at_once import working_on
from tests.support.client import token_of
from tests.support.database import migrated_database
from tests.support.server import serving
from tests.support.snapshots import take_snapshots
from tests.support.twins import Twin, make_twins

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

pytestmark = pytest.mark.slow
RUN = "/api/v1/analytics/reports/run"
QUICK = {"version": 1, "entity": "courses", "mode": "rows", "columns": ["code"]}


@pytest.fixture(scope="module")
def school(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Twin, int]]:
    """An institution with so much activity that a question takes long, and its server's port.

    The server has one thread for reports: while a question runs, no other is answered.
    """
    home = tmp_path_factory.mktemp("home")
    before = settings.SNAPSHOT_URL
    with migrated_database("hanging") as database, working_on(database, django_db_blocker):
        settings.SNAPSHOT_URL = (home / "snapshots").as_uri()
        try:
            north, _ = make_twins()
            take_snapshots(database, home / "snapshots")
            another(north, "crowd", CROWD)
            with serving(database, home, {"REPORT_THREADS": "1"}) as port:
                yield north, port
        finally:
            settings.SNAPSHOT_URL = before


def outcomes(twin: Twin) -> list[str]:
    with tenant_context(twin.id):
        found = AuditEntry.objects.filter(action="report.run").order_by("id")
        return list(found.values_list("outcome", flat=True))


def asked(twin: Twin, port: int, definition: dict[str, Any]) -> socket.socket:
    """A connection on which the question was sent."""
    body = json.dumps({"definition": definition}).encode()
    head = (
        f"POST {RUN} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token_of(twin, 'asha')}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    caller = socket.create_connection(("127.0.0.1", port))
    caller.sendall(head.encode() + body)
    return caller


def answered(twin: Twin, port: int) -> None:
    answer = httpx.post(
        f"http://127.0.0.1:{port}{RUN}",
        json={"definition": QUICK},
        headers={"Authorization": f"Bearer {token_of(twin, 'asha')}"},
        timeout=120,
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("way", ["closed", "reset"])
def test_who_hangs_up_stops_the_question(school: tuple[Twin, int], way: str) -> None:
    twin, port = school
    answered(twin, port)
    before = outcomes(twin)
    with asked(twin, port, SLOW) as caller:
        time.sleep(1)  # so that DuckDB is at it; what hasn't begun by now is dropped as well
        assert outcomes(twin) == before
        if way == "reset":
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    answered(twin, port)  # by the only thread: it is free again
    assert outcomes(twin)[len(before) :] == ["REPORT_CANCELLED", "ok"]


def client_of(school: tuple[Twin, int]) -> httpx.Client:
    twin, port = school
    headers = {"Authorization": f"Bearer {token_of(twin, 'asha')}"}
    url = f"http://127.0.0.1:{port}/api/v1/analytics/"
    return httpx.Client(base_url=url, headers=headers, timeout=120)


def board_of(client: httpx.Client) -> str:
    """A dashboard of a quick tile and one that takes long."""
    tiles = [
        {
            "key": key,
            "title": key,
            "definition": definition,
            "place": {"column": 0, "row": row, "width": 12, "height": 1},
        }
        for row, (key, definition) in enumerate({"quick": QUICK, "slow": SLOW}.items())
    ]
    answer = client.post("dashboards", json={"name": "Mine", "tiles": tiles})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def test_tiles_arrive_while_others_are_worked_on_and_all_are_stopped(
    school: tuple[Twin, int],
) -> None:
    with client_of(school) as client:
        board, run = board_of(client), str(uuid4())
        with client.stream("POST", f"dashboards/{board}/run", json={"runId": run}) as answer:
            lines = (json.loads(line) for line in answer.iter_lines())
            assert [tile["key"] for tile in next(lines)["tiles"]] == ["quick", "slow"]
            assert next(lines)["data"]["rows"]
            answered(*school)  # the reader of the lines holds up no thread of others
            assert client.delete(f"reports/runs/{run}").status_code == 200
            assert next(lines)["error"]["code"] == "CONFLICT"
            assert next(lines)["end"] is True


def test_who_leaves_a_dashboard_stops_its_tiles(school: tuple[Twin, int]) -> None:
    twin, _ = school
    with client_of(school) as client:
        board = board_of(client)
        with client.stream("POST", f"dashboards/{board}/run", json={}) as answer:
            lines = answer.iter_lines()
            next(lines), next(lines)
    for _ in range(200):
        with tenant_context(twin.id):
            entries = AuditEntry.objects.filter(action="dashboard.run", outcome="REPORT_CANCELLED")
            if entries.exists():
                return
        time.sleep(0.05)
    raise AssertionError("The tiles are still worked on.")
