"""Reads about devices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.notifications.models import PushToken

STALE: Final = timedelta(days=270)
"""Unseen for so long a token is dead: Android's expire by then (docs/protocols.md#fcm)."""
_HINT: Final = 6
Row = dict[str, Any]


def devices_of(person_ids: Iterable[int]) -> dict[int, list[Row]]:
    """Return each person's devices, those seen last first, as ``id``, ``token`` and ``platform``.

    A person without devices is left out. One query.
    """
    rows = PushToken.objects.filter(
        person_id__in=list(person_ids), last_seen_at__gt=now() - STALE
    ).order_by("-last_seen_at", "-id")
    found: dict[int, list[Row]] = {}
    for row in rows.values("person_id", "id", "token", "platform"):
        device = {"id": row["id"], "token": row["token"], "platform": row["platform"]}
        found.setdefault(row["person_id"], []).append(device)
    return found


def push_tokens(principal: Principal) -> list[Row]:
    """Return the person's own devices. One query."""
    rows = PushToken.objects.filter(person_id=principal.person_id).order_by("-last_seen_at", "-id")
    return [
        {
            "id": row["id"],
            "platform": row["platform"],
            "hint": row["token"][-_HINT:],
            "createdAt": row["created_at"],
            "lastSeenAt": row["last_seen_at"],
        }
        for row in rows.values("id", "platform", "token", "created_at", "last_seen_at")
    ]
