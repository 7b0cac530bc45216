"""SQL is for analysts and administrators."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from tests.support.permissions import EVERYBODY, Rule
from tests.support.twins import Twin

ANALYSTS: Final = "asha sita anil"


def a_statement(_: Twin) -> dict[str, Any]:
    return {"sql": "SELECT count(*) FROM enrollments"}


RULES: Final = [
    Rule("POST", "/api/analytics/sql/run", ANALYSTS, body=a_statement),
    Rule("GET", "/api/analytics/sql/schema", ANALYSTS),
    Rule(
        "POST",
        "/api/analytics/snapshots/{snapshot}/download",
        ANALYSTS,
        params=lambda _: {"snapshot": "newest"},
    ),
    Rule(
        "DELETE",
        "/api/analytics/sql/runs/{runId}",
        EVERYBODY,
        params=lambda _: {"runId": uuid4()},
        ok=frozenset({404}),  # nobody has a run by that id
    ),
    Rule(
        "POST",
        "/api/analytics/saved-queries/{itemId}/run",
        ANALYSTS,
        params=lambda _: {"itemId": 0},
        body=lambda _: {},
        ok=frozenset({404}),
    ),
]
