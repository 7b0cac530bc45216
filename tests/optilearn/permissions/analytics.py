"""Reports are open to everybody, each within their own scope."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from tests.support.permissions import EVERYBODY, PARENTS, Rule
from tests.support.twins import Twin

QUESTION: Final = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": ["enrollments.count"],
}
# A parent's children are asked of OptiCRM, which no test here runs.
CLOSED: Final = dict.fromkeys(PARENTS.split(), 503)
OPEN: Final = " ".join(name for name in EVERYBODY.split() if name not in CLOSED)


def asked(_: Twin) -> dict[str, Any]:
    return {"definition": QUESTION}


def of_a_cell(_: Twin) -> dict[str, Any]:
    return {"definition": QUESTION, "cell": {"measure": "enrollments.count", "row": ["MATH"]}}


def of_two_snapshots(_: Twin) -> dict[str, Any]:
    return {"definition": QUESTION, "before": "none", "after": "none"}


RULES: Final = [
    Rule("GET", "/api/analytics/reports/schema", EVERYBODY),
    Rule("GET", "/api/analytics/catalog", EVERYBODY),
    Rule("POST", "/api/analytics/reports/validate", EVERYBODY, body=asked),
    Rule("POST", "/api/analytics/reports/explain", OPEN, body=asked, denied_as=CLOSED),
    Rule("POST", "/api/analytics/reports/run", OPEN, body=asked, denied_as=CLOSED),
    Rule("POST", "/api/analytics/reports/drill", OPEN, body=of_a_cell, denied_as=CLOSED),
    Rule(
        "POST",
        "/api/analytics/reports/diff",
        OPEN,
        body=of_two_snapshots,
        denied_as=CLOSED,
        ok=frozenset({422}),  # there is no such snapshot, which is told after the door
    ),
    Rule(
        "DELETE",
        "/api/analytics/reports/runs/{runId}",
        EVERYBODY,
        params=lambda _: {"runId": uuid4()},
        ok=frozenset({404}),  # nobody has a run by that id
    ),
]
