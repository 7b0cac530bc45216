"""Jibri's HTTP API, without records (docs/protocols.md#jibri).

It asks nobody who they are, does one job at a time, and its ``stopService`` names no job: it ends
whatever that Jibri is doing. Who may call it is decided by leases (``leases.py``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any, Final

import httpx
import msgspec

from optilearn.core.jsontext import read_json

_API: Final = "/jibri/api/v1.0"
_MAX_BYTES: Final = 64 * 1024
_BUSY: Final = "busy"
"""In the text of a 412; without it, the same status means that parameters are missing."""


class JibriError(Exception):
    """A Jibri doesn't do what it was asked."""

    is_certain = True
    """False if it may have begun the job all the same."""


class JibriBusyError(JibriError):
    """It does another job, or is about to shut down."""


class JibriRefusedError(JibriError):
    """It can't use the request: our settings, or another version of Jibri."""


class JibriUnwellError(JibriError):
    """It can't be reached, or isn't healthy."""


class JibriSilentError(JibriError):
    """It got the request, and no answer can be read."""

    is_certain = False


@dataclass(frozen=True)
class Job:
    """A room that is to be recorded into a file."""

    session_id: str
    base_url: str
    """Of the video server; the room's name is appended to it."""
    room: str


@dataclass(frozen=True)
class Login:
    """The account by which recorders are in a room, unseen. Jibri needs it to record a file."""

    domain: str
    username: str
    password: str


class _Condition(msgspec.Struct):
    health_status: str = msgspec.field(name="healthStatus")


class _Status(msgspec.Struct):
    busy_status: str = msgspec.field(name="busyStatus")
    health: _Condition


class _Health(msgspec.Struct):
    status: _Status


class Jibri:
    """One Jibri. ``connect`` and ``total`` are seconds, for connecting and for a whole answer."""

    def __init__(self, url: str, *, connect: float, total: float) -> None:
        self._url = url
        self._connect = connect
        self._total = total

    def check_idle(self) -> None:
        """Check that it would take a job. Raises ``JibriBusyError``, ``JibriUnwellError``."""
        try:
            status, body = self._asked("GET", "/health")
            found = read_json(body, _Health).status if status == httpx.codes.OK else None
        except (JibriSilentError, ValueError) as error:
            raise JibriUnwellError("its health can't be read") from error
        if found is None or found.health.health_status != "HEALTHY":
            raise JibriUnwellError("it isn't healthy")
        if found.busy_status != "IDLE":
            raise JibriBusyError(f"it is {found.busy_status}")

    def start(self, job: Job, login: Login) -> None:
        """Start a job. That it returns means that the Jibri will try.

        Raises ``JibriBusyError``, ``JibriRefusedError``, ``JibriUnwellError``, and
        ``JibriSilentError`` if it isn't known whether the job has begun.
        """
        status, body = self._asked("POST", "/startService", _start_body(job, login))
        if status == httpx.codes.OK:
            return
        said = body.decode("utf-8", "replace")[:200]
        if status == httpx.codes.PRECONDITION_FAILED and _BUSY in said.lower():
            raise JibriBusyError("it is busy")
        if status == httpx.codes.INTERNAL_SERVER_ERROR:
            raise JibriUnwellError("it failed")
        raise JibriRefusedError(f"{status}: {said}")

    def stop(self) -> None:
        """End whatever it is doing. Raises ``JibriUnwellError``, ``JibriSilentError``."""
        status, _ = self._asked("POST", "/stopService")
        if status != httpx.codes.OK:
            raise JibriUnwellError(f"its stop answered {status}")

    def _asked(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Return the status and the body of an answer that is whole in time."""
        deadline = monotonic() + self._total
        timeout = httpx.Timeout(self._total, connect=min(self._connect, self._total))
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if content else {}
        try:
            with _client().stream(
                method,
                f"{self._url}{_API}{path}",
                content=content,
                headers=headers,
                timeout=timeout,
            ) as response:
                return response.status_code, _received(response, deadline)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
            raise JibriUnwellError("it can't be reached") from error
        except httpx.HTTPError as error:
            raise JibriSilentError(f"no answer ({type(error).__name__})") from error


@cache
def _client() -> httpx.Client:
    """Return the process's client, made once: its TLS settings take longer than a call.

    No connection is used again: on one that the Jibri has closed meanwhile nobody knows whether
    a request went through.
    """
    return httpx.Client(
        limits=httpx.Limits(max_keepalive_connections=0),
        trust_env=False,  # what the environment says comes through the settings
    )


def _received(response: httpx.Response, deadline: float) -> bytes:
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > _MAX_BYTES or monotonic() > deadline:
            raise JibriSilentError("its answer has no end")
        parts.append(part)
    return b"".join(parts)


def _start_body(job: Job, login: Login) -> Mapping[str, Any]:
    return {
        "sessionId": job.session_id,
        "callParams": {"callUrlInfo": {"baseUrl": job.base_url, "callName": job.room}},
        "callLoginParams": {
            "domain": login.domain,
            "username": login.username,
            "password": login.password,
        },
        "sinkType": "file",
    }
