"""Django's answer to a request, worked out in a thread."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, Protocol

from optilearn.core.errors import ErrorCode
from optilearn.core.http.call import Call, answering
from optilearn.core.http.envelope import refusal
from optilearn.serving.bodies import IN_MEMORY

Headers = list[tuple[bytes, bytes]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]

_CHUNK: Final = 64 * 1024


class Pieces(Protocol):
    """A body that is read piece by piece, in a thread."""

    def __next__(self) -> bytes:
        """The next piece. Raises ``StopIteration``."""
        ...

    def close(self) -> None:
        """It isn't needed any more."""
        ...


@dataclass(frozen=True)
class Answer:
    """Status, headers, and the body."""

    status: int
    headers: Headers
    body: bytes | Pieces


class Work:
    """A request for a thread; ``answer`` is settled in the loop that waits for it."""

    def __init__(
        self, wsgi: Wsgi, environ: dict[str, Any], call: Call, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.environ = environ
        self.call = call
        self.answer: asyncio.Future[Answer] = loop.create_future()
        self.has_begun = False
        self._wsgi = wsgi
        self._loop = loop

    def run(self) -> None:
        """Answer it, in the thread that calls this."""
        self.has_begun = True
        try:
            with answering(self.call):
                answer = _answer(self._wsgi, self.environ)
        except BaseException as error:  # noqa: BLE001 - is raised where it is awaited
            self._loop.call_soon_threadsafe(self._settle, None, error)
        else:
            self._loop.call_soon_threadsafe(self._settle, answer, None)
        finally:
            self.environ["wsgi.input"].close()

    def close(self) -> None:
        """Give the body's room back. A thread that may still read it does so when it has ended."""
        if not self.has_begun:
            self.environ["wsgi.input"].close()

    def _settle(self, answer: Answer | None, error: BaseException | None) -> None:
        if self.answer.done():  # nobody waits any more
            return
        if answer is not None:
            self.answer.set_result(answer)
        else:
            self.answer.set_exception(error or RuntimeError("no answer"))


def refused(code: ErrorCode) -> Answer:
    """A refusal that Django never saw."""
    words = {
        ErrorCode.RATE_LIMITED: "That was a lot at once. Please wait for the answers.",
        ErrorCode.SERVICE_UNAVAILABLE: "The service is unavailable. Please try again soon.",
    }
    body = refusal(code.status, code.value, words[code]).content
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"retry-after", b"5"),
    ]
    return Answer(code.status, headers, body)


def next_piece(body: Pieces) -> bytes:
    """The next piece that isn't empty; empty at the end, when the body is closed."""
    try:
        while not (piece := next(body)):
            pass
    except StopIteration:
        body.close()
        return b""
    return bytes(piece)


def abandoned(body: Pieces) -> bytes:
    """Close a body that nobody reads to its end."""
    body.close()
    return b""


def _answer(wsgi: Wsgi, environ: dict[str, Any]) -> Answer:
    started: list[tuple[int, Headers]] = []

    def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        encoded = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers]
        started[:] = [(int(status[:3]), encoded)]

    result = wsgi(environ, start)
    status, headers = started[0]
    if getattr(result, "streaming", False):
        return Answer(status, headers, _Streamed(result))
    with closing(result):
        body = b"".join(result)
    return Answer(status, headers, body if len(body) <= IN_MEMORY else _OnDisk(body))


class _OnDisk:
    """A long answer, so that whoever reads it slowly costs no memory."""

    def __init__(self, body: bytes) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - see close
        self._file.write(body)
        self._file.seek(0)

    def __next__(self) -> bytes:
        if chunk := self._file.read(_CHUNK):
            return chunk
        raise StopIteration

    def close(self) -> None:
        """Give the room back."""
        self._file.close()


class _Streamed:
    """A streaming answer, closed as WSGI wants it."""

    def __init__(self, result: Any) -> None:
        self._result = result
        self._chunks = iter(result)

    def __next__(self) -> bytes:
        return bytes(next(self._chunks))

    def close(self) -> None:
        """Tell Django that the request is over."""
        self._result.close()
