"""The messages of a person who is erased."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from optilearn.core.tenancy.context import require_institution_id
from optilearn.notifications.states import stated

_LOCK: Final = stated(
    """
    SELECT FROM notifications_notification
     WHERE institution_id = %(institution)s AND status = <expanding>
       AND (recipients @> ARRAY[%(person)s]::bigint[] OR about_id = %(person)s)
     ORDER BY id FOR UPDATE
    """
)


def lock_messages_of(person_id: int) -> None:
    """Lock the messages to or about the person whose rows are still being written."""
    values: dict[str, Any] = {"institution": require_institution_id(), "person": person_id}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, values)
