"""Taking what is due, and deciding by the rules what of it goes out now.

One short transaction takes a batch: rows that nobody else has (SKIP LOCKED), their facts, the
rules, and the verdicts. A row that goes out is leased: its ``due_at`` moves on, so that the
work of a worker that was killed is taken up by another when the lease is over.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from optilearn.core.clock import now
from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import InstitutionRow, institution_by_id
from optilearn.notifications.definitions import Channel
from optilearn.notifications.policy import NotificationPolicy, policy_of, quiet_hours_of
from optilearn.notifications.quiet import zone_of
from optilearn.notifications.services.judging import AT_THEIR_HOUR, Facts, Verdict, judge
from optilearn.notifications.services.rows import share_fate

SURE_HOURS: Final = 23
"""Providers know an idempotency key for 24 hours; afterwards the same again could arrive twice."""


@dataclass(frozen=True)
class Taken:
    """A delivery that this worker has until its lease ends."""

    facts: Facts
    token: uuid.UUID
    lease_until: datetime
    asked: str
    """The provider that was asked before; empty before the first."""
    maybe_accepted: bool
    attempt: int

    @property
    def id(self) -> int:
        """The delivery's id."""
        return self.facts.id


@dataclass(frozen=True)
class Batch:
    """What was looked at, and what of it goes out."""

    institution: InstitutionRow
    policy: NotificationPolicy
    seen: int = 0
    taken: Sequence[Taken] = field(default_factory=tuple)


_DUE: Final = """
SELECT d.id FROM unnest(ARRAY[1, 2, 3, 4]) AS p(priority) CROSS JOIN LATERAL (
       SELECT id FROM notifications_delivery
        WHERE channel = %s AND priority = p.priority AND digest = ''
          AND status IN ('PENDING', 'DEFERRED') AND due_at <= %s
        ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED) d
 LIMIT %s
"""
_FACTS: Final = """
SELECT d.id, d.notification_id, d.person_id, d.channel, d.key, d.created_at, d.attempts,
       d.provider, d.maybe_accepted, d.first_attempt_at, d.counted_on, d.devices,
       n.data, n.dedupe, n.expires_at,
       p.name, p.email, p.locale, p.time_zone, p.status = 'ACTIVE',
       r.quiet_enabled, r.quiet_start, r.quiet_end,
       CASE WHEN f.frequency = 'NEVER' THEN false
            ELSE CASE d.channel WHEN 'EMAIL' THEN f.email WHEN 'PUSH' THEN f.push
                                ELSE f.in_app END END,
       coalesce(a.reason, '')
  FROM notifications_delivery d
  JOIN notifications_notification n ON n.id = d.notification_id
  JOIN people_person p ON p.id = d.person_id
  LEFT JOIN notifications_readerprofile r ON r.person_id = d.person_id
  LEFT JOIN notifications_preference f ON f.person_id = d.person_id AND f.key = d.key
  LEFT JOIN notifications_addressstate a ON d.channel = 'EMAIL' AND a.address = lower(p.email)
        AND a.suppressed_at IS NOT NULL
 WHERE d.id = ANY(%s)
 ORDER BY d.priority, d.id
"""
_VERDICTS: Final = """
UPDATE notifications_delivery d
   SET status = v.status, rule = v.rule, reason = v.reason, due_at = v.due_at,
       taken_by = v.taken_by, counted_on = coalesce(v.counted_on, d.counted_on),
       attempts = d.attempts + CASE WHEN v.taken_by IS NULL THEN 0 ELSE 1 END,
       provider = CASE WHEN v.taken_by IS NULL THEN d.provider ELSE v.provider END,
       maybe_accepted = d.maybe_accepted OR v.taken_by IS NOT NULL,
       first_attempt_at = CASE WHEN v.taken_by IS NULL THEN d.first_attempt_at
                               ELSE coalesce(d.first_attempt_at, %s) END
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::uuid[],
              %s::date[], %s::text[])
       AS v(id, status, rule, reason, due_at, taken_by, counted_on, provider)
 WHERE d.id = v.id
"""


def take(channel: Channel, *, most: int, provider: str) -> Batch:
    """Take up to ``most`` due deliveries of a channel; ``provider`` is who is asked first.

    ``Batch.seen`` is 0 when nothing is due. What the rules stop is written down and not in
    ``Batch.taken``.
    """
    institution = institution_by_id(require_institution_id())
    policy = policy_of(institution.settings)
    with transaction.atomic():
        facts = due_facts(channel, most, institution, policy)
        if not facts:
            return Batch(institution, policy)
        verdicts = [_still_sure(f, v) for f, v in zip(facts, judge(facts, policy), strict=True)]
        taken = _write(facts, verdicts, provider)
    return Batch(institution, policy, len(facts), taken)


def due_facts(
    channel: Channel, most: int, institution: InstitutionRow, policy: NotificationPolicy
) -> list[Facts]:
    """Lock due rows of a channel that nobody has, the most urgent first, with their facts."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [channel.value, now(), most, most])
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return []
        cursor.execute(_FACTS, [ids])
        return [_facts(row, institution, policy) for row in cursor.fetchall()]


def _facts(row: Any, institution: InstitutionRow, policy: NotificationPolicy) -> Facts:
    (delivery_id, notification_id, person_id, channel, key, created_at, attempts,
     provider, maybe_accepted, first_attempt_at, counted_on, devices,
     data, dedupe, expires_at, name, email, locale, time_zone, is_active,
     quiet_enabled, quiet_start, quiet_end, preference, bounce) = row  # fmt: skip
    return Facts(
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


def _still_sure(facts: Facts, verdict: Verdict) -> Verdict:
    """What a provider may have had for too long isn't sent again: it could arrive twice."""
    if not verdict.goes_out or facts.provider != "RESEND" or not facts.maybe_accepted:
        return verdict
    since = facts.first_attempt_at
    if since is not None and now() - since > timedelta(hours=SURE_HOURS):
        return Verdict(status="FAILED", reason="unsure")
    return verdict


def _write(facts: Sequence[Facts], verdicts: Sequence[Verdict], provider: str) -> list[Taken]:
    moment = now()
    lease_until = moment + timedelta(seconds=settings.NOTIFY_LEASE_SECONDS)
    token = uuid.uuid4()
    out = [v.goes_out for v in verdicts]
    parameters: list[Any] = [
        moment,
        [f.id for f in facts],
        [v.status for v in verdicts],
        [v.rule for v in verdicts],
        [v.reason for v in verdicts],
        [lease_until if v.goes_out else v.due_at or moment for v in verdicts],
        [token if goes else None for goes in out],
        [v.counted_on for v in verdicts],
        [f.provider or provider for f in facts],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_VERDICTS, parameters)
    ended = [f for f, goes in zip(facts, out, strict=True) if not goes]
    share_fate([f.id for f in ended if f.key in AT_THEIR_HOUR])
    return [
        Taken(f, token, lease_until, f.provider, f.maybe_accepted, f.attempts + 1)
        for f, goes in zip(facts, out, strict=True)
        if goes
    ]
