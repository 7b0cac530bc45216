"""Announcements for tests."""

from __future__ import annotations

from typing import Any, Final

from tests.support.community import School

POSTED: Final = "ANNOUNCEMENT_POSTED"


def post(school: School, name: str = "asha", **wanted: Any) -> int:
    """Write one; the id."""
    body = {"title": "Sports day", "text": "<p>No lessons on Friday.</p>"} | wanted
    return int(school.done(name, "POST", "announcements", **body)["id"])


def seen_by(school: School, *names: str) -> list[str]:
    """Those of the people who find an announcement."""
    return [name for name in names if school.done(name, "GET", "announcements")]
