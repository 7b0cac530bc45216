"""Claim due deliveries, and decide by the rules which of them are sent now.

One short transaction locks a batch that no other worker has (SKIP LOCKED), evaluates the rules
and writes the decisions. A delivery that is to be sent is leased: its ``due_at`` moves on, so
that another worker claims it when a worker was killed and the lease has expired.
"""

from __future__ import annotations

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
from optilearn.notifications.delivery.due import DueDelivery, lock_due
from optilearn.notifications.delivery.suppression import Decision, evaluate_rules
from optilearn.notifications.outbox.rows import copy_outcome_to_items
from optilearn.notifications.policy import NotificationPolicy, policy_of
from optilearn.notifications.rules import DIGEST_KEYS

SURE_HOURS: Final = 23
"""Providers know an idempotency key for 24 hours; afterwards a repetition could arrive twice."""


@dataclass(frozen=True)
class Claim:
    """A delivery that belongs to this worker until its lease ends."""

    delivery: DueDelivery
    token: uuid.UUID
    lease_until: datetime
    asked: str
    """The provider of the last attempt; empty before the first."""
    maybe_accepted: bool
    attempt: int

    @property
    def id(self) -> int:
        """The delivery's id."""
        return self.delivery.id


@dataclass(frozen=True)
class Batch:
    """The deliveries that were locked, and the claims on those that are to be sent."""

    institution: InstitutionRow
    policy: NotificationPolicy
    seen: int = 0
    claims: Sequence[Claim] = field(default_factory=tuple)


_DECISIONS: Final = """
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


def claim_due(channel: Channel, *, limit: int, provider: str) -> Batch:
    """Claim up to ``limit`` due deliveries of a channel; ``provider`` is the one asked first.

    ``Batch.seen`` is 0 when nothing is due. Deliveries that a rule stops are recorded as such,
    and aren't in ``Batch.claims``.
    """
    institution = institution_by_id(require_institution_id())
    policy = policy_of(institution.settings)
    with transaction.atomic():
        due = lock_due(channel, limit, institution, policy)
        if not due:
            return Batch(institution, policy)
        decisions = [
            _refuse_uncertain(d, decision)
            for d, decision in zip(due, evaluate_rules(due, policy), strict=True)
        ]
        claims = _write(due, decisions, provider)
    return Batch(institution, policy, len(due), claims)


def _refuse_uncertain(d: DueDelivery, decision: Decision) -> Decision:
    """Fail a delivery that its provider may have had for too long: it could arrive twice."""
    if not decision.is_allowed or d.provider != "RESEND" or not d.maybe_accepted:
        return decision
    since = d.first_attempt_at
    if since is not None and now() - since > timedelta(hours=SURE_HOURS):
        return Decision(status="FAILED", reason="unsure")
    return decision


def _write(due: Sequence[DueDelivery], decisions: Sequence[Decision], provider: str) -> list[Claim]:
    moment = now()
    lease_until = moment + timedelta(seconds=settings.NOTIFY_LEASE_SECONDS)
    token = uuid.uuid4()
    parameters: list[Any] = [
        moment,
        [d.id for d in due],
        [decision.status for decision in decisions],
        [decision.rule for decision in decisions],
        [decision.reason for decision in decisions],
        [
            lease_until if decision.is_allowed else decision.due_at or moment
            for decision in decisions
        ],
        [token if decision.is_allowed else None for decision in decisions],
        [decision.counted_on for decision in decisions],
        [d.provider or provider for d in due],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_DECISIONS, parameters)
    pairs = list(zip(due, decisions, strict=True))
    stopped = [d for d, decision in pairs if not decision.is_allowed]
    copy_outcome_to_items([d.id for d in stopped if d.key in DIGEST_KEYS])
    return [
        Claim(d, token, lease_until, d.provider, d.maybe_accepted, d.attempts + 1)
        for d, decision in pairs
        if decision.is_allowed
    ]
