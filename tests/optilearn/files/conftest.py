"""Both stores behind real HTTP: a bucket of moto's server, and a folder behind our own."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import boto3
import httpx
import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from moto.server import ThreadedMotoServer

from optilearn.core.tenancy.context import tenant_context
from tests.support.client import call, token_of
from tests.support.twins import Twin

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10
BUCKET = "school"
TRUSTED = ssl.create_default_context()
"""Made once: making it, as each request would, takes longer than the request."""
connection = connections["default"]


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of an S3 server with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket=BUCKET)
    client.close()
    yield url
    server.stop()


class Quiet(WSGIRequestHandler):
    """Says nothing of requests."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        pass


@pytest.fixture
def live(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Our own server, in the test's transaction."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)

    def run() -> None:
        connections["default"] = connection
        server.serve_forever(poll_interval=0.01)

    # The transaction of the test has to outlive its requests.
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    connection.inc_thread_sharing()
    thread = threading.Thread(target=run)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    connection.dec_thread_sharing()


@pytest.fixture
def folder(tmp_path: Path, live: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files go to a folder of the test's own."""
    monkeypatch.setattr(settings, "FILES_URL", (tmp_path / "files").as_uri())
    monkeypatch.setattr(settings, "FILES_ORIGIN", live)
    return tmp_path / "files"


@pytest.fixture
def bucket(moto: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Files go to the S3 server."""
    monkeypatch.setattr(settings, "FILES_URL", f"s3://{BUCKET}?endpoint={moto}&region=auto")
    monkeypatch.setattr(settings, "FILES_ACCESS_KEY_ID", "key")
    monkeypatch.setattr(settings, "FILES_SECRET_ACCESS_KEY", "secret")
    return moto


@pytest.fixture(params=["folder", "bucket"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each store in turn."""
    request.getfixturevalue(request.param)
    return str(request.param)


@pytest.fixture
def north(twins: tuple[Twin, Twin]) -> Iterator[Twin]:
    """The first institution, in force."""
    with tenant_context(twins[0].id):
        yield twins[0]


@dataclass(frozen=True)
class Caller:
    """Somebody who uploads."""

    twin: Twin
    name: str

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        return call(method, path, token=token_of(self.twin, self.name), body=body)

    def announce(self, **changes: Any) -> dict[str, Any]:
        """A signed PUT of ``PNG``, unless changed."""
        announced = {
            "filename": "चित्र 1.png",
            "contentType": "image/png",
            "category": "image",
            "size": len(PNG),
        }
        status, body = self.call("POST", "/api/upload", announced | changes)
        assert status == 201, body
        data: dict[str, Any] = body["data"]
        return data

    def complete(self, file_id: int) -> tuple[int, dict[str, Any]]:
        return self.call("POST", f"/api/files/{file_id}/complete")

    def uploaded(self, content: bytes = PNG, **changes: Any) -> int:
        """The id of a file that went all the way."""
        signed = self.announce(**{"size": len(content)} | changes)
        put(signed, content).raise_for_status()
        status, body = self.complete(signed["fileId"])
        assert status == 200, body
        return int(signed["fileId"])

    def url(self, file_id: int) -> str:
        status, body = self.call("GET", f"/api/files/{file_id}/url")
        assert status == 200, body
        return str(body["data"]["url"])


def put(signed: dict[str, Any], content: bytes, **headers: str) -> httpx.Response:
    """Make the signed request, with exactly its headers unless told otherwise."""
    sent = {k: v for k, v in signed["headers"].items() if k != "Content-Length"}
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.put(signed["url"], content=content, headers=sent | changed, verify=TRUSTED)


def get(url: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """Fetch it."""
    return httpx.get(url, headers=headers, verify=TRUSTED)


@pytest.fixture
def tom(north: Twin) -> Caller:
    """A teacher."""
    return Caller(north, "tom")


@pytest.fixture
def asha(north: Twin) -> Caller:
    """An administrator."""
    return Caller(north, "asha")


@pytest.fixture
def lena(north: Twin) -> Caller:
    """A student."""
    return Caller(north, "lena")
