"""Delete rows that aren't needed any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import connection, transaction

from optilearn.core.clock import now
from optilearn.notifications.states import stated

RETENTION: Final = timedelta(days=400)
"""Of the log of deliveries: a little more than a school year."""
_MAX_ROWS: Final = 5_000
"""Notifications that one transaction deletes."""

_SHORT: Final = (
    ("DELETE FROM notifications_deliverymark WHERE at < %s", timedelta(days=366)),
    (
        "DELETE FROM notifications_deliverymark WHERE at < %s AND mark <> 're-engage'",
        timedelta(days=40),
    ),
    ("DELETE FROM notifications_dailycount WHERE day < %s", timedelta(days=40)),
    ("DELETE FROM notifications_digest WHERE day < %s", timedelta(days=40)),
    ("DELETE FROM notifications_webhookreceipt WHERE received_at < %s", timedelta(days=40)),
)
"""Rows that only the rules look back at; each stays longer than any rule looks back."""
_DIGESTS: Final = stated("""
UPDATE notifications_notification SET data = '{}'
 WHERE key IN ('DIGEST', 'PARENT_WEEKLY_DIGEST', 'TEACHER_WEEKLY_DIGEST') AND created_at < %s
   AND data <> '{}' AND NOT EXISTS (SELECT FROM notifications_delivery d
        WHERE d.notification_id = notifications_notification.id
          AND d.status IN (<pending>, <deferred>, <failed>))
""")
"""A summary names other people too; once it was sent, its data isn't needed again."""
_ALERTED: Final = """
UPDATE notifications_notification SET data = jsonb_set(data, '{rows}', '[]')
 WHERE key = 'ADMIN_ALERT_TRIGGERED' AND created_at < %s
   AND data ? 'rows' AND data -> 'rows' <> '[]'
"""
"""The rows that fired may name other people; the alert's own history has them as long as it may."""
_OLD: Final = stated("""
SELECT n.id FROM notifications_notification n
 WHERE n.created_at < %s AND n.status <> <expanding> AND (n.once IS NULL OR n.data <> '{}')
   AND NOT EXISTS (
       SELECT FROM notifications_delivery d
        WHERE d.notification_id = n.id AND d.status IN (<pending>, <deferred>))
 LIMIT %s
""")


def purge() -> int:
    """Delete old rows; return the number of notifications. A ``once`` stays, so that it holds."""
    moment = now()
    with connection.cursor() as cursor:
        for statement, age in _SHORT:
            cursor.execute(statement, [moment - age])
        cursor.execute(_DIGESTS, [moment - timedelta(days=7)])
        cursor.execute(_ALERTED, [moment - timedelta(days=7)])
    total = 0
    while deleted := _purge_some():
        total += deleted
    return total


@transaction.atomic
def _purge_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_OLD, [now() - RETENTION, _MAX_ROWS])
        ids = [row[0] for row in cursor.fetchall()]
        if ids:
            # Digests and their items are deleted independently of each other.
            cursor.execute(
                "UPDATE notifications_delivery SET carrier_id = NULL WHERE carrier_id IN "
                "(SELECT id FROM notifications_delivery WHERE notification_id = ANY(%s))",
                [ids],
            )
            cursor.execute(
                "DELETE FROM notifications_delivery WHERE notification_id = ANY(%s)", [ids]
            )
            # A notification with ``once`` stays, without its data, so that it is never sent again.
            cursor.execute(
                "UPDATE notifications_notification SET data = '{}', recipients = '{}' "
                "WHERE id = ANY(%s) AND once IS NOT NULL",
                [ids],
            )
            cursor.execute(
                "DELETE FROM notifications_notification WHERE id = ANY(%s) AND once IS NULL", [ids]
            )
    return len(ids)
