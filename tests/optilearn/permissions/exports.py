"""Everybody exports what they may see, and reads their own files."""

from __future__ import annotations

from typing import Any, Final

from tests.optilearn.permissions.analytics import CLOSED, OPEN, QUESTION
from tests.support.permissions import EVERYBODY, Rule
from tests.support.twins import Twin


def an_export(_: Twin) -> dict[str, Any]:
    return {
        "clientId": "0c9a4c1e-5d0f-4f38-9c59-0f6f2d8f3a10",
        "format": "csv",
        "definition": QUESTION,
    }


def nobodys(_: Twin) -> dict[str, Any]:
    return {"exportId": 9_999_999}


NONE: Final = frozenset({404})
"""Nobody has an export by that id; tests/optilearn/exports asks for those of others."""
ONE: Final = "/api/analytics/exports/{exportId}"
RULES: Final = [
    Rule("POST", "/api/analytics/exports", OPEN, body=an_export, denied_as=CLOSED),
    Rule("GET", "/api/analytics/exports", EVERYBODY),
    Rule("GET", ONE, EVERYBODY, params=nobodys, ok=NONE),
    Rule("GET", f"{ONE}/url", EVERYBODY, params=nobodys, ok=NONE),
    Rule("POST", f"{ONE}/cancel", EVERYBODY, params=nobodys, ok=NONE),
    Rule("DELETE", ONE, EVERYBODY, params=nobodys, ok=NONE),
]
