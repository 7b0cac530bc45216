"""What somebody keeps in North before a test looks at the pages: one of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import httpx

DEFINITION: dict[str, Any] = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.title"],
    "measures": ["enrollments.count", "passRate"],
    "totals": "grand",
    "chart": {"type": "bar"},
}


@dataclass(frozen=True)
class SavedItems:
    """The ids of what was made."""

    report: int
    dashboard: int
    query: int
    schedule: int
    alert: int


class Api:
    """The API as one person calls it."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(
            base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Return the data of an answer. Fails the test if it is refused."""
        response = self._client.request(method, path, json=body)
        assert response.status_code < 300, response.text
        return response.json()["data"]


def save_items(api: Api) -> SavedItems:
    """Make one of each, published and for everybody where that can be said."""
    everybody = {"sharing": {"visibility": "INSTITUTION"}, "publish": True}
    report = api(
        "POST",
        "/analytics/saved-reports",
        {"name": "Pass rate by course <b>x</b>", "definition": DEFINITION, **everybody},
    )
    board = api("POST", "/analytics/dashboards/from-preset", {"preset": "platform", "name": "Ours"})
    query = api(
        "POST",
        "/analytics/saved-queries",
        {"name": "Courses", "sql": "SELECT code, title FROM courses", **everybody},
    )
    schedule = {
        "name": "Every Monday",
        "savedItemId": report["id"],
        "formats": ["xlsx"],
        "timing": {"rule": "FREQ=WEEKLY;BYDAY=MO", "startsAt": "2030-01-07T08:00"},
        "recipients": [{"kind": "ROLE", "role": "TEACHER"}],
    }
    alert = {
        "name": "Few pass",
        "reportId": report["id"],
        "measure": "passRate",
        "condition": {"kind": "THRESHOLD", "direction": "BELOW", "limit": 0.9},
    }
    return SavedItems(
        report=report["id"],
        dashboard=int(board["id"]),
        query=query["id"],
        schedule=api("POST", "/analytics/schedules", schedule)["id"],
        alert=api("POST", "/analytics/alerts", alert)["id"],
    )
