"""Calling the API as a person would: with the session token OptiCRM would have set."""

from __future__ import annotations

import json
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
    envelope: dict[str, Any] = json.loads(response.content)
    assert response["X-Request-Id"]
    check_against_openapi(method, path, response.status_code, envelope)
    return response.status_code, envelope


@cache
def openapi() -> dict[str, Any]:
    """The published description of the API."""
    return api.get_openapi_schema(path_prefix="/api/")


def check_against_openapi(method: str, path: str, status: int, envelope: dict[str, Any]) -> None:
    """Every answer is what the description says it is, or fails the test that got it."""
    operation = openapi()["paths"].get(path.split("?", maxsplit=1)[0], {}).get(method.lower())
    if operation is None:
        assert status in {404, 405}
        return
    responses = operation["responses"]
    assert status in responses or str(status) in responses, (method, path, status)
    stated = responses.get(status) or responses[str(status)]
    schema = stated["content"]["application/json"]["schema"]
    Draft202012Validator(schema | {"components": openapi()["components"]}).validate(envelope)
