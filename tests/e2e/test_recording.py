"""A class recorded from the button to the film: our server, a Jibri, the finalize script."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_django.plugin import DjangoDbBlocker

from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.models import Notification
from tests.support.at_once import working_on
from tests.support.client import bearer, token_of
from tests.support.database import migrated_database
from tests.support.finalizing import installed, wait_until
from tests.support.jibri import MP4, JibriServer
from tests.support.server import serving
from tests.support.twins import Twin, make_twins

pytestmark = pytest.mark.slow
SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def settings_for(jibri: JibriServer) -> dict[str, str]:
    return {
        "JITSI_URL": "https://meet.example.org",
        "JITSI_APP_ID": "optilearn",
        "JITSI_APP_SECRET": secrets.token_hex(32),
        "JIBRI_URLS": jibri.url,
        "JIBRI_DOMAIN": "recorder.meet.example.org",
        "JIBRI_USERNAME": "recorder",
        "JIBRI_PASSWORD": secrets.token_hex(8),
        "JIBRI_READ_MS": "40000",  # its stop runs the script, on a busy machine
        "RECORDING_WEBHOOK_SECRETS": SECRET,
    }


class Client:
    """One of the twin's people, on the server."""

    def __init__(self, twin: Twin, name: str, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}/api/"
        self.headers = bearer(token_of(twin, name))

    def ask(self, method: str, path: str, **body: Any) -> Any:
        answer = httpx.request(
            method, self.base + path, headers=self.headers, json=body or None, timeout=60
        )
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()["data"]


def test_from_the_button_to_the_film(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    with (
        JibriServer(tmp_path / "recordings") as jibri,
        migrated_database("recording") as database,
        working_on(database, django_db_blocker),
    ):
        twin, _ = make_twins()
        with serving(database, tmp_path / "home", settings_for(jibri)) as port:
            jibri.script = installed(tmp_path / "jibri", f"http://127.0.0.1:{port}", SECRET)
            _record(twin, port, jibri, tmp_path / "recordings")
        with tenant_context(twin.id):
            told = Notification.objects.filter(key="LIVE_CLASS_RECORDING_READY")
            assert told.count() == 1


def _record(twin: Twin, port: int, jibri: JibriServer, folder: Path) -> None:
    tom, lena = Client(twin, "tom", port), Client(twin, "lena", port)
    start = datetime.now(UTC) + timedelta(minutes=1)
    course = twin.courses["MATH"].pk
    plan = {"title": "Fractions", "startsAt": start.isoformat(), "minutes": 60}
    key = tom.ask("POST", f"courses/{course}/live-classes", **plan)["id"]
    tom.ask("POST", f"live-classes/{key}/start")
    tom.ask("POST", f"live-classes/{key}/recording")
    assert jibri.job is not None
    tom.ask("DELETE", f"live-classes/{key}/recording")
    assert jibri.job is None
    wait_until(lambda: not list(folder.iterdir()))
    (found,) = lena.ask("GET", f"live-classes/{key}/recordings")
    address = lena.ask("GET", f"recordings/{found['id']}/url")["url"]
    assert httpx.get(address, timeout=60).content == MP4
