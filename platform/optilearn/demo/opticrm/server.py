"""The server: HTTP/1.1 on a loopback port, with the checks that OptiCRM makes."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

from optilearn.demo.opticrm.data import CrmSchool, Record
from optilearn.demo.opticrm.faults import (
    EVERYWHERE,
    Fault,
    Faults,
    Kind,
    of_a_stranger,
    of_another_institution,
    of_wrong_types,
)

API_KEY: Final = "small-opticrm-" + "key"
"""The bearer token of the demonstration and the tests."""

_READS: Final = tuple(
    (name, re.compile(pattern.replace("{id}", "(?P<id>[^/]+)")), method)
    for name, pattern, method in (
        ("contact", "/api/lms/contact/{id}", "contact"),
        ("parents", "/api/lms/student/{id}/parents", "parents_of"),
        ("student", "/api/lms/student/{id}", "student"),
        ("user", "/api/lms/user/{id}", "user"),
        ("classes", "/api/lms/classes", "all_classes"),
        ("roster", "/api/lms/sections/{id}/students", "roster"),
        ("feeStatus", "/api/lms/students/{id}/fee-status", "fee_status"),
        ("attendance", "/api/lms/students/{id}/attendance", "attendance_of"),
        ("children", "/api/lms/parent/{id}/children", "children_of"),
    )
)
"""Endpoint, path, and the method of ``CrmSchool`` that answers."""
COMPLETION: Final = "completion"


@dataclass(frozen=True)
class Asked:
    """One request that arrived."""

    method: str
    path: str
    endpoint: str
    slug: str
    idempotency_key: str
    body: Any = None


@dataclass
class _Desk:
    """State that the server's threads share."""

    schools: dict[str, CrmSchool]
    api_key: str
    faults: Faults = field(default_factory=Faults)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0


