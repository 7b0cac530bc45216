"""Alerts of the twins."""

from __future__ import annotations

from typing import Any

import pytest

from optilearn.analytics.alerts.evaluation import evaluate_published
from optilearn.analytics.models import Alert, AlertEvaluation
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.models import Notification
from tests.support.client import call, token_of
from tests.support.twins import Twin

BY_COURSE: dict[str, Any] = {
    "version": 1,
    "entity": "activity",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": ["activity.clicks", "activity.events"],
}
BY_MONTH: dict[str, Any] = {
    "version": 1,
    "entity": "activity",
    "mode": "temporal",
    "time": {"field": "occurredOn", "bucket": "month"},
    "measures": ["activity.clicks"],
}
ABOVE: dict[str, Any] = {"kind": "THRESHOLD", "direction": "ABOVE", "limit": 10}
PATH = "/api/analytics/alerts"


class Watcher:
    """Somebody who has alerts, in the north unless told otherwise."""

    def __init__(self, twin: Twin, name: str = "asha") -> None:
        self.twin, self.name = twin, name

    def call(self, method: str, path: str = "", body: Any = None) -> tuple[int, dict[str, Any]]:
        return call(method, PATH + path, token=token_of(self.twin, self.name), body=body)

    def alert(self, **changes: Any) -> int:
        """Make one; its id."""
        status, body = self.call("POST", "", spec(**changes))
        assert status == 201, body
        return int(body["data"]["id"])

    def evaluate(self) -> int:
        with tenant_context(self.twin.id):
            return evaluate_published()

    def history(self, alert_id: int) -> list[dict[str, Any]]:
        status, body = self.call("GET", f"/{alert_id}/evaluations")
        assert status == 200, body
        rows: list[dict[str, Any]] = body["data"]
        return rows

    def outcome(self, alert_id: int) -> str:
        """Of a round on the newest snapshot."""
        self.evaluate()
        return str(self.history(alert_id)[0]["outcome"])

    def messages(self) -> list[dict[str, Any]]:
        """What was sent, oldest first."""
        with tenant_context(self.twin.id):
            rows = Notification.objects.filter(key="ADMIN_ALERT_TRIGGERED").order_by("id")
            return [row.data | {"to": list(row.recipients)} for row in rows]

    def change(self, alert_id: int, **columns: Any) -> None:
        with tenant_context(self.twin.id):
            Alert.objects.filter(pk=alert_id).update(**columns)

    def evaluations(self) -> int:
        with tenant_context(self.twin.id):
            return AlertEvaluation.objects.count()


def spec(**changes: Any) -> dict[str, Any]:
    body = {
        "name": "सक्रियता",
        "definition": BY_COURSE,
        "measure": "activity.clicks",
        "condition": ABOVE,
    } | changes
    return {name: value for name, value in body.items() if value is not None}


@pytest.fixture
def asha(twins: tuple[Twin, Twin]) -> Watcher:
    """An administrator of the north."""
    return Watcher(twins[0])


def clicks(number: int) -> tuple[str, ...]:
    """SQL after which each of the north's two events has so many clicks."""
    return (f"UPDATE activity SET clicks = {number}",)
