"""Number of e-mails and pushes that a person got on one of their days, locked while it is used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.db import connection

from optilearn.core.tenancy.context import require_institution_id
from optilearn.notifications.delivery.due import DueDelivery

Counts = dict[tuple[int, date], int]
"""Messages by person and day."""

_CREATE: Final = """
INSERT INTO notifications_dailycount (institution_id, person_id, day, count)
SELECT %s, v.person_id, v.day, 0 FROM unnest(%s::bigint[], %s::date[]) AS v(person_id, day)
 ORDER BY v.person_id, v.day
    ON CONFLICT (institution_id, person_id, day) DO NOTHING
"""
_LOCK: Final = """
SELECT c.person_id, c.day, c.count
  FROM notifications_dailycount c
  JOIN unnest(%s::bigint[], %s::date[]) AS v(person_id, day)
    ON c.person_id = v.person_id AND c.day = v.day
 ORDER BY c.person_id, c.day FOR UPDATE OF c
"""
_WRITE: Final = """
UPDATE notifications_dailycount c SET count = v.count
  FROM unnest(%s::bigint[], %s::date[], %s::integer[]) AS v(person_id, day, count)
 WHERE c.person_id = v.person_id AND c.day = v.day
"""


def lock_counts(deliveries: Sequence[DueDelivery]) -> Counts:
    """Return the counts of these people's days, locked until the transaction ends."""
    days = sorted(
        {(d.person_id, d.today) for d in deliveries if d.is_capped and d.counted_on is None}
    )
    if not days:
        return {}
    people, dates = [person for person, _ in days], [day for _, day in days]
    with connection.cursor() as cursor:
        cursor.execute(_CREATE, [require_institution_id(), people, dates])
        cursor.execute(_LOCK, [people, dates])
        return {(person, day): count for person, day, count in cursor.fetchall()}


def write_counts(counts: Counts) -> None:
    """Write the new counts."""
    if counts:
        people, dates = [person for person, _ in counts], [day for _, day in counts]
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [people, dates, list(counts.values())])
