"""Clients that generators make from docs/openapi.json: they compile strictly, and find their way.

The way is that of docs/api.md, from start to end. The generators are not ours: what they can't
make a client of is no description.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from openapi_spec_validator import OpenAPIV31SpecValidator

from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.files.kinds import CATEGORIES
from tests.optilearn.enrollment.world import lessons_of, make_course
from tests.support.client import token_of
from tests.support.twins import Twin

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "openapi.json"
TYPESCRIPT = ROOT / "tests" / "clients"
DESCRIPTION: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
BY_SIGNED_ADDRESS = "/files/objects/{token}"
"""Files of any type, asked for by an address that is told: no generated client is needed."""


@pytest.fixture(autouse=True)
def _one_connection(settings: Any, tmp_path: Path) -> Iterator[None]:
    """The connection holds the test's transaction: a request's end must not close it."""
    settings.FILES_URL = (tmp_path / "files").as_uri()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def north(twins: tuple[Twin, Twin]) -> Twin:
    twin = twins[0]
    course = make_course(twin, "FILM", {"title": "Look"}, title="A film")
    with tenant_context(twin.id):
        Course.objects.filter(pk=course.pk).update(max_enrollments=5)
    return twin


@pytest.fixture(scope="module")
def client_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated") / "optilearn_client"
    made = subprocess.run(
        [
            Path(sys.executable).parent / "openapi-python-client",
            "generate", "--path", DOCUMENT, "--output-path", folder, "--meta", "none",
        ],
        env=dict(os.environ) | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    warned = [line for line in made.stdout.splitlines() if line.startswith("WARNING")]
    assert all(BY_SIGNED_ADDRESS in line for line in warned), made.stdout
    return folder


@pytest.fixture(scope="module")
def client(client_folder: Path) -> Iterator[ModuleType]:
    sys.path.insert(0, str(client_folder.parent))
    try:
        yield importlib.import_module(client_folder.name)
    finally:
        sys.path.remove(str(client_folder.parent))


def test_the_description_is_valid() -> None:
    OpenAPIV31SpecValidator(DESCRIPTION).validate()


def test_the_generated_client_compiles_strictly(client_folder: Path) -> None:
    """All but the generator's own `client.py`, which is the same for every description."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", client_folder.name],
        cwd=client_folder.parent, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    wrong = [line for line in done.stdout.splitlines() if ": error:" in line]
    own = [line for line in wrong if line.split(":")[0] != "optilearn_client/client.py"]
    assert own == []
    assert done.stderr == ""


def test_the_categories_of_files_are_all_stated() -> None:
    stated = DESCRIPTION["components"]["schemas"]["FileCategory"]["enum"]
    assert set(stated) == set(CATEGORIES)


def test_no_member_of_an_enum_is_nameless(client_folder: Path) -> None:
    for path in (client_folder / "models").glob("*.py"):
        assert "VALUE_" not in path.read_text(encoding="utf-8"), path.name


class Caller:
    """Somebody with the generated client; operations by their ids."""

    def __init__(self, client: ModuleType, twin: Twin, name: str) -> None:
        self.package = client.__name__
        transport = httpx.WSGITransport(app=WSGIHandler())
        self.client = client.AuthenticatedClient(
            "http://testserver/api/v1", token_of(twin, name), httpx_args={"transport": transport}
        )

    def model(self, name: str, **fields: Any) -> Any:
        return getattr(importlib.import_module(f"{self.package}.models"), name)(**fields)

    def member(self, name: str, value: str) -> Any:
        return getattr(importlib.import_module(f"{self.package}.models"), name)(value)

    def call(self, tag: str, operation: str, *args: Any, **fields: Any) -> Any:
        module = importlib.import_module(f"{self.package}.api.{tag}.{operation}")
        answer = module.sync_detailed(*args, client=self.client, **fields)
        assert answer.status_code < 300, answer.content
        assert answer.parsed.error is None
        return answer.parsed.data


def test_a_change_of_one_field_changes_one_field(client: ModuleType, north: Twin) -> None:
    tom, lena = Caller(client, north, "tom"), Caller(client, north, "lena")
    course = tom.call("courses", "get_course", north.courses["FILM"].pk)
    change = tom.model("CourseChange", max_enrollments=40)
    assert change.to_dict() == {"maxEnrollments": 40}
    after = tom.call("courses", "update_course", course.id, body=change)
    kept = after.to_dict() | {"maxEnrollments": 5, "updatedAt": course.to_dict()["updatedAt"]}
    assert kept == course.to_dict()
    own = lena.call("enrollments", "enroll_in_course", course.id)
    moved = tom.model("EnrollmentChange", expires_at=course.updated_at.replace(year=2090))
    assert tom.call("enrollments", "update_enrollment", own.id, body=moved).status == "ACTIVE"


