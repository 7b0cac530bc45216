"""Reads of administrators: the log of deliveries, dead letters, definitions, policy."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q, QuerySet

from optilearn.core.access.policies import ADMINS, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.text import words_of
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.administration.explanations import PROBLEMS, explanation
from optilearn.notifications.administration.schemas import DeliveryQuery, UnresolvedQuery
from optilearn.notifications.categories import LABELS
from optilearn.notifications.definitions import Channel
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.outbox.state import outbox_state
from optilearn.notifications.policy import NotificationPolicy, policy_of
from optilearn.notifications.registry import REGISTRY, definition_of
from optilearn.people.selectors import people_named

Row = dict[str, Any]
_WAITS: Final = frozenset({"PENDING", "DEFERRED"})
_ROW: Final = (
    "id", "notification_id", "key", "category", "channel", "person_id", "person__name", "status",
    "rule", "reason", "title", "digest", "created_at", "due_at", "sent_at", "delivered_at",
    "read_at", "attempts",
)  # fmt: skip
_DETAIL: Final = (
    *_ROW, "address", "provider", "provider_id", "template_version", "url", "notification__data",
    "history",
)  # fmt: skip
_UNRESOLVED: Final = ("id", "key", "problem", "expires_at", "about_id", "created_at", "attempts")


def deliveries(principal: Principal, query: DeliveryQuery) -> tuple[list[Row], int]:
    """Return a page of the log and how many rows there are. Two queries. Raises ``AppError``."""
    require(principal, ADMINS)
    found = _filtered(query)
    rows = found.order_by("-id").values(*_ROW)[query.window]
    return [_row(row) for row in rows], found.count()


def _filtered(query: DeliveryQuery) -> QuerySet[Delivery]:
    found = Delivery.objects.all()
    for name in ("person_id", "key", "channel", "status", "rule"):
        if getattr(query, name) is not None:
            found = found.filter(**{name: getattr(query, name)})
    if words := words_of(query.q):
        by_name = Q(person_id__in=people_named(words))
        found = found.filter(by_name | Q(person__email__iexact=" ".join(words)))
    if query.since:
        found = found.filter(created_at__gte=query.since)
    if query.until:
        found = found.filter(created_at__lt=query.until)
    return found


def delivery(principal: Principal, delivery_id: int) -> Row:
    """Return one delivery with its history. Raises ``AppError``: FORBIDDEN, NOT_FOUND."""
    require(principal, ADMINS)
    row = Delivery.objects.filter(pk=delivery_id).values(*_DETAIL).first()
    if row is None:
        raise not_found()
    return _row(row) | {
        "address": row["address"],
        "provider": row["provider"],
        "providerId": row["provider_id"],
        "templateVersion": row["template_version"],
        "url": row["url"],
        "data": row["notification__data"],
        "history": row["history"],
    }


def _row(row: Row) -> Row:
    return {
        "id": row["id"],
        "notificationId": row["notification_id"],
        "key": row["key"],
        "category": row["category"],
        "channel": row["channel"],
        "person": {"id": row["person_id"], "name": row["person__name"]},
        "status": row["status"],
        "rule": row["rule"],
        "reason": row["reason"],
        "explanation": explanation(row["rule"], row["reason"], row["channel"]),
        "title": row["title"],
        "digest": row["digest"],
        "createdAt": row["created_at"],
        "dueAt": row["due_at"] if row["status"] in _WAITS and not row["digest"] else None,
        "sentAt": row["sent_at"],
        "deliveredAt": row["delivered_at"],
        "readAt": row["read_at"],
        "attempts": row["attempts"],
    }


def unresolved(principal: Principal, query: UnresolvedQuery) -> tuple[list[Row], int]:
    """Return a page of the messages that failed before all of their recipients had deliveries.

    And how many there are. Two queries. Raises ``AppError`` FORBIDDEN.
    """
    require(principal, ADMINS)
    found = Notification.objects.filter(status=Notification.Status.FAILED)
    if query.key is not None:
        found = found.filter(key=query.key)
    if query.since:
        found = found.filter(created_at__gte=query.since)
    if query.until:
        found = found.filter(created_at__lt=query.until)
    rows = found.order_by("-id").values(*_UNRESOLVED)[query.window]
    return [_unresolved(row) for row in rows], found.count()


def _unresolved(row: Row) -> Row:
    # The stored problem has OptiCRM's own words, which are for logs.
    is_over = row["expires_at"] is not None and row["expires_at"] <= now()
    problem = "expired" if is_over or row["problem"] == "expired" else "no_answer"
    return {
        "id": row["id"],
        "key": row["key"],
        "label": str(definition_of(row["key"]).label),
        "problem": problem,
        "explanation": str(PROBLEMS[problem]),
        "aboutId": row["about_id"],
        "createdAt": row["created_at"],
        "attempts": row["attempts"],
    }


def policy(principal: Principal) -> NotificationPolicy:
    """Return the institution's rules. Raises ``AppError`` FORBIDDEN."""
    require(principal, ADMINS)
    return policy_of(institution_by_id(principal.institution_id).settings)


def keys(principal: Principal) -> list[Row]:
    """Return all definitions, in the reader's language. Raises ``AppError`` FORBIDDEN."""
    require(principal, ADMINS)
    return [
        {
            "key": d.key,
            "label": str(d.label),
            "description": str(d.description),
            "category": d.category.value,
            "categoryLabel": str(LABELS[d.category]),
            "channels": [channel.wire for channel in Channel if channel in d.channels],
            "canDisable": d.can_disable,
            "canChangeFrequency": d.can_change_frequency,
            "availableTo": sorted(role.value for role in d.available_to),
            "controls": list(d.controls),
        }
        for d in REGISTRY.values()
    ]


def queues(principal: Principal) -> list[Row]:
    """Return the state of the outbox by channel. Raises ``AppError`` FORBIDDEN."""
    require(principal, ADMINS)
    return [state.to_wire() for state in outbox_state()]
