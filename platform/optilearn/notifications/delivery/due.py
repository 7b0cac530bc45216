"""Due deliveries, locked, with everything that the rules and templates need to know of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from optilearn.core.clock import now
from optilearn.institutions.selectors import InstitutionRow
from optilearn.notifications.definitions import Channel, Definition
from optilearn.notifications.policy import NotificationPolicy, quiet_hours_of
from optilearn.notifications.quiet import zone_of
from optilearn.notifications.registry import definition_of
from optilearn.notifications.rendering.reader import Reader
from optilearn.notifications.rules import DIGEST_KEYS, TEST_PREFIX
from optilearn.notifications.states import stated
from optilearn.people.rules import PEOPLE, active


@dataclass(frozen=True)
class DueDelivery:
    """A delivery that is due, with its message and its reader."""

    id: int
    notification_id: int
    person_id: int
    channel: Channel
    key: str
    created_at: datetime
    attempts: int
    provider: str
    maybe_accepted: bool
    first_attempt_at: datetime | None
    counted_on: date | None
    devices: Mapping[str, Any]
    data: Mapping[str, Any]
    dedupe: str
    expires_at: datetime | None
    name: str
    email: str
    locale: str
    zone: ZoneInfo
    is_active: bool
    quiet: tuple[time, time] | None
    """Begin and end of the person's quiet hours, in their zone; None: none."""
    preference: bool | None
    """The person's own choice for this key on this channel; None: none made."""
    bounce: str
    """The reason why the address is suppressed; empty if it isn't."""

    @property
    def definition(self) -> Definition:
        """Definition of its key."""
        return definition_of(self.key)

    @property
    def reader(self) -> Reader:
        """Its person, as templates need them."""
        return Reader(self.person_id, self.name, self.locale, self.zone)

    @property
    def is_capped(self) -> bool:
        """True if it counts towards the person's daily cap."""
        return self.channel is not Channel.IN_APP

    @property
    def is_exempt(self) -> bool:
        """True if neither the daily cap nor quiet hours stop it."""
        return self.definition.is_locked or self.key in DIGEST_KEYS or self.is_test

    @property
    def is_test(self) -> bool:
        """True if an administrator sent it to themselves to see a template."""
        return self.dedupe.startswith(TEST_PREFIX)

    @property
    def today(self) -> date:
        """Today's date in the person's zone."""
        return now().astimezone(self.zone).date()


_DUE: Final = stated("""
SELECT d.id FROM unnest(ARRAY[1, 2, 3, 4]) AS p(priority) CROSS JOIN LATERAL (
       SELECT id FROM notifications_delivery
        WHERE channel = %s AND priority = p.priority AND digest = ''
          AND status IN (<pending>, <deferred>) AND due_at <= %s
        ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED) d
 LIMIT %s
""")
_ROWS: Final = stated(
    """
SELECT d.id, d.notification_id, d.person_id, d.channel, d.key, d.created_at, d.attempts,
       d.provider, d.maybe_accepted, d.first_attempt_at, d.counted_on, d.devices,
       n.data, n.dedupe, n.expires_at,
       p.name, p.email, p.locale, p.time_zone, <active>,
       r.quiet_enabled, r.quiet_start, r.quiet_end,
       CASE WHEN f.frequency = 'NEVER' THEN false
            ELSE CASE d.channel WHEN <email> THEN f.email WHEN <push> THEN f.push
                                ELSE f.in_app END END,
       coalesce(a.reason, '')
  FROM notifications_delivery d
  JOIN notifications_notification n ON n.id = d.notification_id
  <person>
  LEFT JOIN notifications_readerprofile r ON r.person_id = d.person_id
  LEFT JOIN notifications_preference f ON f.person_id = d.person_id AND f.key = d.key
  LEFT JOIN notifications_addressstate a ON d.channel = <email> AND a.address = lower(p.email)
        AND a.suppressed_at IS NOT NULL
 WHERE d.id = ANY(%s)
 ORDER BY d.priority, d.id
""",
    person=PEOPLE.joined("p", "d.person_id"),
    active=active(),
)


def lock_due(
    channel: Channel, limit: int, institution: InstitutionRow, policy: NotificationPolicy
) -> list[DueDelivery]:
    """Lock up to ``limit`` due deliveries that no other worker has, the most urgent first."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [channel.value, now(), limit, limit])
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return []
        cursor.execute(_ROWS, [ids])
        return [_due_delivery(row, institution, policy) for row in cursor.fetchall()]


def _due_delivery(row: Any, institution: InstitutionRow, policy: NotificationPolicy) -> DueDelivery:
    (delivery_id, notification_id, person_id, channel, key, created_at, attempts,
     provider, maybe_accepted, first_attempt_at, counted_on, devices,
     data, dedupe, expires_at, name, email, locale, time_zone, is_active,
     quiet_enabled, quiet_start, quiet_end, preference, bounce) = row  # fmt: skip
    return DueDelivery(
        id=delivery_id,
        notification_id=notification_id,
        person_id=person_id,
        channel=Channel(channel),
        key=key,
        created_at=created_at,
        attempts=attempts,
        provider=provider,
        maybe_accepted=maybe_accepted,
        first_attempt_at=first_attempt_at,
        counted_on=counted_on,
        devices=_json(devices),
        data=_json(data),
        dedupe=dedupe,
        expires_at=expires_at,
        name=name,
        email=email,
        locale=locale or institution.locale,
        zone=zone_of(time_zone, institution.time_zone),
        is_active=is_active,
        quiet=quiet_hours_of(policy, enabled=quiet_enabled, start=quiet_start, end=quiet_end),
        preference=preference,
        bounce=bounce,
    )


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