class OptiCrmServer:
    """Serves schools by slug until closed; use it as a context manager.

    ``port`` 0 takes a free one. ``stop`` and ``start`` are a server that is down for a while;
    it comes back on the same port.
    """

    def __init__(
        self, schools: Mapping[str, CrmSchool], *, api_key: str = API_KEY, port: int = 0
    ) -> None:
        self._desk = _Desk(dict(schools), api_key)
        self._port = port
        self._server: _Server | None = None

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

    @property
    def url(self) -> str:
        """Its address; the institution is said by a header alone."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def schools(self) -> dict[str, CrmSchool]:
        """The schools by slug."""
        return self._desk.schools

    @property
    def faults(self) -> Faults:
        """The injected faults."""
        return self._desk.faults

    @property
    def asked(self) -> list[Asked]:
        """Every request so far, those that were refused too."""
        return list(self._desk.asked)

    @property
    def connections(self) -> int:
        """The number of connections accepted so far."""
        return self._desk.connections

    def count(self, endpoint: str) -> int:
        """Return the number of requests to an endpoint."""
        return sum(asked.endpoint == endpoint for asked in self._desk.asked)

    def fail(self, endpoint: str, kind: Kind, **how: Any) -> None:
        """From now on an endpoint (``*``: each) fails in a way."""
        self.faults.set(endpoint, Fault(kind, **how))

    def invalidate(self) -> None:
        """No faults, and nothing was asked."""
        self.faults.clear()
        self._desk.asked.clear()
        self._desk.connections = 0

    def start(self) -> None:
        """Accept connections."""
        self._server = _Server(("127.0.0.1", self._port), self._desk)
        self._port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def serve(self) -> None:
        """Accept connections in this thread until it is interrupted."""
        self._server = _Server(("127.0.0.1", self._port), self._desk)
        self._port = self._server.server_address[1]
        self._server.serve_forever()

    def stop(self) -> None:
        """Accept no more, and drop the connections that are open."""
        if self._server is not None:
            self._server.shutdown()
            self._server.hang_up()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], desk: _Desk) -> None:
        self.desk = desk
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.desk.connections += 1
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # head and body leave together, or the caller waits for the second
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Answer one of the nine reads."""
        path = urlsplit(self.path).path
        if path == "/_admin/requests":
            return self._send(HTTPStatus.OK, [vars(asked) for asked in self.server.desk.asked])
        for endpoint, pattern, method in _READS:
            match = pattern.fullmatch(path)
            if match:
                key = unquote(match.groupdict().get("id") or "")
                return self._answer(endpoint, partial(_read, method, key))
        return self._answer("", lambda _: None)

    def do_POST(self) -> None:
        """Take a completion, or a fault from whoever shows the product."""
        body = self._body()
        if self.path == "/_admin/faults":
            return self._take_fault(body)
        if urlsplit(self.path).path != f"/api/lms/{COMPLETION}":
            return self._answer("", lambda _: None)
        key = self.headers.get("Idempotency-Key", "")
        return self._answer(COMPLETION, lambda school: _completed(school, key, body), body)

    def do_DELETE(self) -> None:
        """End the faults."""
        if self.path == "/_admin/faults":
            self.server.desk.faults.clear()
            return self._send(HTTPStatus.OK, {"faults": 0})
        return self._answer("", lambda _: None)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are kept, not printed."""

    def _take_fault(self, body: Any) -> None:
        try:
            how = dict(body)
            endpoint = how.pop("endpoint", EVERYWHERE)
            how["retry_after"] = how.pop("retryAfter", None)
            fault = Fault(Kind(how.pop("fault")), **how)
        except (KeyError, TypeError, ValueError) as error:
            return self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        self.server.desk.faults.set(endpoint, fault)
        return self._send(HTTPStatus.OK, {"endpoint": endpoint, "fault": fault.kind})

    def _answer(
        self, endpoint: str, work: Callable[[CrmSchool], Any], body: Record | None = None
    ) -> None:
        """Check the caller, do the work, and fail in the way that is in force."""
        desk = self.server.desk
        slug = self.headers.get("x-institution-slug", "")
        key = self.headers.get("Idempotency-Key", "")
        desk.asked.append(Asked(self.command, self.path, endpoint, slug, key, body))
        fault = desk.faults.next(endpoint)
        if fault is not None and fault.kind is Kind.STATUS:
            return self._refuse(HTTPStatus(fault.status), "A fault.", fault.retry_after)
        school = desk.schools.get(slug)
        if school is None or not endpoint:
            return self._refuse(HTTPStatus.NOT_FOUND, "There is nothing here.")
        if self.headers.get("Authorization") != f"Bearer {desk.api_key}":
            return self._refuse(HTTPStatus.UNAUTHORIZED, "The key is wrong.")
        data = work(school)
        if data is None:
            return self._refuse(HTTPStatus.NOT_FOUND, "There is no such record.")
        return self._fail(fault, data) if fault else self._send(HTTPStatus.OK, data)

    def _fail(self, fault: Fault, data: Any) -> None:
        kind = fault.kind
        body = _envelope(data)
        if kind is Kind.SLOW:
            time.sleep(fault.seconds)
            return self._send(HTTPStatus.OK, data)
        if kind is Kind.DROP:
            self.close_connection = True
            return None
        if kind is Kind.HALF:
            self._head(HTTPStatus.OK, len(body))
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return None
        if kind is Kind.DRIBBLE:
            return self._dribble(body, fault.seconds)
        if kind is Kind.NOT_JSON:
            return self._write(HTTPStatus.OK, b"<html>It works!</html>")
        changed = {
            Kind.WRONG_TYPES: of_wrong_types,
            Kind.LYING: of_another_institution,
            Kind.STRANGER: of_a_stranger,
        }[kind](data)
        return self._send(HTTPStatus.OK, changed)

    def _dribble(self, body: bytes, seconds: float) -> None:
        self._head(HTTPStatus.OK, len(body))
        with suppress(OSError):  # the caller has gone, as it should
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(seconds)
        self.close_connection = True

    def _body(self) -> Any:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            return json.loads(raw)
        except ValueError:
            return None

    def _refuse(self, status: HTTPStatus, message: str, retry_after: str | None = None) -> None:
        error = {"code": status.name, "message": message}
        body = json.dumps({"data": None, "error": error}).encode()
        self._write(status, body, {"Retry-After": retry_after} if retry_after else {})

    def _send(self, status: HTTPStatus, data: Any) -> None:
        self._write(status, _envelope(data))

    def _write(
        self, status: HTTPStatus, body: bytes, more: Mapping[str, str] | None = None
    ) -> None:
        self._head(status, len(body), more)
        self.wfile.write(body)

    def _head(self, status: HTTPStatus, length: int, more: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()


def _read(method: str, key: str, school: CrmSchool) -> Any:
    return getattr(school, method)(key)


def _completed(school: CrmSchool, key: str, body: Any) -> Record | None:
    if not key or not isinstance(body, dict) or body.get("studentId") not in school.students:
        return None
    return school.complete(key, body)


def _envelope(data: Any) -> bytes:
    return json.dumps({"data": data, "error": None}, ensure_ascii=False).encode()
