"""Recordings for tests: Jibris' settings, and the finalize script's reports, signed by ``svix``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.test import Client
from svix.webhooks import Webhook

from optilearn.core import clock
from optilearn.live.models import JibriLease, Recording
from optilearn.live.recordings.services import run_recordings
from tests.support.client import check_against_openapi
from tests.support.jibri import MP4, JibriServer
from tests.support.live_classes import JITSI, Classroom

SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
REPORT: Final = "/api/webhooks/jitsi-recording"


def recorders(jibris: Sequence[JibriServer]) -> dict[str, Any]:
    """The settings by which these Jibris record."""
    return JITSI | {
        "JIBRI_URLS": tuple(one.url for one in jibris),
        "JIBRI_DOMAIN": "recorder.meet.example.org",
        "JIBRI_USERNAME": "recorder",
        "JIBRI_PASSWORD": "a recorder's password",
        "RECORDING_WEBHOOK_SECRETS": (SECRET,),
        "JIBRI_CONNECT_SECONDS": 5.0,  # a busy machine is no Jibri that is down
        "JIBRI_READ_SECONDS": 10.0,
    }


class Studio:
    """The recordings of a classroom."""

    def __init__(self, room: Classroom) -> None:
        self.room = room

    def press(self, key: int, name: str = "tom") -> tuple[int, Any]:
        """Somebody presses record."""
        return self.room.ask(name, "POST", f"live-classes/{key}/recording")

    def stop(self, key: int, name: str = "tom") -> tuple[int, Any]:
        """Somebody presses stop."""
        return self.room.ask(name, "DELETE", f"live-classes/{key}/recording")

    def status(self, key: int) -> str:
        """The state that the class shows."""
        return str(self.room.done("tom", "GET", f"live-classes/{key}")["recordingStatus"])

    def row(self, key: int) -> Recording:
        """The latest recording of a class."""
        with self.room.inside():
            return Recording.objects.filter(live_class_id=key).latest("id")

    def tick(self) -> None:
        """Let the worker look."""
        with self.room.inside():
            run_recordings()

    def post(
        self, path: str, body: Any, *, secret: str = SECRET, at: datetime | None = None
    ) -> tuple[int, Any]:
        """A report as the finalize script sends it; the data or the error."""
        raw = body if isinstance(body, str) else json.dumps(body)
        moment = at or self.room.now
        headers = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(secret).sign("msg_1", moment, raw),
        }
        with clock.frozen(self.room.now):
            response = Client(raise_request_exception=False).post(
                path, raw, content_type="application/json", headers=headers
            )
        envelope = json.loads(response.content)
        check_against_openapi("POST", path, response.status_code, envelope)
        return response.status_code, envelope["data"] or envelope["error"]

    def announce(self, session_id: str, **more: Any) -> tuple[int, Any]:
        """The script has a file."""
        body = {"sessionId": session_id, "contentType": "video/mp4", "size": len(MP4)} | more
        return self.post(f"{REPORT}/upload", body)

    def send(self, upload: dict[str, Any], content: bytes = MP4) -> int:
        """The script sends the bytes."""
        path = "/api/files/objects/" + upload["url"].rpartition("/")[2]
        kind = upload["headers"]["Content-Type"]
        with clock.frozen(self.room.now):
            response = Client().put(
                path, content, content_type=kind, headers={"If-None-Match": "*"}
            )
        return int(response.status_code)

    def report(self, session_id: str, kind: str = "uploaded", **data: Any) -> tuple[int, Any]:
        """The script says how it went."""
        body = {"type": f"recording.{kind}", "data": {"sessionId": session_id} | data}
        return self.post(REPORT, body)

    def bring(self, session_id: str) -> None:
        """The script does all of it, and all goes well."""
        status, data = self.announce(session_id)
        assert status == 200, data
        assert self.send(data["upload"]) == 200
        assert self.report(session_id)[0] == 200


def leases() -> dict[str, str]:
    """The session that has each Jibri."""
    return dict(JibriLease.objects.values_list("jibri", "session_id"))
