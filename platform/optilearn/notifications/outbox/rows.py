"""Write notifications and deliveries, many at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection

from optilearn.core.clock import now
from optilearn.core.tenancy.context import require_institution_id
from optilearn.notifications.audiences import Audience, People, to_json
from optilearn.notifications.definitions import Channel, Definition
from optilearn.notifications.states import stated
from optilearn.people.rules import PEOPLE, active

_canonical: Final = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True)
class Draft:
    """A notification before it is written."""

    definition: Definition
    to: Audience
    data: Mapping[str, Any]
    once: str | None = None
    dedupe: str = ""
    expires_at: datetime | None = None
    for_digest: bool = False
    plain: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        """Raises ``ValueError`` unless the payload has exactly the names of the definition.

        Also raised if the id of the person it is about is neither a number nor None, as where
        nobody may learn who it is about.
        """
        if self.data.keys() != self.definition.names:
            wrong = sorted(self.data.keys() ^ self.definition.names)
            raise ValueError(f"{self.definition.key}: {wrong} should (not) be in the payload.")
        plain = msgspec.to_builtins(dict(self.data), builtin_types=())
        about = self.definition.about
        if about and plain[about] is not None and not isinstance(plain[about], int):
            raise ValueError(f"{self.definition.key}: {about} should be a person's id.")
        object.__setattr__(self, "plain", plain)
        if not self.dedupe:
            content = self.definition.key.encode() + _canonical.encode(plain)
            object.__setattr__(self, "dedupe", hashlib.sha256(content).hexdigest()[:32])

    @property
    def people(self) -> tuple[int, ...]:
        """Ids of the recipients that are known already."""
        return self.to.ids if isinstance(self.to, People) else ()

    @property
    def about_id(self) -> int | None:
        """The person it is about, where that isn't the reader."""
        about = self.definition.about
        found = self.plain[about] if about else None
        return None if found is None else int(found)


_NOTIFICATIONS: Final = stated("""
INSERT INTO notifications_notification (
       institution_id, key, data, once, dedupe, priority, audience, recipients, expanded, status,
       attempts, due_at, problem, about_id, for_digest, expires_at, created_at)
SELECT %(institution)s, d.key, d.data, d.once, d.dedupe, d.priority, d.audience,
       ARRAY(SELECT jsonb_array_elements_text(d.people)::bigint), 0, <expanding>, 0, %(now)s, '',
       d.about_id, d.for_digest, d.expires_at, %(now)s
  FROM jsonb_to_recordset(%(drafts)s) AS d(
       key text, data jsonb, once text, dedupe text, priority smallint, audience jsonb,
       people jsonb, about_id bigint, for_digest boolean, expires_at timestamptz)
    ON CONFLICT (institution_id, key, once) DO NOTHING
RETURNING id, once
""")


def insert_notifications(drafts: Sequence[Draft]) -> list[tuple[int, str | None]]:
    """Write them; return id and ``once`` of each whose ``once`` is new."""
    wanted = [
        {
            "key": draft.definition.key,
            "data": draft.plain,
            "once": draft.once,
            "dedupe": draft.dedupe,
            "priority": int(draft.definition.priority),
            "audience": to_json(draft.to),
            "people": draft.people,
            "about_id": draft.about_id,
            "for_digest": draft.for_digest,
            "expires_at": draft.expires_at,
        }
        for draft in drafts
    ]
    parameters: dict[str, Any] = {
        "institution": require_institution_id(),
        "now": now(),
        "drafts": msgspec.json.encode(wanted).decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTIFICATIONS, parameters)
        return list(cursor.fetchall())


