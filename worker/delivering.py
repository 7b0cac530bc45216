"""Empty a channel's outbox: claim a batch, render each message, send it, record the outcome."""

from __future__ import annotations

import logging
from collections.abc import Generator
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Final

from django.conf import settings

from optilearn.core.clock import now
from optilearn.core.rate_limit import acquire, pause
from optilearn.notifications import worker_api as notifications
from optilearn.notifications.worker_api import (
    MAX_ATTEMPTS,
    Batch,
    Channel,
    Claim,
    Failure,
    RenderedMessage,
    Renderer,
    RenderingError,
)
from worker.channels.outcomes import Accepted, Later, Outcome, Rejected

log = logging.getLogger(__name__)

SECONDS: Final = 15.0
"""Running time of one task; then others have their turn. A warm shutdown waits so long."""
BATCH: Final = 20
_MAX_SLEEP: Final = 5.0
PAUSE: Final = 60.0
"""Seconds, where a provider refuses for its rate and gives no time."""


@dataclass(frozen=True)
class Work:
    """A message to send now."""

    batch: Batch
    claim: Claim
    message: RenderedMessage


def each_due(channel: Channel, provider: str) -> Generator[Work, None, None]:
    """Yield due messages, each only if its lease outlasts the longest attempt.

    Ends when nothing is due, or when the time is over: then a wake-up is sent for the rest. A
    message that can't be rendered is recorded as failed; claims that the caller didn't use are
    released.
    """
    notifications.acknowledge(channel)
    until = monotonic() + SECONDS
    while monotonic() < until:
        batch = notifications.claim_due(channel, limit=BATCH, provider=provider)
        if not batch.seen:
            return
        renderer = Renderer(batch.institution)
        for place, claim in enumerate(batch.claims):
            left = (claim.lease_until - now()).total_seconds()
            if monotonic() >= until or left < settings.LONGEST_ATTEMPT_SECONDS:
                notifications.release(batch.claims[place:])
                break
            if claim.attempt > MAX_ATTEMPTS:
                # Each attempt so far killed its worker before the outcome was recorded.
                failure = Failure("gave_up", f"{claim.attempt - 1} attempts")
                notifications.record_failed(claim, failure)
                continue
            if (message := _rendered(renderer, claim)) is None:
                continue
            try:
                yield Work(batch, claim, message)
            except GeneratorExit:
                notifications.release(batch.claims[place + 1 :])
                raise
    notifications.wake_workers([channel])


def _rendered(renderer: Renderer, claim: Claim) -> RenderedMessage | None:
    due = claim.delivery
    try:
        return renderer.render(due.key, due.channel, due.data, due.reader)
    except RenderingError as error:
        notifications.record_failed(claim, Failure(error.reason, str(error)))
        return None


def wait_for_slot(provider: str, per_second: int) -> float:
    """Wait until the rate limit allows a request; return the seconds left if that is too long."""
    until = monotonic() + _MAX_SLEEP
    while (seconds := acquire(provider, per_second)) > 0:
        if monotonic() + seconds > until:
            return seconds
        sleep(seconds)
    return 0.0


def record_outcome(work: Work, outcome: Outcome) -> None:
    """Record the outcome of an attempt."""
    match outcome:
        case Accepted(provider, provider_id):
            is_ours = notifications.record_sent(
                work.claim, provider=provider, provider_id=provider_id, message=work.message
            )
        case Rejected(reason, detail, provider, bad_address):
            failure = Failure(reason, detail, provider, bad_address=bad_address)
            is_ours = notifications.record_failed(work.claim, failure)
        case Later(reason, detail, provider, retry_after, maybe_accepted):
            if reason == "rate_limited":
                pause(provider, PAUSE if retry_after is None else retry_after)
            failure = Failure(reason, detail, provider, retry_after, maybe_accepted)
            is_ours = notifications.record_retry(work.claim, failure)
    if not is_ours:
        log.warning("The lease of delivery %s ended before its outcome.", work.claim.id)
