"""Small servers on loopback, each in a thread of its own with one event loop.

What they have taken is kept in lists that only their loop writes to. ``stop`` and ``start`` are
a provider that is down for a while: it comes back on the same port.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

F = TypeVar("F")


class Faults(Generic[F]):
    """What goes wrong, asked with the number of the request (from 1) and the request."""

    def __init__(self) -> None:
        self.count = itertools.count(1)
        self.plan: Callable[[int, Any], F | None] | None = None
        """May be set to a function that decides for each request."""
        self._now: tuple[F, int | None] | None = None

    def set(self, fault: F | None, times: int | None = None) -> None:
        """From now on, or for so many requests; None ends it."""
        self._now = None if fault is None else (fault, times)

    def next(self, request: Any) -> F | None:
        """What goes wrong with the request that has just come."""
        number = next(self.count)
        if self._now is not None:
            fault, times = self._now
            if times is not None:
                self._now = (fault, times - 1) if times > 1 else None
            return fault
        return self.plan(number, request) if self.plan else None


class Loopback:
    """A server that is closed at the end of the block."""

    def __init__(self, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.connections = 0
        self._tls = tls
        self._open: set[asyncio.BaseTransport] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def protocol(self) -> asyncio.Protocol:
        """What serves one connection."""
        raise NotImplementedError

    def opened(self, transport: asyncio.BaseTransport) -> None:
        """Note a connection."""
        self.connections += 1
        self._open.add(transport)

    def closed(self, transport: asyncio.BaseTransport | None) -> None:
        """Forget it."""
        if transport:
            self._open.discard(transport)

    def start(self) -> None:
        """Accept connections."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(10)

    def stop(self) -> None:
        """Refuse new connections, and cut those that are open."""
        if self._loop and self._thread:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop = self._thread = None

    def cut(self) -> None:
        """Cut the connections that are open, as a server that is tired of waiting."""
        if self._loop:
            asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    async def _cut(self) -> None:
        for transport in list(self._open):
            transport.close()
        await asyncio.sleep(0)

    def _run(self, ready: threading.Event) -> None:
        loop = self._loop = asyncio.new_event_loop()
        server = loop.run_until_complete(
            loop.create_server(self.protocol, "127.0.0.1", self.port, ssl=self._tls, backlog=500)
        )
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        try:
            loop.run_forever()
        finally:
            server.close()
            for transport in list(self._open):
                if isinstance(transport, asyncio.Transport):
                    transport.abort()
            loop.run_until_complete(self._finish())
            loop.close()

    async def _finish(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(3):  # lets aborted connections say that they are lost
            await asyncio.sleep(0)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request."""

    method: str
    path: str
    headers: dict[str, str]
    """By names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. ``drop`` closes instead; ``hang`` says nothing at all."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    hang: bool = False

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        is_text = isinstance(self.body, str)
        data = self.body.encode() if is_text else json.dumps(self.body).encode()
        kind = "text/html" if is_text else "application/json"
        lines = [
            f"HTTP/1.1 {self.status} X",
            f"Content-Type: {kind}",
            f"Content-Length: {len(data)}",
        ]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join((*lines, "", "")).encode() + data


class HttpLoopback(Loopback):
    """A server of HTTP/1.1 with connections that are kept open."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def protocol(self) -> asyncio.Protocol:
        return _Http(self)

    def answer(self, request: Request) -> Answer:
        """Answer a request. Called in the loop, one after the other."""
        raise NotImplementedError


class _Http(asyncio.Protocol):
    def __init__(self, server: HttpLoopback) -> None:
        self._server = server
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.opened(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.closed(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (request := self._request()) is not None:
            answer = self._server.answer(request)
            if self._transport is None or answer.hang:
                return
            if answer.drop:
                self._transport.abort()
                return
            self._transport.write(answer.encoded())

    def _request(self) -> Request | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        first, *lines = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        size = int(headers.get("content-length", 0))
        if len(self._buffer) < end + 4 + size:
            return None
        body = bytes(self._buffer[end + 4 : end + 4 + size])
        del self._buffer[: end + 4 + size]
        method, path, _ = first.split(" ", 2)
        return Request(method, path, headers, body)
