"""Staff have alerts of their own; nobody sees another's."""

from __future__ import annotations

from typing import Any, Final

from tests.optilearn.permissions.analytics import QUESTION
from tests.support.permissions import EVERYBODY, STAFF, Rule
from tests.support.twins import Twin


def an_alert(_: Twin) -> dict[str, Any]:
    return {
        "name": "Full",
        "definition": QUESTION,
        "measure": "enrollments.count",
        "condition": {"kind": "THRESHOLD", "direction": "ABOVE", "limit": 1},
    }


def nobodys(_: Twin) -> dict[str, Any]:
    return {"alertId": 9_999_999}


def a_time(_: Twin) -> dict[str, Any]:
    return {"until": None}


def a_row(_: Twin) -> dict[str, Any]:
    return {"rowKey": "overall", "muted": True}


NONE: Final = frozenset({404})
"""Nobody has an alert by that id; tests/optilearn/alerts asks for those of others."""
ALL: Final = "/api/analytics/alerts"
ONE: Final = "/api/analytics/alerts/{alertId}"
RULES: Final = [
    Rule("GET", ALL, EVERYBODY),
    Rule("POST", ALL, STAFF, body=an_alert),
    Rule("POST", f"{ALL}/backtest", STAFF, body=an_alert),
    Rule("GET", ONE, EVERYBODY, params=nobodys, ok=NONE),
    Rule("PUT", ONE, STAFF, params=nobodys, body=an_alert, ok=NONE),
    Rule("DELETE", ONE, EVERYBODY, params=nobodys, ok=NONE),
    Rule("GET", f"{ONE}/evaluations", EVERYBODY, params=nobodys, ok=NONE),
    Rule("POST", f"{ONE}/snooze", EVERYBODY, params=nobodys, body=a_time, ok=NONE),
    Rule("POST", f"{ONE}/mute", EVERYBODY, params=nobodys, body=a_row, ok=NONE),
]
