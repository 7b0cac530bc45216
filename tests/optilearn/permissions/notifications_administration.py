"""Who may read the log, replay dead letters and set the rules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from optilearn.notifications.models import Delivery, Notification
from tests.support.permissions import ADMINS, Rule
from tests.support.twins import Twin


def a_delivery(twin: Twin) -> dict[str, int]:
    row = Delivery.objects.filter(key="ENROLL_WELCOME").first()
    return {"deliveryId": row.pk if row else 0}


def make_a_delivery(twin: Twin) -> None:
    moment = datetime(2026, 11, 23, 12, tzinfo=UTC)
    notification = Notification.objects.create(
        key="ENROLL_WELCOME", dedupe="rule", status="EXPANDED", due_at=moment
    )
    Delivery.objects.create(
        notification=notification,
        person=twin.people["lena"],
        channel="EMAIL",
        key="ENROLL_WELCOME",
        category="COURSES",
        priority=3,
        status="FAILED",
        due_at=moment,
    )


def that_delivery(twin: Twin) -> dict[str, Any]:
    return {"ids": [a_delivery(twin)["deliveryId"] or 1]}


def make_an_unresolved(twin: Twin) -> None:
    Notification.objects.create(
        key="PARENT_CHILD_GRADED",
        dedupe="unresolved",
        status="FAILED",
        problem="OptiCRM, parents: no answer",
        due_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
    )


def that_unresolved(twin: Twin) -> dict[str, Any]:
    row = Notification.objects.filter(status="FAILED").first()
    return {"ids": [row.pk if row else 1]}


def nothing_replayed(answer: Any) -> bool:
    return bool(answer["replayed"] == 0)


RULES: Final = [
    Rule("GET", "/api/notifications/deliveries", ADMINS),
    Rule(
        "GET",
        "/api/notifications/deliveries/{deliveryId}",
        ADMINS,
        params=a_delivery,
        setup=make_a_delivery,
    ),
    Rule(
        "POST",
        "/api/notifications/deliveries/replay",
        ADMINS,
        body=that_delivery,
        setup=make_a_delivery,
        strangers_are_told=nothing_replayed,
    ),
    Rule("GET", "/api/notifications/unresolved", ADMINS, setup=make_an_unresolved),
    Rule(
        "POST",
        "/api/notifications/unresolved/replay",
        ADMINS,
        body=that_unresolved,
        setup=make_an_unresolved,
        strangers_are_told=nothing_replayed,
    ),
    Rule("GET", "/api/notifications/queues", ADMINS),
    Rule("GET", "/api/notifications/keys", ADMINS),
    Rule("GET", "/api/notifications/policy", ADMINS),
    Rule("PATCH", "/api/notifications/policy", ADMINS, body=lambda _: {"dailyCap": 6}),
]
