"""Writing down what became of an attempt.

Only who still has the delivery writes: a worker whose lease is over changes nothing any more.
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
from optilearn.notifications import addresses
from optilearn.notifications.definitions import Channel
from optilearn.notifications.models import Delivery
from optilearn.notifications.services.judging import AT_THEIR_HOUR, forget
from optilearn.notifications.services.rows import share_fate
from optilearn.notifications.services.taking import Taken
from optilearn.notifications.wording.writer import Wording

MOST_ATTEMPTS: Final = 15
"""With the waits between them more than half a day; then an administrator has to look."""
_LONGEST_WAIT: Final = timedelta(hours=1)
_MOST_HISTORY: Final = 50
_chance: Final = SystemRandom()


@dataclass(frozen=True)
class Failure:
    """Why an attempt didn't succeed."""

    reason: str
    detail: str = ""
    provider: str = ""
    retry_after: float | None = None
    """Seconds that the provider asked us to wait."""
    maybe_accepted: bool = False
    bad_address: bool = False


def asking(taken: Taken, provider: str) -> bool:
    """Write down that this provider is asked now; whether the delivery is still ours.

    Before the provider hears of it: if the worker is killed, its successor knows who may have it.
    """
    return _update(taken, provider=provider, maybe_accepted=True)


@transaction.atomic
def sent(
    taken: Taken,
    *,
    provider: str,
    provider_id: str,
    wording: Wording,
    devices: Mapping[str, Any] | None = None,
) -> bool:
    """It is the provider's now; whether it was still ours to say so."""
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
        "title": wording.title,
        "body": wording.body,
        "url": wording.url,
        "template_version": wording.template_version,
        "address": taken.facts.email if taken.facts.channel is Channel.EMAIL else "",
    }
    if devices is not None:
        values["devices"] = dict(devices)
    return _settle(taken, values)


@transaction.atomic
def failed(taken: Taken, failure: Failure) -> bool:
    """It will never be taken so: a dead letter, which an administrator can read and replay."""
    values = {"status": Delivery.Status.FAILED, "reason": failure.reason, "taken_by": None}
    if not _settle(taken, values, failure):
        return False
    if not (taken.maybe_accepted or failure.maybe_accepted):
        forget([taken.facts])
    if failure.bad_address:
        addresses.suppress(taken.facts.email, "permanent_bounce", failure.detail)
    return True


@transaction.atomic
def skipped(taken: Taken, rule: str) -> bool:
    """There turned out to be nowhere to send it."""
    values = {"status": Delivery.Status.SKIPPED, "rule": rule, "taken_by": None}
    if not _settle(taken, values):
        return False
    if not taken.maybe_accepted:
        forget([taken.facts])
    return True


@transaction.atomic
def again(taken: Taken, failure: Failure, devices: Mapping[str, Any] | None = None) -> bool:
    """Try it another time: later with each attempt, by chance spread, as asked by the provider."""
    if taken.attempt >= MOST_ATTEMPTS:
        return failed(taken, failure)
    first = timedelta(seconds=settings.NOTIFY_RETRY_SECONDS)
    wait = min(first * 2 ** min(taken.attempt - 1, 20), _LONGEST_WAIT) * _chance.uniform(0.5, 1)
    if failure.retry_after is not None:
        asked = timedelta(seconds=min(failure.retry_after, _LONGEST_WAIT.total_seconds()))
        wait = max(wait, asked * _chance.uniform(1, 1.2))
    values: dict[str, Any] = {
        "reason": failure.reason,
        "due_at": now() + wait,
        "taken_by": None,
        # What was uncertain once stays so, whoever is asked next.
        "maybe_accepted": taken.maybe_accepted or failure.maybe_accepted,
    }
    if failure.provider:
        values["provider"] = failure.provider
    if devices is not None:
        values["devices"] = dict(devices)
    changed = _update(taken, **values)
    if changed:
        _note(taken.id, failure)
    return changed


def release(takens: Sequence[Taken], *, seconds: float = 0.0) -> None:
    """Give back what was taken and not tried: for the next worker, at once or later."""
    for taken in takens:
        _update(
            taken,
            due_at=now() + timedelta(seconds=seconds),
            taken_by=None,
            attempts=taken.attempt - 1,
            provider=taken.asked,
            maybe_accepted=taken.maybe_accepted,
        )


def _settle(taken: Taken, values: dict[str, Any], failure: Failure | None = None) -> bool:
    if not _update(taken, **values):
        return False
    if failure is not None:
        _note(taken.id, failure)
    if taken.facts.key in AT_THEIR_HOUR:
        share_fate([taken.id])
    return True


def _update(taken: Taken, **values: Any) -> bool:
    # A provider's report that came first (it failed after all) has the last word.
    waiting = Delivery.Status.PENDING
    rows = Delivery.objects.filter(pk=taken.id, taken_by=taken.token, status=waiting)
    return bool(rows.update(**values))


_NOTE: Final = """
UPDATE notifications_delivery
   SET history = CASE WHEN jsonb_array_length(history) < %s
                 THEN history || jsonb_build_array(jsonb_build_object(
                      'at', to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                      'what', %s::text, 'why', %s::text))
                 ELSE history END
 WHERE id = ANY(%s)
"""


def note(delivery_ids: Sequence[int], what: str, why: str) -> None:
    """Add a line to the history of each."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [_MOST_HISTORY, now(), what, why[:500], list(delivery_ids)])


def _note(delivery_id: int, failure: Failure) -> None:
    said = f"{failure.provider}: {failure.detail}" if failure.provider else failure.detail
    note([delivery_id], failure.reason, said)
