"""From ASGI to WSGI and back: what Django is told, and what becomes of callers who go."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from optilearn.core.http.call import current_call
from optilearn.serving import application as served
from optilearn.serving.bodies import IN_MEMORY

RUN = "/api/analytics/reports/run"


class Result(list[bytes]):
    """As Django's answers: with a close."""

    streaming = False
    closed = False

    def close(self) -> None:
        self.closed = True


class Caller:
    """The other end of ``receive`` and ``send``."""

    def __init__(self, *chunks: bytes, ends: bool = True) -> None:
        last = len(chunks) - 1
        self.messages = [
            {"type": "http.request", "body": c, "more_body": i < last or not ends}
            for i, c in enumerate(chunks or (b"",))
        ]
        self.gone = asyncio.Event()
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if self.messages:
            return self.messages.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(m.get("body", b"") for m in self.sent[1:])


def scope(method: str = "GET", path: str = "/api/x", **more: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("192.0.2.1", 1234),
        "headers": [],
    } | more


@pytest.fixture
def django(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Stands in for Django: ``[0]`` is called with the environment, and gives status and result."""
    answers: list[Any] = [lambda environ: ("200 OK", Result([b"fine"]))]

    def wsgi(environ: dict[str, Any], start: Any) -> Any:
        status, result = answers[0](environ)
        start(status, [("X-Name", "välue"), ("Content-Length", str(sum(map(len, result))))])
        return result

    monkeypatch.setattr(served, "django", wsgi)
    return answers


def asked(caller: Caller, **what: Any) -> None:
    asyncio.run(
        asyncio.wait_for(served.application(scope(**what), caller.receive, caller.send), 60)
    )


def test_what_django_is_told(django: list[Any]) -> None:
    seen: dict[str, Any] = {}
    django[0] = lambda environ: (
        "201 Created",
        Result([environ["wsgi.input"].read()]) if not seen.update(environ) else None,
    )
    caller = Caller(b"one", b"two")
    headers = [
        (b"host", b"h"),
        (b"content-type", b"text/x"),
        (b"content-length", b"6"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"accept", b"x"),
        (b"accept", b"y"),
        (b"x-real_ip", b"forged"),
    ]
    asked(
        caller,
        method="POST",
        path="/api/é",
        raw_path=b"/api/%C3%A9%2F",
        query_string=b"q=%C3%A9",
        headers=headers,
    )
    assert caller.sent[0]["status"] == 201
    assert (b"X-Name", "välue".encode("latin-1")) in caller.sent[0]["headers"]
    assert caller.body == b"onetwo"
    assert seen["PATH_INFO"].encode("latin-1").decode() == "/api/é/"
    assert seen["QUERY_STRING"] == "q=%C3%A9"
    assert (seen["CONTENT_TYPE"], seen["CONTENT_LENGTH"]) == ("text/x", "6")
    assert (seen["HTTP_COOKIE"], seen["HTTP_ACCEPT"]) == ("a=1;b=2", "x,y")
    assert seen["REMOTE_ADDR"] == "192.0.2.1"
    assert not [name for name in seen if "REAL" in name]


@pytest.mark.parametrize("size", [0, 1, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, IN_MEMORY + 3])
def test_an_answer_arrives_whole(django: list[Any], size: int) -> None:
    body = bytes(n % 251 for n in range(size))
    result = Result([body])
    django[0] = lambda environ: ("200 OK", result)
    caller = Caller()
    asked(caller)
    assert caller.body == body
    assert caller.sent[-1].get("more_body", False) is False
    assert result.closed


def test_a_streamed_answer_is_read_in_pieces_and_closed(django: list[Any]) -> None:
    result = Result([b"a", b"", b"b" * 70_000])
    result.streaming = True
    django[0] = lambda environ: ("200 OK", result)
    caller = Caller()
    asked(caller)
    assert caller.body == b"a" + b"b" * 70_000
    assert result.closed


@pytest.mark.parametrize("stated", [True, False])
def test_a_body_that_is_too_long_is_not_read_to_its_end(django: list[Any], stated: bool) -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    seen: dict[str, Any] = {}
    django[0] = lambda environ: ("400 Bad Request", seen.update(environ) or Result([b"no"]))
    chunk = b"x" * (limit // 4)
    caller = Caller(*[chunk] * 50)
    length = [(b"content-length", str(limit + 1).encode())]
    head = length if stated else [(b"transfer-encoding", b"chunked")]
    asked(caller, method="POST", headers=head)
    assert len(caller.messages) >= 45
    assert int(seen["CONTENT_LENGTH"]) > limit
    assert (b"connection", b"close") in caller.sent[0]["headers"]


def test_who_goes_before_the_body_is_here_is_never_answered(django: list[Any]) -> None:
    django[0] = lambda environ: pytest.fail("Django was asked")
    caller = Caller(b"half", ends=False)
    caller.gone.set()
    asked(caller, method="POST", headers=[(b"content-length", b"9")])
    assert caller.sent == []


def test_a_report_hears_that_its_caller_has_gone(django: list[Any]) -> None:
    heard, begun = threading.Event(), threading.Event()

    def work(environ: Any) -> Any:
        call = current_call()
        assert call is not None
        assert call.arrived <= time.perf_counter()
        call.when_gone(heard.set)
        begun.set()
        assert heard.wait(30)
        assert call.is_gone
        return "200 OK", Result([b"late"])

    django[0] = work

    async def go() -> None:
        caller = Caller()
        running = asyncio.ensure_future(
            served.application(
                scope("GET", "/api/v1/analytics/catalog"), caller.receive, caller.send
            )
        )
        await asyncio.to_thread(begun.wait, 30)
        caller.gone.set()
        await asyncio.wait_for(running, 30)
        assert caller.sent == []

    asyncio.run(go())
    assert heard.is_set()


def test_a_body_stays_open_for_a_thread_whose_caller_has_gone(django: list[Any]) -> None:
    gone, begun = threading.Event(), threading.Event()
    bodies: list[Any] = []
    read: list[bytes] = []

    def work(environ: Any) -> Any:
        begun.set()
        assert gone.wait(30)
        bodies.append(environ["wsgi.input"])
        read.append(environ["wsgi.input"].read())
        return "200 OK", Result([b"late"])

    django[0] = work

    async def go() -> None:
        caller = Caller(b"{}")
        head = [(b"content-length", b"2")]
        running = asyncio.ensure_future(
            served.application(scope("POST", RUN, headers=head), caller.receive, caller.send)
        )
        await asyncio.to_thread(begun.wait, 30)
        caller.gone.set()
        await asyncio.wait_for(running, 30)
        gone.set()
        while not (bodies and bodies[0].closed):  # noqa: ASYNC110 - a thread closes it
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(go(), 60))
    assert read == [b"{}"]


def test_a_report_that_gets_no_thread_in_time_is_told_so(
    django: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REPORT_WAIT_SECONDS", 0.2)
    end = threading.Event()
    django[0] = lambda environ: ("200 OK", Result([b"x"] if end.wait(60) else []))

    async def go() -> None:
        callers = [Caller() for _ in range(served.settings.REPORT_THREADS + 1)]
        running = [
            asyncio.ensure_future(served.application(scope("POST", RUN), c.receive, c.send))
            for c in callers
        ]
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED, timeout=30)
        assert done
        end.set()
        await asyncio.wait(running, timeout=30)
        statuses = sorted(c.sent[0]["status"] for c in callers)
        assert statuses[-1] == 503
        assert statuses[0] == 200

    asyncio.run(go())


@pytest.mark.parametrize(
    ("method", "path", "yes"),
    [
        ("POST", RUN, True),
        ("POST", "/api/v1/analytics/reports/drill", True),
        ("GET", "/api/analytics/catalog", True),
        ("DELETE", "/api/analytics/reports/runs/x", False),
        ("GET", "/api/session", False),
        ("GET", "/analytics/", True),
    ],
)
def test_which_requests_are_reports(method: str, path: str, yes: bool) -> None:
    if path.startswith("/api/"):
        assert served.is_report(scope(method, path)) is yes
