"""Preferences: everybody their own."""

from __future__ import annotations

from typing import Any, Final

from tests.support.permissions import EVERYBODY, Rule
from tests.support.twins import Twin


def quieter(_: Twin) -> dict[str, Any]:
    return {
        "keys": [{"key": "ANNOUNCEMENT_POSTED", "channels": {"push": False}}],
        "digest": {"hour": 18},
    }


RULES: Final = [
    Rule("GET", "/api/notifications/preferences", EVERYBODY),
    Rule("PATCH", "/api/notifications/preferences", EVERYBODY, body=quieter),
]
