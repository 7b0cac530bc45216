"""The finalize script as a Jibri's machine has it, and an OptiLearn on loopback for it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from svix.webhooks import Webhook

from tests.support.loopback import Answer, Faults, HttpLoopback, Request

ROOT: Final = Path(__file__).resolve().parents[2]
SCRIPT: Final = ROOT / "platform" / "optilearn" / "live" / "recordings" / "jibri_finalize.py"
REPORT: Final = "/api/webhooks/jitsi-recording"


def installed(home: Path, url: str, secret: str, **more: Any) -> Path:
    """The script and its settings, in a folder as on a Jibri's machine."""
    home.mkdir(parents=True, exist_ok=True)
    script = home / "optilearn_finalize.py"
    shutil.copy(SCRIPT, script)
    (home / "secret").write_text(secret + "\n")
    values = {"url": url, "secretFile": str(home / "secret"), "firstPauseSeconds": 0.05}
    values |= {"log": str(home / "log"), "giveUpSeconds": 60}
    script.with_suffix(".json").write_text(json.dumps(values | more))
    return script


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for a process that nobody can wait for otherwise."""
    for _ in range(600):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("It didn't happen.")


class Fault(StrEnum):
    """What goes wrong with a request."""

    DOWN = "503"
    DROP = "drop"
    HANG = "hang"
    FULL = "409"
    UNSIGNED = "401"
    TAKE_AND_DROP = "take_and_drop"


class OptiLearnServer(HttpLoopback):
    """Takes one film for each session, as the product does; every report must be well signed."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.webhook = Webhook(secret)
        self.films: dict[str, bytes] = {}
        self.announced: list[dict[str, Any]] = []
        self.reports: list[dict[str, Any]] = []
        self.uploads = 0
        self.is_wanted = True
        self.faults: Faults[Fault] = Faults()

    def answer(self, request: Request) -> Answer:
        fault = self.faults.next(request)
        if fault in _BEFORE:
            return _BEFORE[fault]
        answer = self._take(request)
        return Answer(drop=True) if fault is Fault.TAKE_AND_DROP else answer

    def _take(self, request: Request) -> Answer:
        if request.method == "PUT":
            return self._film(request)
        self.webhook.verify(request.body, request.headers)
        body = request.json
        if request.path == f"{REPORT}/upload":
            self.announced.append(body)
            address = {
                "url": f"{self.url}/films/{body['sessionId']}",
                "method": "PUT",
                "headers": {"Content-Type": "video/mp4", "If-None-Match": "*"},
                "expiresAt": "2026-12-01T10:00:00Z",
            }
            return _data({"upload": address if self.is_wanted else None})
        assert request.path == REPORT
        self.reports.append(body)
        session_id = body["data"]["sessionId"]
        if body["type"] == "recording.uploaded" and session_id not in self.films:
            return Answer(409, {"data": None, "error": {"code": "CONFLICT"}})
        return _data({"done": True})

    def _film(self, request: Request) -> Answer:
        assert request.headers["content-type"] == "video/mp4"
        assert request.headers["if-none-match"] == "*"
        session_id = request.path.removeprefix("/films/")
        if session_id in self.films:
            return Answer(412, "")
        self.uploads += 1
        self.films[session_id] = request.body
        return Answer(200, "")


def _data(data: dict[str, Any]) -> Answer:
    return Answer(200, {"data": data, "error": None})


_BEFORE: Final[dict[Fault | None, Answer]] = {
    Fault.DOWN: Answer(503, {"data": None, "error": {"code": "SERVICE_UNAVAILABLE"}}),
    Fault.DROP: Answer(drop=True),
    Fault.HANG: Answer(hang=True),
    Fault.FULL: Answer(409, {"data": None, "error": {"code": "CONFLICT"}}),
    Fault.UNSIGNED: Answer(401, {"data": None, "error": {"code": "AUTH_REQUIRED"}}),
}
