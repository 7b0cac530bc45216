"""The outbox of pushes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from time import monotonic
from typing import Any, Final

from django.conf import settings

from optilearn.core.clock import now
from optilearn.core.pacing import pause
from optilearn.notifications import services
from optilearn.notifications.definitions import Channel
from optilearn.notifications.devices.selectors import devices_of
from optilearn.notifications.devices.services import remove_tokens
from optilearn.notifications.links import delivery_token
from optilearn.notifications.services import Failure
from optilearn.notifications.services.settling import MOST_ATTEMPTS
from optilearn.notifications.suppression import Rule
from worker.channels.push.fcm import PROVIDER, Fcm
from worker.channels.push.message import Device, Push
from worker.channels.push.outcomes import DeviceOutcome, Kind
from worker.delivering import PAUSE, Work, each_due, wait_for_turn
from worker.providers import PER_SECOND, push_sender

log = logging.getLogger(__name__)
_DONE: Final = frozenset({Kind.DELIVERED.value, Kind.REMOVE.value, Kind.KEEP.value})


def deliver_pushes() -> None:
    """Send what is due, for as long as a task may go on."""
    sender = push_sender()
    with closing(each_due(Channel.PUSH, PROVIDER)) as due:
        for work in due:
            if sender is None:
                services.skipped(work.taken, Rule.NOT_CONFIGURED.value)
                continue
            devices = _devices(work)
            if not devices:
                _settle(work, work.taken.facts.devices)
                continue
            if wait := wait_for_turn(PROVIDER, PER_SECOND[PROVIDER]):
                services.release([work.taken], seconds=wait)
                break
            _deliver(work, devices, sender)


def _devices(work: Work) -> list[Device]:
    """The person's devices, less those that an earlier attempt settled."""
    facts = work.taken.facts
    known = devices_of([facts.person_id]).get(facts.person_id, [])
    settled = {int(key) for key, what in facts.devices.items() if what in _DONE}
    return [
        Device(row["id"], row["token"], row["platform"])
        for row in known
        if row["id"] not in settled
    ]


def _deliver(work: Work, devices: Sequence[Device], sender: Fcm) -> None:
    # So many devices may be asked that there is time for one more, and for writing it down.
    left = (work.taken.lease_until - now()).total_seconds() - settings.LONGEST_ATTEMPT_SECONDS
    outcomes = sender.send(push_of(work, devices), until=monotonic() + left)
    if gone := [key for key, outcome in outcomes.items() if outcome.kind is Kind.REMOVE]:
        remove_tokens(gone)
    for outcome in outcomes.values():
        if outcome.needs_an_administrator:
            log.error("Pushes need an administrator: %s %s", outcome.reason, outcome.detail)
    states = dict(work.taken.facts.devices) | {
        str(key): outcome.kind.value for key, outcome in outcomes.items()
    }
    _settle(work, states, [o for o in outcomes.values() if o.kind is not Kind.DELIVERED])


def push_of(work: Work, devices: Sequence[Device]) -> Push:
    """The push of a delivery: the same for each of its attempts."""
    facts, wording = work.taken.facts, work.wording
    expires = facts.expires_at
    return Push(
        tag=delivery_token(work.batch.institution.id, facts.id),
        title=wording.title,
        body=wording.body,
        url=wording.url,
        devices=devices,
        data={"key": facts.key, "notificationId": str(facts.notification_id)},
        ttl_seconds=None if expires is None else max(0, int((expires - now()).total_seconds())),
    )


def _settle(work: Work, states: Mapping[str, Any], problems: Sequence[DeviceOutcome] = ()) -> None:
    """A push is sent when one device has it and none is waited for any longer."""
    later = [o for o in problems if o.kind is Kind.LATER]
    has_one = Kind.DELIVERED.value in states.values()
    if later and not (has_one and work.taken.attempt >= MOST_ATTEMPTS):
        worst = max(later, key=lambda outcome: outcome.retry_after or 0)
        if worst.reason == "rate_limited":
            pause(PROVIDER, worst.retry_after or PAUSE)
        failure = Failure(worst.reason, worst.detail, PROVIDER, worst.retry_after)
        is_ours = services.again(work.taken, failure, states)
    elif has_one:
        is_ours = services.sent(
            work.taken, provider=PROVIDER, provider_id="", wording=work.wording, devices=states
        )
    elif kept := [o for o in problems if o.kind is Kind.KEEP]:
        is_ours = services.failed(work.taken, Failure(kept[0].reason, kept[0].detail, PROVIDER))
    else:
        is_ours = services.skipped(work.taken, Rule.NO_DEVICE.value)
    if not is_ours:
        log.warning("The lease of delivery %s was over before it was settled.", work.taken.id)
