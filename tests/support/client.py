"""Calling the API as a person would: with the session token OptiCRM would have set."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from django.conf import settings
from django.test import Client
from jsonschema import Draft202012Validator

from optilearn.config.api import api
from optilearn.core.access.tokens import encode, encrypt
from optilearn.institutions.selectors import institution_by_id
from optilearn.people.selectors import session_claims
from tests.support.twins import Twin

ORIGIN = "http://testserver"


def claims_of(twin: Twin, name: str) -> dict[str, object]:
    """The claims of that person's token."""
    return session_claims(twin.principal(name), institution_by_id(twin.id))


def token_of(twin: Twin, name: str) -> str:
    """A fresh session token."""
    return encode(
        claims_of(twin, name), secret=settings.AUTH_SECRETS[0], cookie_name=settings.AUTH_COOKIE
    )


def raw_token(payload: dict[str, object]) -> str:
    """A token with exactly this payload."""
    return encrypt(payload, secret=settings.AUTH_SECRETS[0], cookie_name=settings.AUTH_COOKIE)


def bearer(token: str) -> dict[str, str]:
    """Headers of a mobile app."""
    return {"Authorization": f"Bearer {token}"}


def call(
    method: str, path: str, *, token: str | None = None, body: Any = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    """Status and envelope of one request."""
    sent = (bearer(token) if token else {}) | headers
    response = Client(raise_request_exception=False).generic(
        method,
        path,
        data=b"" if body is None else json.dumps(body).encode(),
        content_type="application/json",
        headers=sent,
    )
    assert response["X-Request-Id"]
    if response.status_code >= 500:  # shown if the test fails: which of many reasons it was
        print(method, path, response.status_code, response.content[:2_000])
    is_json = response.get("Content-Type", "").startswith("application/json")
    if method == "HEAD" or not is_json:
        check_that_it_is_stated(method, path, response.status_code)
        return response.status_code, {}
    envelope: dict[str, Any] = json.loads(response.content)
    check_against_openapi(method, path, response.status_code, envelope)
    return response.status_code, envelope


@cache
def openapi() -> dict[str, Any]:
    """The published description of the API."""
    return api.get_openapi_schema(path_prefix="/api/")


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """What the description says of that method at that path."""
    plain = path.split("?", maxsplit=1)[0]
    if plain.startswith("/api/v1/"):
        plain = "/api/" + plain.removeprefix("/api/v1/")
    found = openapi()["paths"].get(plain)
    if found is None:
        fitting = [methods for form, methods in templates() if form.fullmatch(plain)]
        found = fitting[0] if fitting else {}
    operation: dict[str, Any] | None = found.get(method.lower())
    return operation


@cache
def templates() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """The paths with parameters in them, as patterns."""
    return [
        (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), methods)
        for path, methods in openapi()["paths"].items()
        if "{" in path
    ]


def check_that_it_is_stated(method: str, path: str, status: int) -> None:
    """An answer without JSON (a file, captions, nothing) is one that the description names."""
    operation = operation_of(method, path)
    assert operation is not None
    assert str(status) in {str(known) for known in operation["responses"]}


def check_against_openapi(method: str, path: str, status: int, envelope: dict[str, Any]) -> None:
    """Every answer is what the description says it is, or fails the test that got it."""
    operation = operation_of(method, path)
    if operation is None:
        assert status in {404, 405}
        return
    responses = operation["responses"]
    assert status in responses or str(status) in responses, (method, path, status)
    stated = responses.get(status) or responses[str(status)]
    schema = stated["content"]["application/json"]["schema"]
    Draft202012Validator(schema | {"components": openapi()["components"]}).validate(envelope)
