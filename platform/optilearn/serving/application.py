"""The ASGI application: reads a request, has Django answer it in a thread, sends the answer.

Django's own ASGI handler makes a database connection for each request; here a thread keeps its
own, as under any WSGI server.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from django.conf import settings

from optilearn.config.wsgi import application as django
from optilearn.core.access.refusals import address_from
from optilearn.core.errors import ErrorCode
from optilearn.core.http.call import Call
from optilearn.serving.answers import Answer, Pieces, Work, abandoned, next_piece, refused
from optilearn.serving.bodies import (
    Body,
    GoneError,
    Message,
    Receive,
    max_bytes,
    read_body,
    until_gone,
)
from optilearn.serving.callers import caller_of
from optilearn.serving.lanes import (
    Caller,
    FairLane,
    FairQueue,
    FullError,
    Job,
    PlainLane,
    share_the_interpreter,
)

Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, Any]

_MAX_WAITING: Final = 2_000
_WAITING_OF_PERSON: Final = 32
_NICENESS: Final = 10
_SLICE: Final = 64 * 1024
_BASE: Final[dict[str, Any]] = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}

share_the_interpreter()
_plain: Final = PlainLane("request", settings.WEB_THREADS, _MAX_WAITING)
_streams: Final = PlainLane("stream", settings.REPORT_THREADS, _MAX_WAITING)
"""Read the answers of reports piece by piece: a piece may have to be worked out first."""
_reports: Final = FairLane(
    "report",
    settings.REPORT_THREADS,
    FairQueue(max(1, settings.REPORT_THREADS - 2), _WAITING_OF_PERSON),
    _NICENESS,
)

_IMPORTS: Final = ("/question-imports", "/grade-imports")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request."""
    call = Call()
    environ = environ_of(scope)
    length = environ.get("CONTENT_LENGTH", "")
    stated = int(length) if length.isdecimal() else None
    if stated is None and "HTTP_TRANSFER_ENCODING" not in environ:
        stated = 0
    try:
        limit = max_bytes(scope["method"], scope["path"])
        body = await read_body(receive, stated, limit)
    except GoneError:
        return
    environ["CONTENT_LENGTH"] = str(body.length)
    environ["wsgi.input"] = body.file
    work = Work(django, environ, call, asyncio.get_running_loop())
    with closing(work):
        answer = await _answered(work, receive, body, is_report=is_report(scope))
        if answer is not None:
            watched = receive if body.is_whole else None
            lane = _streams if is_report(scope) else _plain
            await _send(answer, send, watched, Reading(lane, call))


def is_report(scope: Scope) -> bool:
    """Return True if the request runs a report, or reads a file of many rows: it may take seconds.

    Stopping a run, or watching an export, does not.
    """
    path: str = scope["path"]
    if path.startswith("/run/"):  # the parts of pages that ask the engine
        return True
    name = path.removeprefix("/api/").removeprefix("v1/")
    if name.endswith(_IMPORTS):
        return True
    if name.startswith("analytics/exports"):
        return name == "analytics/exports" and scope["method"] == "POST"
    return name.startswith("analytics/") and scope["method"] != "DELETE"


def environ_of(scope: Scope) -> dict[str, Any]:
    """Return the WSGI environment of a request (PEP 3333)."""
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    environ = _BASE | {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.url_scheme": scope["scheme"],
    }
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name:
            continue  # would pass for the header with a hyphen, which a proxy may have checked
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        if name not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            name = f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        if name in environ:
            value = f"{environ[name]}{';' if name == 'HTTP_COOKIE' else ','}{value}"
        environ[name] = value
    return environ


async def _answered(work: Work, receive: Receive, body: Body, *, is_report: bool) -> Answer | None:
    """Django's answer; None if the caller has gone."""
    job = Job(work.run, lambda: not work.call.is_gone)
    try:
        if not is_report:
            _plain.put(job)
            return await work.answer
        _reports.put(_caller(work.environ), job)
        return await _or_gone(work, receive if body.is_whole else None)
    except FullError:
        return refused(ErrorCode.RATE_LIMITED)
    except asyncio.CancelledError:
        work.call.hang_up()
        raise


async def _or_gone(work: Work, receive: Receive | None) -> Answer | None:
    """Wait for the answer and for the caller to go, and no longer than it may wait for a turn."""
    gone = asyncio.ensure_future(until_gone(receive)) if receive else None
    awaited: set[asyncio.Future[Any]] = {work.answer, gone} if gone else {work.answer}
    try:
        await asyncio.wait(
            awaited, timeout=settings.REPORT_WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        if not work.answer.done() and not (gone and gone.done()) and work.has_begun:
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        if work.answer.done():
            return await work.answer
        work.call.hang_up()
        if gone and gone.done():
            return None
        return refused(ErrorCode.SERVICE_UNAVAILABLE)
    finally:
        if gone:
            gone.cancel()


def _caller(environ: dict[str, Any]) -> Caller:
    return caller_of(
        environ.get("HTTP_COOKIE", ""), environ.get("HTTP_AUTHORIZATION", ""), address_from(environ)
    )


@dataclass(frozen=True)
class Reading:
    """The threads that read an answer piece by piece, and the call that it belongs to."""

    lane: PlainLane
    call: Call


async def _send(answer: Answer, send: Send, receive: Receive | None, reading: Reading) -> None:
    """Send it. Without ``receive`` what came isn't read to its end, and the connection is over."""
    headers = answer.headers if receive else [*answer.headers, (b"connection", b"close")]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if isinstance(answer.body, bytes):
        await _send_slices(answer.body, send)
    else:
        await _send_pieces(answer.body, send, receive, reading)


async def _send_pieces(body: Pieces, send: Send, receive: Receive | None, reading: Reading) -> None:
    gone = asyncio.ensure_future(until_gone(receive)) if receive else None
    if gone:
        # The next piece may take long: whoever works it out learns at once that nobody waits.
        gone.add_done_callback(lambda one: None if one.cancelled() else reading.call.hang_up())
    try:
        while piece := await _in_thread(lambda: next_piece(body), reading.lane):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if gone and gone.done():
                await _in_thread(lambda: abandoned(body), reading.lane)
                return
    finally:
        if gone:
            gone.cancel()
    await send({"type": "http.response.body", "body": b""})


async def _send_slices(body: bytes, send: Send) -> None:
    view = memoryview(body)
    for start in range(0, len(body) - _SLICE, _SLICE):
        chunk = bytes(view[start : start + _SLICE])
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    rest = len(body) - (len(body) - 1) % _SLICE - 1 if body else 0
    await send({"type": "http.response.body", "body": bytes(view[rest:])})


async def _in_thread(read: Callable[[], bytes], lane: PlainLane) -> bytes:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bytes] = loop.create_future()

    def run() -> None:
        try:
            found = read()
        except Exception as error:  # noqa: BLE001 - is raised where it is awaited
            loop.call_soon_threadsafe(_fail, done, error)
        else:
            loop.call_soon_threadsafe(_settle, done, found)

    lane.put(Job(run, lambda: True))
    return await asyncio.shield(done)


def _settle(done: asyncio.Future[bytes], found: bytes) -> None:
    with suppress(asyncio.InvalidStateError):
        done.set_result(found)


def _fail(done: asyncio.Future[bytes], error: Exception) -> None:
    with suppress(asyncio.InvalidStateError):
        done.set_exception(error)
