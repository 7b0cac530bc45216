"""A real server under callers who are slow, many, or gone: it serves the others meanwhile."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, cast

import httpx
import pytest
from django.conf import settings

from optilearn.serving import connections
from optilearn.serving.connections import (
    BODY_SECONDS,
    HEAD_SECONDS,
    LEAST_RATE,
    STALL_SECONDS,
    Connection,
)
from tests.support.database import ROOT, migrated_database
from tests.support.server import serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with (
        migrated_database("serving") as database,
        serving(database, tmp_path_factory.mktemp("home")) as port,
    ):
        yield port


def healthy(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=20).status_code == 200


BEGINNINGS = {
    "nothing": b"",
    "half a head": b"GET /api/health HTTP/1.1\r\nHost: loc",
    "half a body": b"POST /api/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{",
    "half a chunk": b"PUT /api/files/objects/x HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
}


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_many_slow_senders_cost_no_thread(port: int, beginning: str) -> None:
    with ExitStack() as stack:
        for _ in range(300):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            one.sendall(BEGINNINGS[beginning])
        for _ in range(5):
            assert healthy(port)


def test_readers_that_pause_cost_no_thread(port: int) -> None:
    """Each asks for a script of more than a megabyte, and takes none of it."""
    with ExitStack() as stack:
        for _ in range(100):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", port))
            stack.enter_context(one)
            one.sendall(b"GET /static/ninja/swagger-ui-bundle.js HTTP/1.1\r\nHost: h\r\n\r\n")
        for _ in range(5):
            assert healthy(port)


def test_several_requests_on_one_connection(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for _ in range(3):
            assert client.get("/api/health").json()["data"]["status"] == "ok"
            refused = client.post("/api/courses", json={})
            assert refused.status_code == 401
    pipelined = b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3
    with socket.create_connection(("127.0.0.1", port), timeout=20) as one:
        one.sendall(pipelined)
        got = b""
        while got.count(b'"status":"ok"') < 3:
            got += one.recv(65536)


def test_a_body_that_is_too_long_is_refused_unread(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as one:
        one.sendall(
            b"POST /api/webhooks/resend HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n"
        )
        answer = one.recv(65536)
    assert b" 4" in answer.split(b"\r\n")[0]


def test_a_second_server_on_the_port_is_an_error(port: int) -> None:
    command = [sys.executable, "-m", "optilearn", "serve", "--port", str(port)]
    env = dict(os.environ) | {
        "DATABASE_URL": "postgresql://x@/x",
        "REDIS_URL": "redis://127.0.0.1:1",
    }
    done = subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "in use" in done.stderr


class Cycle:
    more_body = True


def connection(**state: Any) -> Connection:
    made = cast(Connection, Connection.__new__(Connection))
    made._stalled_since = made._head_since = None
    made._body_since, made._body_bytes = 0.0, 0
    made.cycle = None  # type: ignore[assignment]
    for name, value in state.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ({"_head_since": 0.0}, HEAD_SECONDS),
        ({"_stalled_since": 0.0}, STALL_SECONDS),
        ({"cycle": Cycle()}, BODY_SECONDS),
        ({"cycle": Cycle(), "_body_bytes": 10 * LEAST_RATE}, BODY_SECONDS + 10),
    ],
)
def test_times(state: dict[str, Any], allowed: float) -> None:
    one = connection(**state)
    assert one.gets_on(allowed - 0.1)
    assert one.gets_on(allowed)
    assert not one.gets_on(allowed + 0.1)


def test_a_caller_that_waits_for_an_answer_may_wait() -> None:
    cycle = Cycle()
    cycle.more_body = False
    assert connection(cycle=cycle).gets_on(1e9)


def test_an_address_has_so_many_connections_and_others_have_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "CONNECTIONS_OF_ADDRESS", 2)
    monkeypatch.setattr(settings, "CONNECTIONS", 4)
    register = connections._Register()
    here = [connection(client=("192.0.2.1", n)) for n in range(3)]
    assert [register.admits(one) for one in here] == [True, True, False]
    assert register.admits(connection(client=("192.0.2.2", 1)))
    register.forget(here[0])
    assert register.admits(here[2])
    monkeypatch.setattr(settings, "TRUSTED_PROXIES", 1)
    assert register.admits(connection(client=("192.0.2.1", 9)))
    assert not register.admits(connection(client=("192.0.2.9", 9)))
