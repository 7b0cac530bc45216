"""Calling a path with a name in it, and checking the answer against its description."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client
from jsonschema import Draft202012Validator

from tests.support.client import bearer, openapi


def call_at(
    method: str, template: str, *, token: str | None, body: Any = None, **names: object
) -> tuple[int, dict[str, Any]]:
    """Status and envelope of one request to ``template`` with ``names`` put in."""
    response = Client(raise_request_exception=False).generic(
        method,
        template.format(**names),
        data=b"" if body is None else json.dumps(body).encode(),
        content_type="application/json",
        headers=bearer(token) if token else {},
    )
    envelope: dict[str, Any] = json.loads(response.content)
    stated = openapi()["paths"][template][method.lower()]["responses"]
    found = stated.get(response.status_code) or stated[str(response.status_code)]
    schema = found["content"]["application/json"]["schema"]
    Draft202012Validator(schema | {"components": openapi()["components"]}).validate(envelope)
    return response.status_code, envelope
