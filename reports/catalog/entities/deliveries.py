"""Notifications sent to people, and their outcomes."""

from __future__ import annotations

from typing import Final

from reports.catalog.entities import choices
from reports.catalog.entities.shorthand import code, count, key, moments, rate, reference, text
from reports.catalog.model import Entity, Pii, Relation, ScopeRule

DELIVERIES: Final = Entity(
    key="deliveries",
    table="deliveries",
    label="Deliveries",
    row_label="one notification to one person on one channel",
    fields=(
        key("Delivery", Pii.PSEUDONYM),
        text("key", "key", "Notification", required=True),
        code("category", "category", "Category", choices.DELIVERY_CATEGORY, required=True),
        code("channel", "channel", "Channel", choices.CHANNEL, required=True),
        code("status", "status", "Status", choices.DELIVERY_STATUS, required=True),
        code("rule", "rule", "Rule that stopped it", choices.DELIVERY_RULE),
        text("reason", "reason", "Reason of failure"),
        *moments("queued", "created", "Queued on", required=True),
        *moments("sent", "sent", "Sent on"),
        *moments("delivered", "delivered", "Arrived on"),
        *moments("read", "read", "Read on"),
        reference("personId", "person_id", "Person", pii=Pii.PSEUDONYM),
    ),
    # Of parents and staff there is no student: they are the group without one.
    relations=(Relation("student", "students", ("person_id",), "Student"),),
    metrics=(
        count("Deliveries", "deliveries"),
        rate(
            "sentRate",
            "Sent",
            "SENT deliveries of all deliveries, those a rule stopped among them.",
            "{status} = 'SENT'",
        ),
        rate(
            "failedRate",
            "Failed",
            "FAILED deliveries of all deliveries.",
            "{status} = 'FAILED'",
        ),
    ),
    scope=ScopeRule(person="person_id"),
    time="queuedOn",
)
