"""The inbox: everybody has one, their own."""

from __future__ import annotations

from typing import Any, Final

from optilearn.notifications.definitions import Channel
from optilearn.notifications.models import Delivery, Notification
from tests.optilearn.notifications.support import NOON
from tests.support.permissions import EVERYBODY, Rule
from tests.support.twins import Twin


def a_message(twin: Twin) -> None:
    """One of Lena's."""
    notification = Notification.objects.create(key="BADGE_EARNED", dedupe="a rule's", due_at=NOON)
    Delivery.objects.create(
        notification=notification,
        person=twin.people["lena"],
        channel=Channel.IN_APP,
        key="BADGE_EARNED",
        category="RECOGNITION",
        priority=4,
        status="SENT",
        due_at=NOON,
        title="A badge",
    )


def its_id(_: Twin) -> dict[str, Any]:
    return {"ids": [Delivery.objects.get(notification__dedupe="a rule's").pk]}


RULES: Final = [
    Rule("GET", "/api/notifications", EVERYBODY),
    Rule("GET", "/api/notifications/unread-count", EVERYBODY),
    Rule(
        "PATCH",
        "/api/notifications/read",
        EVERYBODY,
        body=its_id,
        setup=a_message,
        strangers_are_told=lambda data: data == {"marked": 0},
    ),
]
