"""Write the deliveries of each recipient, in chunks that are transactions of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from time import monotonic
from typing import Final

from django.db import connection, transaction

from optilearn.core.clock import now
from optilearn.crm.errors import CrmError
from optilearn.notifications.audiences import from_json
from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery.recipients import resolve
from optilearn.notifications.models import Notification
from optilearn.notifications.outbox.rows import insert_deliveries
from optilearn.notifications.outbox.wake_ups import wake_workers
from optilearn.notifications.registry import definition_of
from optilearn.notifications.states import stated

CHUNK: Final = 1_000
MAX_ATTEMPTS: Final = 40
"""Lookups of somebody's parents in OptiCRM: about a day."""
_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=1)
_LEASE: Final = timedelta(minutes=2)
"""Far longer than OptiCRM's timeout."""

_NEXT: Final = stated("""
SELECT id, key, audience <> '{}', cardinality(recipients), attempts, expires_at,
       recipients[expanded + 1 : expanded + %s]
  FROM notifications_notification
 WHERE status = <expanding> AND due_at <= %s
 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
""")
_ADVANCE: Final = stated("""
UPDATE notifications_notification
   SET expanded = expanded + %s,
       status = CASE WHEN expanded + %s >= cardinality(recipients) THEN <expanded> ELSE status END
 WHERE id = %s
""")


def expand(*, seconds: float = 20.0) -> bool:
    """Write the rows of pending notifications; return True if the time was over before the end.

    A worker that is killed leaves a chunk written or not begun. Several workers share the work.
    """
    until = monotonic() + seconds
    while _expand_next():
        if monotonic() >= until:
            wake_workers(["expand"])
            return True
    return False


def _expand_next() -> bool:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, [CHUNK, now()])
            row = cursor.fetchone()
        if row is None:
            return False
        notification_id, key, has_audience, total, attempts, expires_at, chunk = row
        is_lookup = has_audience and not total
        if expires_at is not None and expires_at <= now():
            Notification.objects.filter(pk=notification_id).update(
                status=Notification.Status.FAILED, problem="expired"
            )
            return True
        if is_lookup:
            _lease(notification_id)
        else:
            _write_chunk(notification_id, key, chunk)
    if is_lookup:
        _look_up(notification_id, attempts)
    return True


def _write_chunk(notification_id: int, key: str, chunk: Sequence[int]) -> None:
    if insert_deliveries(definition_of(key), [(notification_id, p) for p in chunk]):
        wake_workers(Channel)
    with connection.cursor() as cursor:
        cursor.execute(_ADVANCE, [len(chunk), len(chunk), notification_id])


def _lease(notification_id: int) -> None:
    """Postpone it for other workers: OptiCRM may be slow, so no lock is held while it is asked."""
    Notification.objects.filter(pk=notification_id).update(due_at=now() + _LEASE)


def _look_up(notification_id: int, attempts: int) -> None:
    """Look up the recipients; try again later if OptiCRM doesn't answer."""
    rows = Notification.objects.filter(
        pk=notification_id, status=Notification.Status.EXPANDING, recipients=[]
    )
    audience = rows.values_list("audience", flat=True).first()
    if audience is None:
        return  # another worker did it already
    try:
        people = resolve(from_json(audience))
    except CrmError as error:
        if attempts + 1 >= MAX_ATTEMPTS:
            failed = Notification.Status.FAILED
            rows.update(attempts=attempts + 1, status=failed, problem=str(error))
            return
        wait = min(_FIRST_WAIT * 2 ** min(attempts, 10), _LONGEST_WAIT)
        rows.update(attempts=attempts + 1, due_at=now() + wait, problem=str(error))
        return
    found = list(dict.fromkeys(people))
    status = Notification.Status.EXPANDING if found else Notification.Status.EXPANDED
    rows.update(recipients=found, status=status, due_at=now(), problem="")
