"""Requests a second over kept connections, counted from outside the server."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support.database import ROOT

Ask = Callable[[], bytes]
"""Makes the bytes of one request."""

CONNECTIONS = 2
"""One is answered while the other's answer travels: the server is never without work."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def granian(environment: dict[str, str], workers: int = 1) -> Iterator[int]:
    """The server of ``benchmarks.api.server``, workers of one thread each; its port."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
        "--port", str(port), "--workers", str(workers), "--blocking-threads", "1",
        "--log-level", "error",
        "benchmarks.api.server:application",
    ]  # fmt: skip
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    server = subprocess.Popen(
        command, cwd=ROOT, env=dict(os.environ) | environment | {"PYTHONPATH": paths}
    )
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        "Accept-Language: en\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Caller:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""

    def call(self, message: bytes) -> bytes:
        """The body of the answer. Fails unless its status is 200."""
        self._socket.sendall(message)
        data = self._left
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._read()
        head, body = data[:end].lower(), data[end + 4 :]
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError((head + body)[:500].decode(errors="replace"))
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self._read()
        self._left = body[length:]
        return body[:length]

    def _read(self) -> bytes:
        piece = self._socket.recv(262_144)
        if not piece:
            raise RuntimeError("The server closed the connection.")
        return piece

    def close(self) -> None:
        self._socket.close()


def rates(
    port: int, ways: dict[str, Ask], rounds: int = 5, seconds: float = 1.0
) -> dict[str, float]:
    """Median requests a second of each way; their turns alternate."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for ask in ways.values():
        _turn(port, ask, 0.3)  # warm
    for _ in range(rounds):
        for name, ask in ways.items():
            found[name].append(_turn(port, ask, seconds))
    return {name: statistics.median(values) for name, values in found.items()}


def _turn(port: int, ask: Ask, seconds: float) -> float:
    counts: list[int] = []
    failures: list[BaseException] = []

    def run() -> None:
        caller = Caller(port)
        try:
            done, until = 0, time.perf_counter() + seconds
            while time.perf_counter() < until:
                caller.call(ask())
                done += 1
            counts.append(done)
        except BaseException as error:  # noqa: BLE001 - raised by the thread that waits
            failures.append(error)
        finally:
            caller.close()

    threads = [threading.Thread(target=run) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(counts) / (time.perf_counter() - started)


def latency(port: int, ask: Ask, runs: int = 300) -> float:
    """Median seconds of one request, one after the other."""
    caller = Caller(port)
    try:
        for _ in range(30):
            caller.call(ask())
        times = []
        for _ in range(runs):
            message = ask()
            started = time.perf_counter()
            caller.call(message)
            times.append(time.perf_counter() - started)
        return statistics.median(times)
    finally:
        caller.close()
