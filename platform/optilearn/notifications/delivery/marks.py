"""Marks: the memory of the duplicate rule and of the re-engage cooldown.

A mark belongs to the delivery that made it, and to a person and channel. Workers lock marks in
the same order, so that two of them can't decide differently at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import connection

from optilearn.core.tenancy.context import require_institution_id
from optilearn.notifications.delivery.due import DueDelivery
from optilearn.notifications.models import Delivery

_MARK: Final = """
INSERT INTO notifications_deliverymark AS m
       (institution_id, person_id, channel, mark, at, delivery_id)
SELECT %s, v.person_id, v.channel, v.mark, v.at, v.delivery_id
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[])
       AS v(person_id, channel, mark, at, delivery_id)
 ORDER BY v.person_id, v.channel, v.mark
    ON CONFLICT (institution_id, person_id, channel, mark) DO UPDATE
   SET at = excluded.at, delivery_id = excluded.delivery_id
 WHERE m.at <= excluded.at - %s OR m.delivery_id = excluded.delivery_id
RETURNING m.delivery_id
"""


def already_marked(
    wanted: Sequence[tuple[DueDelivery, str]], window: timedelta
) -> list[DueDelivery]:
    """Set a mark for each delivery; return those whose mark another one set within ``window``."""
    first: dict[tuple[int, str, str], DueDelivery] = {}
    for d, mark in sorted(wanted, key=lambda pair: pair[0].id):
        first.setdefault((d.person_id, d.channel.value, mark), d)
    if not first:
        return []
    people, channels, marks = zip(*first, strict=True)
    owners = list(first.values())
    parameters: list[Any] = [
        require_institution_id(),
        list(people),
        list(channels),
        list(marks),
        [d.created_at for d in owners],
        [d.id for d in owners],
        window,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_MARK, parameters)
        marked = {row[0] for row in cursor.fetchall()}
    return [d for d, _ in wanted if d.id not in marked]


_RELEASE: Final = """
DELETE FROM notifications_deliverymark m
 USING unnest(%s::bigint[], %s::text[], %s::bigint[]) AS v(person_id, channel, delivery_id)
 WHERE m.person_id = v.person_id AND m.channel = v.channel AND m.delivery_id = v.delivery_id
"""


def release_marks(deliveries: Sequence[DueDelivery | Delivery]) -> None:
    """Remove the marks of deliveries that reached nobody, so that they suppress no other one."""
    people = [one.person_id for one in deliveries]
    channels = [str(one.channel) for one in deliveries]
    if deliveries:
        with connection.cursor() as cursor:
            cursor.execute(_RELEASE, [people, channels, [one.id for one in deliveries]])