def test_every_change_starts_empty(client: ModuleType) -> None:
    models = importlib.import_module(f"{client.__name__}.models")
    changes = {
        schema["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
        for operations in DESCRIPTION["paths"].values()
        for method, operation in operations.items()
        if method == "patch" and (schema := operation["requestBody"])
    }
    assert len(changes) >= 8
    for name in changes:
        assert getattr(models, name)().to_dict() == {}, name


def test_the_python_client_walks_the_way(client: ModuleType, north: Twin) -> None:
    lena = Caller(client, north, "lena")
    assert lena.call("people", "get_session").role == "STUDENT"
    (course,) = lena.call("courses", "list_courses", q="film")
    lena.call("enrollments", "enroll_in_course", course.id)
    assert course.id in {one.course.id for one in lena.call("learning", "list_own_courses")}
    outline = lena.call("learning", "get_own_course", course.id)
    lesson = outline.modules[0].lessons[0]
    assert (lesson.kind, lesson.lock.locked) == ("TEXT", False)
    assert lena.call("learning", "open_lesson", lesson.id).progress.status == "STARTED"
    report = lena.model("ProgressIn", seconds=0, watched=[[0, 1]])
    lena.call("learning", "report_progress", lesson.id, body=report)
    done = lena.call("learning", "complete_lesson", lesson.id)
    assert (done.lesson.status, done.course.status) == ("COMPLETED", "COMPLETED")
    event = lena.model(
        "EventIn",
        id="0196f3a2-7c1e-7b3a-9d55-3f0c8a1e2b47",
        kind=lena.member("EventKind", "VIEW"),
        course_id=course.id,
        occurred_at=done.lesson.completed_at,
    )
    events = lena.model("EventsIn", events=[event])
    assert lena.call("activity", "send_activity_events", body=events).accepted == 1
    (welcome,) = lena.call("notifications", "list_notifications", unread_only=True, limit=25)
    assert (welcome.category, welcome.title) == ("COURSES", "Welcome to A film")
    lena.call("notifications", "mark_notifications_read", body=lena.model("ReadIn", all_=True))
    assert lena.call("notifications", "count_unread_notifications").count == 0
    lena.call("notifications", "get_notification_preferences")


def test_a_file_goes_up_as_a_browser_sends_it(client: ModuleType, north: Twin) -> None:
    """With the headers that are told and none that a browser forbids (Fetch, "forbidden")."""
    tom = Caller(client, north, "tom")
    content = b"%PDF-1.4\n%%EOF\n"
    wish = tom.model(
        "UploadIn",
        filename="a.pdf",
        content_type="application/pdf",
        category=tom.member("FileCategory", "document"),
        size=len(content),
        course_id=north.courses["FILM"].pk,
    )
    told = tom.call("files", "start_upload", body=wish)
    headers = told.headers.to_dict()
    assert not {name.lower() for name in headers} & {"content-length", "host", "connection"}
    sender = httpx.Client(transport=httpx.WSGITransport(app=WSGIHandler()))
    assert sender.request(told.method, told.url, content=content, headers=headers).is_success
    assert tom.call("files", "complete_upload", told.file_id).status == "READY"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The walk, compiled."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("NOT TRIED: the TypeScript client needs Node and npm, which are missing here")
    folder = tmp_path_factory.mktemp("typescript")
    for path in TYPESCRIPT.iterdir():
        shutil.copy(path, folder)
    environment = dict(os.environ) | {"npm_config_cache": str(folder / "cache")}
    installed = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if installed.returncode:
        pytest.skip(f"NOT TRIED: npm can't install the generator: {installed.stderr[-300:]}")
    programs = folder / "node_modules" / ".bin"
    for command in (
        [programs / "openapi-typescript", DOCUMENT, "-o", "api.d.ts"],
        [programs / "tsc", "--project", "tsconfig.json"],
    ):
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_typescript_client_walks_the_way(typescript: Path, north: Twin) -> None:
    course = north.courses["FILM"]
    (lesson,) = lessons_of(north, course)
    tokens = [token_of(north, "lena"), token_of(north, "tom")]
    # Answered in this thread, whose connection holds the test's transaction.
    with make_server("127.0.0.1", 0, WSGIHandler(), handler_class=_Quiet) as server:
        server.timeout = 0.2
        base = f"http://127.0.0.1:{server.server_port}/api/v1"
        walk = subprocess.Popen(
            ["node", "out/walk.js", base, *tokens, str(course.pk), str(lesson.pk)],
            cwd=typescript, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while walk.poll() is None:
            server.handle_request()
        out, problems = walk.communicate()
    assert walk.returncode == 0, problems
    assert json.loads(out) == {
        "role": "STUDENT",
        "lesson": "COMPLETED",
        "accepted": 1,
        "kept": True,
        "seats": 40,
        "enrollment": "COMPLETED",
        "missing": "NOT_FOUND",
    }
