"""Connections, bounded in number, in bytes and in time.

uvicorn reads and writes without threads; what it leaves open is how much one may take of it. Each
connection has to get on: a head in ``HEAD_SECONDS``, a body at ``LEAST_RATE``, and what is sent
must be taken within ``STALL_SECONDS``. Whoever doesn't is cut off, without an answer that nobody
would read.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Any, Final

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = logging.getLogger(__name__)

HEAD_SECONDS: Final = 15.0
"""From the beginning of a connection, or the end of the answer before, to a whole head."""
HEAD_BYTES: Final = 128 * 1024
"""More than the largest session cookie in its pieces."""
BODY_SECONDS: Final = 20.0
LEAST_RATE: Final = 4 * 1024
"""Bytes a second of a body, after its first ``BODY_SECONDS``."""
STALL_SECONDS: Final = 30.0
"""Seconds within which a client has to read 48 KiB of what is sent."""
_LOOK_SECONDS: Final = 1.0


class Connection(HttpToolsProtocol):
    """One connection of a caller."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_since: float | None = None
        self._head_bytes = 0
        self._body_since = 0.0
        self._body_bytes = 0
        self._stalled_since: float | None = None
        self._is_counted = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, unless the address or everybody together has too many."""
        super().connection_made(transport)
        self._head_since = self.loop.time()
        if not _register.admits(self):
            transport.abort()
            return
        self._is_counted = True
        _register.look_after(self.loop)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone, by whoever's doing."""
        if self._is_counted:
            self._is_counted = False
            _register.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes."""
        if self._head_since is None:
            self._body_bytes += len(data)
        else:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_since is not None and self._head_bytes > HEAD_BYTES:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """The head is whole: its body may follow."""
        self._head_since, self._head_bytes = None, 0
        self._body_since, self._body_bytes = self.loop.time(), 0
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """The answer is with the transport: the next head may follow."""
        if not self.pipeline:
            self._head_since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The caller doesn't take what it asked for."""
        self._stalled_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It has taken some."""
        self._stalled_since = None
        super().resume_writing()

    @property
    def address(self) -> str:
        """The client's address; empty for a Unix socket."""
        return self.client[0] if self.client else ""

    def gets_on(self, now: float) -> bool:
        """Return True if the connection is within its time limits."""
        if self._stalled_since is not None:
            return now - self._stalled_since <= STALL_SECONDS
        if self._head_since is not None:
            return now - self._head_since <= HEAD_SECONDS
        if self.cycle is not None and self.cycle.more_body:
            due = (now - self._body_since - BODY_SECONDS) * LEAST_RATE
            return self._body_bytes >= due
        return True


class _Register:
    """The connections of this process."""

    def __init__(self) -> None:
        self._all: set[Connection] = set()
        self._of: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None

    def admits(self, connection: Connection) -> bool:
        """Count it, if there is room for it."""
        # Behind a proxy of ours all come from its address; it counts them by itself.
        counts = not settings.TRUSTED_PROXIES
        address = connection.address
        if len(self._all) >= settings.CONNECTIONS or (
            counts and self._of[address] >= settings.CONNECTIONS_OF_ADDRESS
        ):
            log.warning("A connection was refused: there are %s.", len(self._all))
            return False
        self._all.add(connection)
        self._of[address] += 1
        return True

    def forget(self, connection: Connection) -> None:
        """It has ended."""
        self._all.discard(connection)
        self._of[connection.address] -= 1
        if self._of[connection.address] <= 0:
            del self._of[connection.address]

    def look_after(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have those cut off that don't get on, for as long as the loop runs."""
        if self._task is None:
            self._task = loop.create_task(self._look_after())

    async def _look_after(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            now = loop.time()
            slow = [connection for connection in self._all if not connection.gets_on(now)]
            for connection in slow:
                connection.transport.abort()
            if slow:
                log.info("%s connections were cut off: they did not get on.", len(slow))


_register: Final = _Register()
