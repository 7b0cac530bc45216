"""``optilearn serve`` as it runs in production, on a port of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.database import ROOT, environment
from tests.support.services import Database, redis_url


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    database: Database, home: Path, settings: Mapping[str, str] | None = None
) -> Iterator[int]:
    """The port of a server with one web process, until the block ends."""
    port = free_port()
    env = environment(database) | {
        "REDIS_URL": redis_url(),
        "OPTILEARN_HOME": str(home),
        "LOG_LEVEL": "WARNING",
        "RATE_LIMIT": "0",
        "RATE_LIMIT_ANONYMOUS": "0",
    }
    command = [sys.executable, "-m", "optilearn", "serve", "--port", str(port), "--workers", "1"]
    server = subprocess.Popen(command, env=env | dict(settings or {}), cwd=ROOT)
    try:
        _wait_for(server, port)
        yield port
    finally:
        server.terminate()
        server.wait(60)


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=20)
        except httpx.TransportError:
            assert server.poll() is None
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The server doesn't answer.")
