"""Record the results of attempts.

Only the worker that holds the claim writes: after its lease was lost it changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from secrets import SystemRandom
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from optilearn.core.clock import now
from optilearn.notifications.addresses import services as addresses
from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery.claims import Claim
from optilearn.notifications.delivery.marks import release_marks
from optilearn.notifications.models import Delivery
from optilearn.notifications.outbox.rows import copy_outcome_to_items
from optilearn.notifications.rendering.renderer import RenderedMessage
from optilearn.notifications.rules import DIGEST_KEYS

MAX_ATTEMPTS: Final = 15
"""With the waits between them more than half a day; then an administrator has to look."""
_LONGEST_WAIT: Final = timedelta(hours=1)
_MAX_HISTORY: Final = 50
_random: Final = SystemRandom()


@dataclass(frozen=True)
class Failure:
    """The reason why an attempt didn't succeed."""

    reason: str
    detail: str = ""
    provider: str = ""
    retry_after: float | None = None
    """Seconds that the provider asked us to wait."""
    maybe_accepted: bool = False
    bad_address: bool = False


def record_attempt(claim: Claim, provider: str) -> bool:
    """Record that this provider is asked now; return False if the lease was lost.

    Called before the provider is asked: if the worker is killed, the next one knows which
    provider may have accepted the message.
    """
    return _update(claim, provider=provider, maybe_accepted=True)


@transaction.atomic
def record_sent(
    claim: Claim,
    *,
    provider: str,
    provider_id: str,
    message: RenderedMessage,
    devices: Mapping[str, Any] | None = None,
) -> bool:
    """Record a successful send; return False if the lease was lost."""
    values: dict[str, Any] = {
        "status": Delivery.Status.SENT,
        "rule": "",
        "reason": "",
        "sent_at": now(),
        "provider": provider,
        "provider_id": provider_id,
        "maybe_accepted": True,
        "taken_by": None,
    }
    values |= {
        "title": message.title,
        "body": message.body,
        "url": message.url,
        "template_version": message.template_version,
        "address": claim.delivery.email if claim.delivery.channel is Channel.EMAIL else "",
    }
    if devices is not None:
        values["devices"] = dict(devices)
    return _record_final(claim, values)


@transaction.atomic
def record_failed(claim: Claim, failure: Failure) -> bool:
    """Record a permanent failure; return False if the lease was lost.

    It becomes a dead letter, which an administrator can read and replay.
    """
    values = {"status": Delivery.Status.FAILED, "reason": failure.reason, "taken_by": None}
    if not _record_final(claim, values, failure):
        return False
    if not (claim.maybe_accepted or failure.maybe_accepted):
        release_marks([claim.delivery])
    if failure.bad_address:
        addresses.suppress(claim.delivery.email, "permanent_bounce", failure.detail)
    return True


@transaction.atomic
def record_skipped(claim: Claim, rule: str) -> bool:
    """Record that there was nowhere to send it; return False if the lease was lost."""
    values = {"status": Delivery.Status.SKIPPED, "rule": rule, "taken_by": None}
    if not _record_final(claim, values):
        return False
    if not claim.maybe_accepted:
        release_marks([claim.delivery])
    return True


@transaction.atomic
def record_retry(claim: Claim, failure: Failure, devices: Mapping[str, Any] | None = None) -> bool:
    """Record a transient failure and schedule the next attempt; return False if the lease was lost.

    The wait doubles with each attempt, with jitter, and is at least what the provider asked for.
    After ``MAX_ATTEMPTS`` the failure is permanent.
    """
    if claim.attempt >= MAX_ATTEMPTS:
        return record_failed(claim, failure)
    values: dict[str, Any] = {
        "reason": failure.reason,
        "due_at": now() + _wait(claim.attempt, failure.retry_after),
        "taken_by": None,
        # Once uncertain, always uncertain, whichever provider is asked next.
        "maybe_accepted": claim.maybe_accepted or failure.maybe_accepted,
    }
    if failure.provider:
        values["provider"] = failure.provider
    if devices is not None:
        values["devices"] = dict(devices)
    changed = _update(claim, **values)
    if changed:
        _add_failure(claim.id, failure)
    return changed


def _wait(attempt: int, retry_after: float | None) -> timedelta:
    longest = _LONGEST_WAIT.total_seconds()
    seconds = min(settings.NOTIFY_RETRY_SECONDS * 2 ** min(attempt - 1, 20), longest)
    wait = seconds * _random.uniform(0.5, 1)
    if retry_after is not None:
        wait = max(wait, min(retry_after, longest) * _random.uniform(1, 1.2))
    return timedelta(seconds=wait)


def release(claims: Sequence[Claim], *, seconds: float = 0.0) -> None:
    """Release claims that weren't attempted: another worker can claim them after ``seconds``."""
    for claim in claims:
        _update(
            claim,
            due_at=now() + timedelta(seconds=seconds),
            taken_by=None,
            attempts=claim.attempt - 1,
            provider=claim.asked,
            maybe_accepted=claim.maybe_accepted,
        )


def _record_final(claim: Claim, values: dict[str, Any], failure: Failure | None = None) -> bool:
    if not _update(claim, **values):
        return False
    if failure is not None:
        _add_failure(claim.id, failure)
    if claim.delivery.key in DIGEST_KEYS:
        copy_outcome_to_items([claim.id])
    return True


def _update(claim: Claim, **values: Any) -> bool:
    # A provider's report that came first (it failed after all) isn't overwritten.
    pending = Delivery.Status.PENDING
    rows = Delivery.objects.filter(pk=claim.id, taken_by=claim.token, status=pending)
    return bool(rows.update(**values))


_ADD_LINE: Final = """
UPDATE notifications_delivery
   SET history = CASE WHEN jsonb_array_length(history) < %s
                 THEN history || jsonb_build_array(jsonb_build_object(
                      'at', to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                      'what', %s::text, 'why', %s::text))
                 ELSE history END
 WHERE id = ANY(%s)
"""


def add_history(delivery_ids: Sequence[int], what: str, why: str) -> None:
    """Add a line to the history of each."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD_LINE, [_MAX_HISTORY, now(), what, why[:500], list(delivery_ids)])


def _add_failure(delivery_id: int, failure: Failure) -> None:
    detail = f"{failure.provider}: {failure.detail}" if failure.provider else failure.detail
    add_history([delivery_id], failure.reason, detail)