_DELIVERIES: Final = stated(
    """
INSERT INTO notifications_delivery (
       institution_id, notification_id, person_id, channel, key, category, priority, about_id,
       status, rule, reason, due_at, attempts, provider, maybe_accepted, provider_id, address,
       title, body, url, digest, devices, history, created_at)
SELECT n.institution_id, n.id, p.id, c.channel, n.key, %(category)s, n.priority, n.about_id,
       CASE WHEN v.rule = '' THEN <pending> ELSE <skipped> END, v.rule, '', %(now)s, 0, '', false,
       '', '', '', '', '', CASE WHEN v.rule = '' THEN v.digest ELSE '' END, '{}', '[]', %(now)s
  FROM unnest(%(notifications)s::bigint[], %(people)s::bigint[]) AS r(notification_id, person_id)
  JOIN notifications_notification n ON n.id = r.notification_id
  <person> AND p.role = ANY(%(roles)s)
 CROSS JOIN unnest(%(channels)s::text[], %(defaults)s::boolean[]) AS c(channel, by_default)
  LEFT JOIN notifications_preference f ON f.person_id = p.id AND f.key = n.key
 CROSS JOIN LATERAL (
       SELECT CASE WHEN %(locked)s THEN c.by_default ELSE coalesce(
                   CASE c.channel WHEN <email> THEN f.email WHEN <push> THEN f.push
                                  ELSE f.in_app END, c.by_default) END AS wanted,
              CASE WHEN %(changeable)s THEN coalesce(f.frequency, '') ELSE '' END AS frequency) w
 CROSS JOIN LATERAL (
       SELECT CASE WHEN NOT (<active>) THEN 'inactive'
                   WHEN NOT w.wanted OR w.frequency = 'NEVER' THEN 'preference'
                   WHEN c.channel = <push> AND (n.for_digest OR w.frequency IN ('DAILY', 'WEEKLY'))
                   THEN 'preference'
                   ELSE '' END AS rule,
              CASE WHEN c.channel <> <email> THEN ''
                   WHEN w.frequency IN ('DAILY', 'WEEKLY') THEN w.frequency
                   WHEN n.for_digest THEN 'DAILY'
                   ELSE '' END AS digest) v
 WHERE c.by_default OR w.wanted
    ON CONFLICT (institution_id, notification_id, person_id, channel) DO NOTHING
""",
    person=PEOPLE.joined("p", "r.person_id", of="n"),
    active=active(),
)


def insert_deliveries(definition: Definition, pairs: Sequence[tuple[int, int]]) -> int:
    """Write the rows of (notification, person) pairs of one key; return how many are new.

    A channel that a person turned off gets its row too, SKIPPED, so that the log can say why.
    People whose role the key isn't for get none.
    """
    parameters = {
        "category": definition.category.value,
        "now": now(),
        "notifications": [notification for notification, _ in pairs],
        "people": [person for _, person in pairs],
        "roles": [role.value for role in definition.available_to],
        "channels": [channel.value for channel in Channel],
        "defaults": [channel in definition.channels for channel in Channel],
        "locked": definition.is_locked,
        "changeable": definition.can_change_frequency,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DELIVERIES, parameters)
        return int(cursor.rowcount)


def mark_expanded(notification_ids: Sequence[int]) -> None:
    """Record that all of their recipients have their rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            stated(
                "UPDATE notifications_notification SET status = <expanded>,"
                " expanded = cardinality(recipients) WHERE id = ANY(%s)"
            ),
            [list(notification_ids)],
        )


_LINK: Final = """
UPDATE notifications_delivery d SET carrier_id = v.carrier_id
  FROM unnest(%s::bigint[], %s::bigint[]) AS v(id, carrier_id)
 WHERE d.id = v.id AND d.carrier_id IS NULL
"""


_COPY: Final = """
UPDATE notifications_delivery d
   SET status = c.status, rule = c.rule, reason = c.reason, sent_at = c.sent_at
  FROM notifications_delivery c
 WHERE d.carrier_id = c.id AND c.id = ANY(%s)
"""


def copy_outcome_to_items(digest_ids: Sequence[int]) -> None:
    """Give the items of these digests the status of the digest itself."""
    if digest_ids:
        with connection.cursor() as cursor:
            cursor.execute(_COPY, [list(digest_ids)])


def link_to_digests(links: Sequence[tuple[int, int]]) -> None:
    """Record that each delivery (first) is an item of a digest (second)."""
    with connection.cursor() as cursor:
        cursor.execute(_LINK, [[item for item, _ in links], [digest for _, digest in links]])
