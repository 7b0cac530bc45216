"""What a signature for S3 covers, and what happens without an answer."""

from __future__ import annotations

import socket
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from optilearn.files.stores import store
from tests.optilearn.files.conftest import BUCKET, Caller, get


@pytest.mark.usefixtures("bucket")
class TestSignatures:
    def test_length_type_and_refusal_to_overwrite_are_signed(self, tom: Caller) -> None:
        signed = tom.announce()
        url = urlsplit(signed["url"])
        query = parse_qs(url.query)
        assert url.path == f"/{BUCKET}/{signed['key']}"
        assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host;if-none-match"]
        assert "/auto/s3/" in query["X-Amz-Credential"][0]
        assert not [name for name in query if "checksum" in name.lower()]
        # The length is signed, and not told: every client sets it itself.
        assert signed["headers"] == {"Content-Type": "image/png", "If-None-Match": "*"}

    def test_reading_urls_expire_and_are_not_public(self, tom: Caller) -> None:
        url = tom.url(tom.uploaded())
        query = parse_qs(urlsplit(url).query)
        assert query["X-Amz-Expires"] == ["3600"]
        assert query["response-content-type"] == ["image/png"]
        assert get(url).status_code == 200

    def test_our_own_endpoint_serves_nothing_then(self, tom: Caller) -> None:
        status, _ = tom.call("GET", "/api/files/objects/token")
        assert status == 404


def test_a_store_that_does_not_answer(tom: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    monkeypatch.setattr(settings, "FILES_URL", f"s3://b?endpoint=http://127.0.0.1:{port}")
    monkeypatch.setattr(settings, "FILES_ACCESS_KEY_ID", "key")
    monkeypatch.setattr(settings, "FILES_SECRET_ACCESS_KEY", "secret")
    signed = tom.announce()
    status, body = tom.complete(signed["fileId"])
    assert (status, body["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert tom.call("GET", f"/api/files/{signed['fileId']}")[1]["data"]["status"] == "PENDING"


@pytest.mark.parametrize("url", ["", "ftp://x", "s3://", "s3:///bucket", "/folder"])
def test_a_setting_that_names_no_store(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FILES_URL", url)
    with pytest.raises(ImproperlyConfigured, match="FILES_URL"):
        store()
