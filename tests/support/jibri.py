"""A Jibri on loopback: one job at a time, a stop without an id, a finalize script at the end.

As ``HttpApi.kt`` and ``FileRecordingJibriService.kt`` have it: 412 both for a busy Jibri and for
missing parameters, with different texts; 200 for any stop; nothing written, no script called.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from tests.support.loopback import Answer, Faults, HttpLoopback, Request

API: Final = "/jibri/api/v1.0"
MP4: Final = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 40
"""What a sniffer takes for a film."""


class Fault(StrEnum):
    """What goes wrong with a request."""

    HANG = "hang"
    DROP = "drop"
    TAKE_AND_HANG = "take_and_hang"
    """The job begins, and no answer comes."""
    ERROR = "500"
    MISSING = "missing"
    """412, as an older Jibri that wants another parameter."""
    RACED = "raced"
    """412: it got a job after it said that it was idle."""
    UNHEALTHY = "unhealthy"
    EXPIRED = "expired"
    NONSENSE = "nonsense"


class JibriServer(HttpLoopback):
    """Records nothing but the requests; writes the files of a real one."""

    def __init__(self, folder: Path | None = None, script: Path | None = None) -> None:
        super().__init__()
        self.folder = folder
        self.script = script
        self.media: bytes | None = MP4
        """What a job leaves; None: it never joined the call."""
        self.job: dict[str, Any] | None = None
        self.jobs: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.faults: Faults[Fault] = Faults()
        """Of starts and stops."""
        self.health_faults: Faults[Fault] = Faults()

    def answer(self, request: Request) -> Answer:
        called = request.path.removeprefix(API + "/")
        self.calls.append(called)
        if (request.method, called) == ("GET", "health"):
            return self._health(request)
        fault = self.faults.next(request)
        if fault in _BEFORE:
            return _BEFORE[fault]
        if (request.method, called) == ("POST", "startService"):
            answer = self._start(request.json)
            return Answer(hang=True) if fault is Fault.TAKE_AND_HANG else answer
        if (request.method, called) == ("POST", "stopService"):
            assert request.body == b""
            self.end()
            return Answer(200, "")
        return Answer(404, "")

    def end(self) -> None:
        """The job ends: by a stop, or as the last participant has left."""
        job, self.job = self.job, None
        if job is None or self.folder is None or self.media is None:
            return
        folder = self.folder / re.sub(r"[^A-Za-z0-9_-]", "_", job["sessionId"])
        info = job["callParams"]["callUrlInfo"]
        end = "_2026-12-01-10-00-00.mp4"
        folder.mkdir(parents=True)
        (folder / (info["callName"][: 125 - len(end)] + end)).write_bytes(self.media)
        metadata = {"meeting_url": f"{info['baseUrl']}/{info['callName']}", "participants": []}
        (folder / "metadata.json").write_text(json.dumps(metadata))
        if self.script is not None:
            # Its output is read to the end, as Jibri does: a script that lets it go is quick.
            command = [sys.executable, str(self.script), str(folder)]
            subprocess.run(command, capture_output=True, check=False, timeout=30)

    def _health(self, request: Request) -> Answer:
        fault = self.health_faults.next(request)
        if fault in _BEFORE:
            return _BEFORE[fault]
        busy = "BUSY" if self.job else "IDLE"
        health = "UNHEALTHY" if fault is Fault.UNHEALTHY else "HEALTHY"
        return Answer(
            200,
            {
                "status": {
                    "busyStatus": "EXPIRED" if fault is Fault.EXPIRED else busy,
                    "health": {"healthStatus": health, "details": {}},
                },
                "environmentContext": None,
            },
        )

    def _start(self, body: dict[str, Any]) -> Answer:
        if self.job is not None:
            return Answer(412, "Jibri is currently busy")
        if str(body["sinkType"]).lower() == "file" and not body.get("callLoginParams"):
            return Answer(412, "Call login params missing")
        self.job = body
        self.jobs.append(body)
        return Answer(200, "")


_BEFORE: Final[dict[Fault | None, Answer]] = {
    Fault.HANG: Answer(hang=True),
    Fault.DROP: Answer(drop=True),
    Fault.ERROR: Answer(500, ""),
    Fault.MISSING: Answer(412, "Call login params missing"),
    Fault.RACED: Answer(412, "Jibri is currently busy"),
    Fault.NONSENSE: Answer(200, "<html>A page</html>"),
}
