"""A scheduled report through all processes: API, Dagster's daemon, Celery, the post."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import ROOT, environment
from tests.e2e.test_up import answers, free_port

pytestmark = pytest.mark.slow

PROCFILE = """\
web: optilearn serve --port $PORT --workers 1
daemon: dagster-daemon run -m pipelines.definitions
worker: celery -A worker.app worker --loglevel ERROR --concurrency 1
"""
REPORT = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": ["enrollments.count"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scheduled")


@pytest.fixture(scope="module")
def env(folder: Path) -> dict[str, str]:
    ports = {"PORT": str(free_port()), "DAGSTER_PORT": str(free_port())}
    return environment(folder / "home") | ports


@pytest.fixture(scope="module")
def api(folder: Path, env: dict[str, str]) -> Iterator[httpx.Client]:
    """The API of a running product, as Springdale's administrator."""
    (folder / "Procfile").write_text(PROCFILE)
    shutil.copyfile(ROOT / "dagster.yaml", folder / "dagster.yaml")
    optilearn = [sys.executable, "-m", "optilearn"]

    def said(*words: str) -> str:
        done = subprocess.run(
            [*optilearn, *words], env=env, cwd=folder, capture_output=True, text=True, check=True
        )
        return done.stdout

    said("migrate", "--verbosity", "0")
    said("load_school")
    said("snapshot", "--institution", "springdale")
    token = said("token", "--institution", "springdale", "--role", "ADMIN").strip().split()[-1]
    log = (folder / "said").open("wb")
    up = subprocess.Popen([*optilearn, "up"], env=env, cwd=folder, stdout=log, stderr=log)
    try:
        until(lambda: answers(int(env["PORT"])))
        base = f"http://127.0.0.1:{env['PORT']}/api/analytics"
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=base, headers=headers, timeout=60) as client:
            yield client
    finally:
        up.terminate()
        up.wait(300)
        log.close()


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + 600
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.5)
    return found


def created(client: httpx.Client, path: str, **body: Any) -> dict[str, Any]:
    response = client.post(path, json=body)
    assert response.is_success, response.text
    data: dict[str, Any] = response.json()["data"]
    return data


def mails(folder: Path) -> list[EmailMessage]:
    found = []
    for path in (folder / "home" / "mail").glob("*.eml"):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def test_what_arrives_is_what_the_screen_shows(api: httpx.Client, folder: Path) -> None:
    policy = str(api.base_url).rstrip("/").replace("/analytics", "/notifications/policy")
    awake = api.patch(policy, json={"quietHours": {"enabled": False}})  # whatever time it is
    assert awake.is_success, awake.text
    item = created(api, "/saved-reports", name="By course", definition=REPORT, publish=True)
    schedule = created(
        api, "/schedules", name="By course, each morning", savedItemId=item["id"],
        timing={"rule": "FREQ=DAILY", "startsAt": "2026-12-01T08:00"},
        recipients=[{"kind": "ROLE", "role": "ADMIN"}], formats=["csv", "xlsx"],
    )  # fmt: skip
    created(api, f"/schedules/{schedule['id']}/test")
    (mail,) = until(lambda: mails(folder))
    shown = created(api, "/reports/run", definition=REPORT)
    files = {part.get_content_type(): part for part in mail.iter_attachments()}
    assert len(files) == 2
    content = files["text/csv"].get_payload(decode=True)
    assert isinstance(content, bytes)
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))[1:]
    assert [[code, int(count)] for code, count in rows] == shown["rows"]
    (received,) = api.get("/deliveries").json()["data"]
    assert received["snapshotId"] == shown["meta"]["snapshot"]["id"]
    path = received["files"][0]["url"].partition("/api/analytics")[2]
    assert api.get(path, follow_redirects=True).content == content
    (run,) = api.get(f"/schedules/{schedule['id']}/occurrences").json()["data"]
    assert (run["kind"], run["status"], run["counts"]["sent"]) == ("TEST", "DONE", 1)
