"""The builder's requests, as its scripts send them."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.test import Client

from tests.support.client import ORIGIN, token_of
from tests.support.twins import Twin

BY_STUDENT: dict[str, Any] = {
    "version": 1,
    "entity": "submissions",
    "mode": "categorical",
    "dimensions": ["course.code", "student.name"],
    "measures": ["submissions.count", "submissions.avgScore", "submissions.lateRate"],
    "totals": "subtotals",
}
BY_COURSE: dict[str, Any] = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": ["enrollments.count"],
}


def client_of(twin: Twin, person: str, accept: str = "text/html", **headers: str) -> Client:
    """The browser of a person who is signed in."""
    client = Client(headers={"Origin": ORIGIN, "Accept": accept} | headers)
    client.cookies[settings.AUTH_COOKIE] = token_of(twin, person)
    return client


def post(
    twin: Twin, person: str, path: str, /, *, headers: dict[str, str] | None = None, **body: Any
) -> tuple[int, Any]:
    """Status and envelope of what a script sends."""
    client = client_of(twin, person, "application/json", **(headers or {}))
    response = client.post(path, json.dumps(body), content_type="application/json")
    return response.status_code, json.loads(response.content)


def data(answer: tuple[int, Any]) -> Any:
    """The data of an answer that isn't a refusal."""
    status, body = answer
    assert status == 200, body
    return body["data"]


def page(twin: Twin, person: str, path: str, status: int = 200, **headers: str) -> str:
    """The HTML of a page."""
    response = client_of(twin, person, **headers).get(path)
    assert response.status_code == status, response.content[:300]
    return response.content.decode()
