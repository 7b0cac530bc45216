"""Deliveries that have waited."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery.due import DueDelivery


def waiting(
    number: int, key: str, data: dict[str, Any], *, at: datetime, person_id: int = 1
) -> DueDelivery:
    """A delivery that has waited for an hour at that moment."""
    return DueDelivery(
        id=number,
        notification_id=1,
        person_id=person_id,
        channel=Channel.EMAIL,
        key=key,
        created_at=at - timedelta(hours=1),
        attempts=0,
        provider="",
        maybe_accepted=False,
        first_attempt_at=None,
        counted_on=None,
        devices={},
        data=data,
        dedupe="",
        expires_at=None,
        name="",
        email="",
        locale="en",
        zone=ZoneInfo("UTC"),
        is_active=True,
        quiet=None,
        preference=None,
        bounce="",
    )
