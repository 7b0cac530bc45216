"""The State resource: documents that content goes on by."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.http import HttpResponse

from optilearn.activity.models import StateDocument
from optilearn.activity.services.purging import RETENTION, purge
from optilearn.activity.xapi.services import state as states
from optilearn.core import clock
from tests.support.twins import Twin
from tests.support.xapi import NOON, account, refused, send

PATH = "/api/xapi/activities/state"
PACKAGE = "https://example.com/package"


def ask(
    twin: Twin,
    method: str,
    body: bytes = b"",
    *,
    name: str = "lena",
    headers: dict[str, str] | None = None,
    **asked: Any,
) -> HttpResponse:
    given = {"activityId": PACKAGE, "agent": json.dumps(account(twin, name))} | asked
    path = f"{PATH}?{urlencode({k: v for k, v in given.items() if v is not None})}"
    return send(twin, body, method=method, path=path, name=name, **(headers or {}))


def put(twin: Twin, body: bytes, state: str = "bookmark", **more: Any) -> HttpResponse:
    return ask(twin, "PUT", body, stateId=state, **more)


def kept(twin: Twin, state: str = "bookmark", **more: Any) -> bytes:
    response = ask(twin, "GET", stateId=state, **more)
    assert response.status_code == 200, response.content
    return response.content


def names(twin: Twin, **more: Any) -> list[str]:
    return list(json.loads(ask(twin, "GET", **more).content))


class TestDocuments:
    def test_as_it_was_written(self, north: Twin) -> None:
        content = b"\x00\xff 3;true;{}"
        media = {"Content-Type": "application/octet-stream"}
        assert put(north, content, headers=media).status_code == 204
        response = ask(north, "GET", stateId="bookmark")
        assert response.content == content
        assert response["Content-Type"] == media["Content-Type"]
        assert response["ETag"] == f'"{hashlib.sha1(content).hexdigest()}"'
        assert response["Last-Modified"] == "Sun, 29 Mar 2026 12:00:00 GMT"
        assert response["Content-Disposition"] == "attachment"
        head = ask(north, "HEAD", stateId="bookmark")
        assert (head.status_code, head.content, head["ETag"]) == (200, b"", response["ETag"])
        assert put(north, b"2").status_code == 204
        assert kept(north) == b"2"
        assert ask(north, "DELETE", stateId="bookmark").status_code == 204
        assert ask(north, "DELETE", stateId="bookmark").status_code == 204
        assert refused(ask(north, "GET", stateId="bookmark")) == (404, "NOT_FOUND")

    def test_each_attempt_and_activity_has_its_own(self, north: Twin) -> None:
        first, second = str(uuid4()), str(uuid4())
        put(north, b"0")
        put(north, b"1", registration=first)
        put(north, b"2", registration=second)
        put(north, b"3", activityId="urn:x:other")
        assert [kept(north), kept(north, registration=first)] == [b"0", b"1"]
        assert kept(north, activityId="urn:x:other") == b"3"
        put(north, b"1", "score", registration=first)
        assert names(north, registration=first) == ["bookmark", "score"]
        assert names(north) == ["bookmark", "score"]
        assert ask(north, "DELETE", registration=first).status_code == 204
        assert (names(north, registration=first), names(north)) == ([], ["bookmark"])
        assert ask(north, "DELETE").status_code == 204
        assert names(north) == []
        assert names(north, activityId="urn:x:other") == ["bookmark"]

    def test_what_is_new(self, north: Twin) -> None:
        put(north, b"1", "first")
        with clock.frozen(NOON + timedelta(minutes=1)):
            put(north, b"1", "second")
        assert names(north, since="2026-03-29T11:59:59Z") == ["first", "second"]
        assert names(north, since="2026-03-29T12:00:00Z") == ["second"]


class TestMerging:
    def test_objects(self, north: Twin) -> None:
        media = {"Content-Type": "application/json; charset=utf-8"}
        assert ask(north, "POST", b'{"x": "foo", "y": [1]}', stateId="s").status_code == 204
        posted = ask(north, "POST", b'{"y": {"z": 2}, "w": null}', stateId="s", headers=media)
        assert posted.status_code == 204
        assert json.loads(kept(north, "s")) == {"x": "foo", "y": {"z": 2}, "w": None}

    @pytest.mark.parametrize(
        ("there", "there_media", "sent", "media"),
        [
            (b"{}", "application/json", b"{}", "text/plain"),
            (b"{}", "text/plain", b"{}", "application/json"),
            (b"[]", "application/json", b"{}", "application/json"),
            (b"{}", "application/json", b"[1]", "application/json"),
            (b"{}", "application/json", b"{", "application/json"),
            (b"{}", "application/json", b"[" * 100_000, "application/json"),
            (b"{}", "application/json", b'{"a":"\xff"}', "application/json"),
            (b'{"a":"\xff"}', "application/json", b"{}", "application/json"),
        ],
    )
    def test_nothing_else(
        self, north: Twin, there: bytes, there_media: str, sent: bytes, media: str
    ) -> None:
        put(north, there, headers={"Content-Type": there_media})
        answer = ask(north, "POST", sent, stateId="bookmark", headers={"Content-Type": media})
        assert refused(answer) == (400, "VALIDATION_ERROR")
        assert kept(north) == there

    def test_a_first_document_is_put(self, north: Twin) -> None:
        text = {"Content-Type": "text/plain"}
        assert ask(north, "POST", b"3", stateId="s", headers=text).status_code == 204
        assert kept(north, "s") == b"3"
        for broken in (b"{", b'{"a":"\xff"}'):
            assert refused(ask(north, "POST", broken, stateId="t"))[0] == 400


class TestConditions:
    @pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
    def test_only_over_what_was_read(self, north: Twin, method: str) -> None:
        put(north, b'{"a":1}')
        tag = str(ask(north, "GET", stateId="bookmark")["ETag"])
        for headers in (
            {"If-Match": '"other"'},
            {"If-None-Match": "*"},
            {"If-None-Match": tag},
        ):
            answer = ask(north, method, b'{"a":2}', stateId="bookmark", headers=headers)
            assert refused(answer) == (412, "CONFLICT"), headers
            assert kept(north) == b'{"a":1}'
        headers = {"If-Match": f'"other", {tag}'}
        answer = ask(north, method, b'{"a":2}', stateId="bookmark", headers=headers)
        assert answer.status_code == 204

    def test_only_where_there_is_none(self, north: Twin) -> None:
        assert put(north, b"1", headers={"If-Match": "*"}).status_code == 412
        assert put(north, b"1", headers={"If-None-Match": "*"}).status_code == 204
        assert put(north, b"2", headers={"If-None-Match": "*"}).status_code == 412
        assert kept(north) == b"1"


class TestWhose:
    def test_nobody_reads_or_writes_anothers(self, north: Twin) -> None:
        put(north, b"1")
        lena = json.dumps(account(north))
        for name in ("मीरा", "asha", "tom"):
            assert names(north, name=name) == []
            for method in ("GET", "PUT", "POST", "DELETE"):
                answer = ask(north, method, b"{}", name=name, agent=lena, stateId="bookmark")
                assert refused(answer) == (403, "FORBIDDEN")
        assert kept(north) == b"1"

    def test_however_she_is_named(self, north: Twin) -> None:
        put(north, b"1")
        assert kept(north, agent='{"mbox":"mailto:lena@north.example"}') == b"1"

    def test_the_other_institution(self, north: Twin, twins: tuple[Twin, Twin]) -> None:
        put(north, b"1")
        assert names(twins[1]) == []


class TestRefusals:
    @pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
    @pytest.mark.parametrize(
        "change",
        [
            {"activityId": None},
            {"activityId": "package"},
            {"agent": None},
            {"agent": "lena"},
            {"agent": "{}"},
            {"registration": "1"},
            {"stateId": ""},
            {"stateId": "x" * 501},
            {"stateId": "\x00"},
            {"colour": "red"},
        ],
    )
    def test_parameters(self, north: Twin, method: str, change: dict[str, Any]) -> None:
        answer = ask(north, method, b"{}", **({"stateId": "s"} | change))
        assert refused(answer) == (400, "VALIDATION_ERROR")

    def test_more(self, north: Twin) -> None:
        assert refused(ask(north, "PUT", b"1"))[0] == 400
        assert refused(ask(north, "GET", since="yesterday"))[0] == 400
        both = ask(north, "GET", since="2026-03-29T12:00:00Z", stateId="s")
        assert refused(both)[0] == 400
        long = {"Content-Type": "x" * 201}
        assert refused(put(north, b"1", headers=long))[0] == 400

    def test_sizes(self, north: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
        assert refused(put(north, b"x" * (512 * 1024 + 1)))[0] == 400
        assert put(north, b"x" * 512 * 1024).status_code == 204
        monkeypatch.setattr(states, "MAX_BYTES_OF_PERSON", 512 * 1024)
        assert put(north, b"y" * 512 * 1024).status_code == 204  # in its place
        assert refused(put(north, b"y", "more"))[0] == 400
        monkeypatch.setattr(states, "MAX_BYTES_OF_PERSON", 2**30)
        monkeypatch.setattr(states, "MAX_DOCUMENTS", 1)
        assert refused(put(north, b"y", "more"))[0] == 400
        assert put(north, b"y").status_code == 204


def test_what_is_old_goes(north: Twin) -> None:
    put(north, b"1")
    with clock.frozen(NOON + RETENTION + timedelta(seconds=1)):
        assert purge() == 1
    assert not StateDocument.objects.exists()
