"""How the outbox stands: what is due, since when, how fast it empties, what failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import connection

from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.notifications.definitions import Channel

RECENTLY: Final = timedelta(minutes=5)
LATELY: Final = timedelta(hours=24)

_WAITING: Final = """
SELECT c.channel FROM unnest(%s::text[]) AS c(channel)
 WHERE EXISTS (SELECT FROM notifications_delivery d, unnest(ARRAY[1, 2, 3, 4]) AS p(priority)
                WHERE d.channel = c.channel AND d.priority = p.priority AND d.digest = ''
                  AND d.status IN ('PENDING', 'DEFERRED') AND d.due_at <= %s)
 UNION ALL
SELECT 'expand' WHERE EXISTS (SELECT FROM notifications_notification
                               WHERE status = 'EXPANDING' AND due_at <= %s)
"""
_STATE: Final = """
SELECT c.channel,
       count(d.id) FILTER (WHERE d.due_at <= %(now)s AND d.digest = ''),
       count(d.id) FILTER (WHERE d.due_at > %(now)s AND d.digest = ''),
       count(d.id) FILTER (WHERE d.digest <> ''),
       extract(epoch FROM %(now)s - min(d.due_at) FILTER (WHERE d.due_at <= %(now)s
                                                          AND d.digest = ''))
  FROM unnest(%(channels)s::text[]) AS c(channel)
  LEFT JOIN notifications_delivery d
    ON d.channel = c.channel AND d.status IN ('PENDING', 'DEFERRED')
 GROUP BY c.channel
"""
_DONE: Final = """
SELECT channel,
       count(*) FILTER (WHERE status = 'SENT' AND sent_at > %(recently)s),
       count(*) FILTER (WHERE status = 'SENT' AND sent_at > %(lately)s),
       count(*) FILTER (WHERE status = 'FAILED' AND created_at > %(lately)s)
  FROM notifications_delivery
 WHERE created_at > %(lately)s OR sent_at > %(lately)s
 GROUP BY channel
"""


@dataclass(frozen=True)
class ChannelState:
    """One channel's outbox."""

    channel: Channel
    due: int
    """How many wait for a worker."""
    later: int
    """How many are deferred, leased or wait for their next attempt."""
    for_digests: int
    oldest_seconds: float
    """How long the oldest of those that are due has waited; 0 if none is."""
    sent_recently: int
    """In the last five minutes."""
    sent_lately: int
    """In the last 24 hours."""
    failed_lately: int

    def to_wire(self) -> dict[str, Any]:
        """As the API tells it."""
        return {
            "channel": self.channel.value,
            "due": self.due,
            "later": self.later,
            "forDigests": self.for_digests,
            "oldestSeconds": self.oldest_seconds,
            "sentPerMinute": round(self.sent_recently / (RECENTLY.total_seconds() / 60), 1),
            "sentInADay": self.sent_lately,
            "failedInADay": self.failed_lately,
        }


def waiting_work() -> list[str]:
    """What a worker should look at now: channels, and ``expand``. One query on two indexes."""
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [[c.value for c in Channel], moment, moment])
        return [row[0] for row in cursor.fetchall()]


def outbox_state() -> list[ChannelState]:
    """The institution's outbox, a row for each channel. Two queries."""
    moment = now()
    names = [c.value for c in Channel]
    with connection.cursor() as cursor:
        cursor.execute(_STATE, {"now": moment, "channels": names})
        waiting = {row[0]: row[1:] for row in cursor.fetchall()}
        since = {"recently": moment - RECENTLY, "lately": moment - LATELY}
        cursor.execute(_DONE, since)
        done = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_state(name, waiting[name], done.get(name, (0, 0, 0))) for name in names]


def _state(name: str, waiting: tuple[Any, ...], done: tuple[Any, ...]) -> ChannelState:
    due, later, for_digests, oldest = waiting
    recently, lately, failed = done
    return ChannelState(
        channel=Channel(name),
        due=due,
        later=later,
        for_digests=for_digests,
        oldest_seconds=round(float(oldest or 0), 1),
        sent_recently=recently,
        sent_lately=lately,
        failed_lately=failed,
    )


def queues(principal: Principal) -> list[dict[str, Any]]:
    """The state of the institution's outbox, for administrators. Raises ``AppError`` FORBIDDEN."""
    require(principal, ADMINS)
    return [state.to_wire() for state in outbox_state()]
