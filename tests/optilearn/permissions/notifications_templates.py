"""Institutions' own wordings: administrators alone."""

from __future__ import annotations

from typing import Any, Final

from optilearn.notifications.models import MessageTemplate
from tests.support.permissions import ADMINS, Rule
from tests.support.twins import Twin

ONE: Final = "/api/notifications/templates/{key}/{channel}/{locale}"


def place(_: Twin) -> dict[str, str]:
    return {"key": "ASSESS_GRADED", "channel": "PUSH", "locale": "en"}


def words(_: Twin) -> dict[str, Any]:
    return {"title": "{{ assignmentTitle }}", "body": "{{ score }}"}


def version(_: Twin) -> dict[str, int]:
    return {"version": 7}


def a_version(twin: Twin) -> None:
    """In both institutions: what the caller names is found in the caller's own."""
    MessageTemplate.objects.create(
        key="ASSESS_GRADED", channel="PUSH", locale="en", version=7, title="a", body="b"
    )


RULES: Final = [
    Rule("GET", "/api/notifications/templates", ADMINS),
    Rule("GET", ONE, ADMINS, params=place),
    Rule("PUT", ONE, ADMINS, params=place, body=words),
    Rule("DELETE", ONE, ADMINS, params=place),
    Rule("POST", f"{ONE}/activate", ADMINS, params=place, body=version, setup=a_version),
    Rule("POST", f"{ONE}/preview", ADMINS, params=place, body=words),
    Rule("POST", f"{ONE}/validate", ADMINS, params=place, body=words),
    Rule("POST", f"{ONE}/test", ADMINS, params=place),
]
