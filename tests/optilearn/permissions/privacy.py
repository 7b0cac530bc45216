"""A person's data is for the person and for who answers for it."""

from __future__ import annotations

from typing import Any, Final

from tests.support.permissions import Rule
from tests.support.twins import Twin


def lena(twin: Twin) -> dict[str, Any]:
    return {"personId": twin.people["lena"].pk}


def wish(_: Twin) -> dict[str, Any]:
    return {"reason": "It was asked for.", "confirm": "lena"}


RULES: Final = [
    Rule("GET", "/api/people/{personId}/export", "asha sita lena", params=lena, denied=404),
    Rule("POST", "/api/people/{personId}/erase", "asha sita", params=lena, body=wish),
]
