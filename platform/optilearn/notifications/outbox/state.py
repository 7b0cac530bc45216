"""State of the outbox: depth, age of the oldest, rate, failures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import connection

from optilearn.core.clock import now
from optilearn.notifications.definitions import Channel
from optilearn.notifications.states import stated

RECIPIENTS: Final = "RECIPIENTS"
"""A row besides the channels: messages whose recipients aren't looked up or written yet."""
RECENTLY: Final = timedelta(minutes=5)
LATELY: Final = timedelta(hours=24)

_DUE_WORK: Final = stated("""
SELECT c.channel FROM unnest(%s::text[]) AS c(channel)
 WHERE EXISTS (SELECT FROM notifications_delivery d, unnest(ARRAY[1, 2, 3, 4]) AS p(priority)
                WHERE d.channel = c.channel AND d.priority = p.priority AND d.digest = ''
                  AND d.status IN (<pending>, <deferred>) AND d.due_at <= %s)
 UNION ALL
SELECT 'expand' WHERE EXISTS (SELECT FROM notifications_notification
                               WHERE status = <expanding> AND due_at <= %s)
""")
_STATE: Final = stated("""
SELECT c.channel, w.due, w.later, g.items, w.oldest
  FROM unnest(%(channels)s::text[]) AS c(channel)
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE due_at <= %(now)s) AS due,
              count(*) FILTER (WHERE due_at > %(now)s) AS later,
              extract(epoch FROM %(now)s - min(due_at) FILTER (WHERE due_at <= %(now)s)) AS oldest
         FROM notifications_delivery d
        WHERE d.channel = c.channel AND digest = '' AND status IN (<pending>, <deferred>)) w
 CROSS JOIN LATERAL (
       SELECT count(*) AS items FROM notifications_delivery d
        WHERE d.channel = c.channel AND digest <> '' AND status = <pending>
          AND carrier_id IS NULL) g
 UNION ALL
SELECT %(recipients)s, count(*) FILTER (WHERE due_at <= %(now)s),
       count(*) FILTER (WHERE due_at > %(now)s), 0,
       extract(epoch FROM %(now)s - min(due_at) FILTER (WHERE due_at <= %(now)s))
  FROM notifications_notification WHERE status = <expanding>
""")
# Items are counted once, with their digest. A failure counts from its last history line: its
# attempts may have begun before the period.
_DONE: Final = stated("""
SELECT channel, sum(recently), sum(lately), sum(failed) FROM (
       SELECT channel, count(*) FILTER (WHERE sent_at > %(recently)s) AS recently,
              count(*) AS lately, 0 AS failed
         FROM notifications_delivery
        WHERE status = <sent> AND sent_at > %(lately)s AND carrier_id IS NULL
        GROUP BY channel
        UNION ALL
       SELECT channel, 0, 0, count(*) FROM notifications_delivery
        WHERE status = <failed> AND carrier_id IS NULL
          AND greatest(created_at, (history -> -1 ->> 'at')::timestamptz) > %(lately)s
        GROUP BY channel
        UNION ALL
       SELECT %(recipients)s, 0, 0, count(*) FROM notifications_notification
        WHERE status = <failed> AND problem <> 'expired' AND due_at > %(lately)s) d
 GROUP BY channel
""")


@dataclass(frozen=True)
class ChannelState:
    """One channel's outbox, or what waits for its recipients."""

    channel: str
    """A ``Channel``, or ``RECIPIENTS``."""
    due: int
    """Number that waits for a worker."""
    later: int
    """Number that is deferred, leased or waits for the next attempt."""
    for_digests: int
    """Number that waits for a digest."""
    oldest_seconds: float
    """Age of the oldest one that is due; 0 if none is."""
    sent_recently: int
    """Sent in the last five minutes."""
    sent_lately: int
    """Sent in the last 24 hours."""
    failed_lately: int
    """Failed in the last 24 hours."""

    def to_wire(self) -> dict[str, Any]:
        """Convert to the API's format."""
        return {
            "channel": self.channel,
            "due": self.due,
            "later": self.later,
            "forDigests": self.for_digests,
            "oldestSeconds": self.oldest_seconds,
            "sentPerMinute": round(self.sent_recently / (RECENTLY.total_seconds() / 60), 1),
            "sentInADay": self.sent_lately,
            "failedInADay": self.failed_lately,
        }


def due_work() -> list[str]:
    """Return the kinds of due work: channels, and ``expand``. One query on two indexes."""
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(_DUE_WORK, [[c.value for c in Channel], moment, moment])
        return [row[0] for row in cursor.fetchall()]


def outbox_state() -> list[ChannelState]:
    """Return the institution's outbox, a row for each channel and ``RECIPIENTS``. Two queries."""
    moment = now()
    names = [c.value for c in Channel]
    with connection.cursor() as cursor:
        named = {"recipients": RECIPIENTS}
        cursor.execute(_STATE, named | {"now": moment, "channels": names})
        waiting = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_DONE, named | {"recently": moment - RECENTLY, "lately": moment - LATELY})
        done = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_state(name, waiting[name], done.get(name, (0, 0, 0))) for name in (*names, RECIPIENTS)]


def _state(name: str, waiting: tuple[Any, ...], done: tuple[Any, ...]) -> ChannelState:
    due, later, for_digests, oldest = waiting
    recently, lately, failed = done
    return ChannelState(
        channel=name,
        due=due,
        later=later,
        for_digests=for_digests,
        oldest_seconds=round(float(oldest or 0), 1),
        sent_recently=int(recently),
        sent_lately=int(lately),
        failed_lately=int(failed),
    )
