"""Send pushes from the outbox."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from time import monotonic
from typing import Any, Final

from django.conf import settings

from optilearn.core.clock import now
from optilearn.core.rate_limit import pause
from optilearn.notifications import worker_api as notifications
from optilearn.notifications.worker_api import MAX_ATTEMPTS, Channel, Failure, Rule
from worker.channels.push.fcm import PROVIDER, Fcm
from worker.channels.push.message import Device, Push
from worker.channels.push.outcomes import DeviceOutcome, DeviceStatus
from worker.delivering import PAUSE, Work, each_due, wait_for_slot
from worker.providers import PER_SECOND, push_sender

log = logging.getLogger(__name__)
_DONE: Final = frozenset(
    {DeviceStatus.DELIVERED.value, DeviceStatus.REMOVE.value, DeviceStatus.KEEP.value}
)


def deliver_pushes() -> None:
    """Send due pushes, for as long as a task may run."""
    sender = push_sender()
    with closing(each_due(Channel.PUSH, PROVIDER)) as due:
        for work in due:
            if sender is None:
                notifications.record_skipped(work.claim, Rule.NOT_CONFIGURED.value)
                continue
            devices = _devices(work)
            if not devices:
                _record(work, work.claim.delivery.devices)
                continue
            if wait := wait_for_slot(PROVIDER, PER_SECOND[PROVIDER]):
                notifications.release([work.claim], seconds=wait)
                break
            _deliver(work, devices, sender)


def _devices(work: Work) -> list[Device]:
    """Return the person's devices, without those that an earlier attempt finished."""
    due = work.claim.delivery
    known = notifications.devices_of([due.person_id]).get(due.person_id, [])
    finished = {int(key) for key, what in due.devices.items() if what in _DONE}
    return [
        Device(row["id"], row["token"], row["platform"])
        for row in known
        if row["id"] not in finished
    ]


def _deliver(work: Work, devices: Sequence[Device], sender: Fcm) -> None:
    # Leave time for one more attempt, and for recording it, before the lease ends.
    left = (work.claim.lease_until - now()).total_seconds() - settings.LONGEST_ATTEMPT_SECONDS
    outcomes = sender.send(push_of(work, devices), until=monotonic() + left)
    if gone := [key for key, outcome in outcomes.items() if outcome.kind is DeviceStatus.REMOVE]:
        notifications.remove_tokens(gone)
    for outcome in outcomes.values():
        if outcome.needs_an_administrator:
            log.error("Pushes need an administrator: %s %s", outcome.reason, outcome.detail)
    states = dict(work.claim.delivery.devices) | {
        str(key): outcome.kind.value for key, outcome in outcomes.items()
    }
    _record(work, states, [o for o in outcomes.values() if o.kind is not DeviceStatus.DELIVERED])


def push_of(work: Work, devices: Sequence[Device]) -> Push:
    """Return the push of a delivery: the same for each of its attempts."""
    due, message = work.claim.delivery, work.message
    expires = due.expires_at
    return Push(
        tag=notifications.delivery_token(work.batch.institution.id, due.id),
        title=message.title,
        body=message.body,
        url=message.url,
        devices=devices,
        data={"key": due.key, "notificationId": str(due.notification_id)},
        ttl_seconds=None if expires is None else max(0, int((expires - now()).total_seconds())),
    )


def _record(work: Work, states: Mapping[str, Any], problems: Sequence[DeviceOutcome] = ()) -> None:
    """Record a push as sent when one device has it and no other will be retried."""
    later = [o for o in problems if o.kind is DeviceStatus.LATER]
    has_one = DeviceStatus.DELIVERED.value in states.values()
    if later and not (has_one and work.claim.attempt >= MAX_ATTEMPTS):
        worst = max(later, key=lambda outcome: outcome.retry_after or 0)
        if worst.reason == "rate_limited":
            pause(PROVIDER, worst.retry_after or PAUSE)
        failure = Failure(worst.reason, worst.detail, PROVIDER, worst.retry_after)
        is_ours = notifications.record_retry(work.claim, failure, states)
    elif has_one:
        is_ours = notifications.record_sent(
            work.claim, provider=PROVIDER, provider_id="", message=work.message, devices=states
        )
    elif refused := [o for o in problems if o.kind is DeviceStatus.KEEP]:
        is_ours = notifications.record_failed(
            work.claim, Failure(refused[0].reason, refused[0].detail, PROVIDER)
        )
    else:
        is_ours = notifications.record_skipped(work.claim, Rule.NO_DEVICE.value)
    if not is_ours:
        log.warning("The lease of delivery %s ended before its outcome.", work.claim.id)
