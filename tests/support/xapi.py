"""Sending and reading xAPI statements of the twins' people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.test import Client

from tests.support.client import bearer, token_of
from tests.support.twins import Twin

PATH = "/api/xapi/statements"
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
PLAYED = "https://w3id.org/xapi/video/verbs/played"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def account(twin: Twin, name: str = "lena") -> dict[str, Any]:
    home = f"urn:optilearn:{twin.institution.slug}"
    return {"account": {"homePage": home, "name": str(twin.people[name].pk)}}


def statement(twin: Twin, **changes: Any) -> dict[str, Any]:
    return {
        "actor": account(twin),
        "verb": {"id": PLAYED},
        "object": {
            "id": f"urn:optilearn:{twin.institution.slug}:courses:{twin.courses['MATH'].pk}"
        },
    } | changes


def send(
    twin: Twin,
    body: Any,
    *,
    method: str = "POST",
    path: str = PATH,
    name: str = "lena",
    **headers: str,
) -> HttpResponse:
    sent = {"X-Experience-API-Version": "1.0.3"} | bearer(token_of(twin, name)) | headers
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Client(raise_request_exception=False).generic(
        method, path, data, content_type=sent.pop("Content-Type", "application/json"), headers=sent
    )
    assert response["X-Experience-API-Version"] == "1.0.3"
    return response


def ids(response: HttpResponse) -> list[UUID]:
    assert response.status_code == 200, response.content
    return [UUID(text) for text in json.loads(response.content)]


def refused(response: HttpResponse) -> tuple[int, str]:
    return response.status_code, json.loads(response.content)["error"]["code"]


def read(twin: Twin, name: str = "lena", method: str = "GET", **asked: Any) -> HttpResponse:
    """What the statements resource answers to these parameters."""
    given = {k: v if isinstance(v, str) else json.dumps(v) for k, v in asked.items()}
    return send(twin, b"", method=method, path=f"{PATH}?{urlencode(given)}", name=name)


def page(response: HttpResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    return dict(json.loads(response.content))


def listed(twin: Twin, name: str = "lena", **asked: Any) -> list[UUID]:
    """The ids that are answered."""
    return [UUID(one["id"]) for one in page(read(twin, name, **asked))["statements"]]
