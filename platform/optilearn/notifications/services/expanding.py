"""From an audience to its people's rows, in chunks that are transactions of their own."""

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
from optilearn.notifications.models import Notification
from optilearn.notifications.producers.resolving import resolve
from optilearn.notifications.registry import definition_of
from optilearn.notifications.services.rows import insert_deliveries
from optilearn.notifications.services.waking import wake

CHUNK: Final = 1_000
MOST_ATTEMPTS: Final = 40
"""Of asking OptiCRM who somebody's parents are: about a day."""
_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=1)
_LEASE: Final = timedelta(minutes=2)
"""Far longer than OptiCRM is ever waited for."""

_NEXT: Final = """
SELECT id, key, audience <> '{}', cardinality(recipients), attempts, expires_at,
       recipients[expanded + 1 : expanded + %s]
  FROM notifications_notification
 WHERE status = 'EXPANDING' AND due_at <= %s
 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_ADVANCE: Final = """
UPDATE notifications_notification
   SET expanded = expanded + %s,
       status = CASE WHEN expanded + %s >= cardinality(recipients) THEN 'EXPANDED' ELSE status END
 WHERE id = %s
"""


def expand(*, seconds: float = 20.0) -> bool:
    """Write rows for what waits; whether some was left when the time was over.

    A worker that is killed leaves a chunk done or not begun. Several share the work.
    """
    until = monotonic() + seconds
    while _expand_next():
        if monotonic() >= until:
            wake(["expand"])
            return True
    return False


def _expand_next() -> bool:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, [CHUNK, now()])
            row = cursor.fetchone()
        if row is None:
            return False
        notification_id, key, must_look_up, total, attempts, expires_at, chunk = row
        looks_up = must_look_up and not total
        if expires_at is not None and expires_at <= now():
            Notification.objects.filter(pk=notification_id).update(
                status=Notification.Status.FAILED, problem="expired"
            )
            return True
        if looks_up:
            _lease(notification_id)
        else:
            _write_chunk(notification_id, key, chunk)
    if looks_up:
        _look_up(notification_id, attempts)
    return True


def _write_chunk(notification_id: int, key: str, chunk: Sequence[int]) -> None:
    if insert_deliveries(definition_of(key), [(notification_id, p) for p in chunk]):
        wake(Channel)
    with connection.cursor() as cursor:
        cursor.execute(_ADVANCE, [len(chunk), len(chunk), notification_id])


def _lease(notification_id: int) -> None:
    """OptiCRM may take its time, so it is asked with nothing locked; others leave it be."""
    Notification.objects.filter(pk=notification_id).update(due_at=now() + _LEASE)


def _look_up(notification_id: int, attempts: int) -> None:
    """Find out who it is for; if OptiCRM doesn't say, it is asked again later."""
    rows = Notification.objects.filter(
        pk=notification_id, status=Notification.Status.EXPANDING, recipients=[]
    )
    audience = rows.values_list("audience", flat=True).first()
    if audience is None:
        return  # another worker was faster
    try:
        people = resolve(from_json(audience))
    except CrmError as error:
        if attempts + 1 >= MOST_ATTEMPTS:
            ended = Notification.Status.FAILED
            rows.update(attempts=attempts + 1, status=ended, problem=str(error))
            return
        wait = min(_FIRST_WAIT * 2 ** min(attempts, 10), _LONGEST_WAIT)
        rows.update(attempts=attempts + 1, due_at=now() + wait, problem=str(error))
        return
    found = list(dict.fromkeys(people))
    status = Notification.Status.EXPANDING if found else Notification.Status.EXPANDED
    rows.update(recipients=found, status=status, due_at=now(), problem="")
