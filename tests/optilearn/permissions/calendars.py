"""Everybody has a calendar, and one address of it for programs."""

from __future__ import annotations

from typing import Final

from tests.support.permissions import EVERYBODY, Rule

NO_OPTICRM: Final = frozenset({200, 503})
"""A parent's children are asked of OptiCRM, which doesn't run beside the table."""
NONE_YET: Final = frozenset({404})

RULES: Final = [
    Rule("GET", "/api/me/calendar", EVERYBODY, ok=NO_OPTICRM),
    Rule("GET", "/api/me/calendar-feed", EVERYBODY),
    Rule("POST", "/api/me/calendar-feed", EVERYBODY),
    Rule("DELETE", "/api/me/calendar-feed", EVERYBODY, ok=NONE_YET),
]
