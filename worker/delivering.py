"""Emptying a channel's outbox: take a batch, write each message, hand it over, settle it."""

from __future__ import annotations

import logging
from collections.abc import Generator
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Final

from django.conf import settings

from optilearn.core.clock import now
from optilearn.core.pacing import pause, take_turn
from optilearn.notifications import services
from optilearn.notifications.definitions import Channel
from optilearn.notifications.services import Batch, Failure, Taken
from optilearn.notifications.services.settling import MOST_ATTEMPTS
from optilearn.notifications.wording.errors import WordingError
from optilearn.notifications.wording.reader import Reader
from optilearn.notifications.wording.writer import Wording, Writer
from worker.channels.outcomes import Accepted, Later, Outcome, Rejected

log = logging.getLogger(__name__)

SECONDS: Final = 15.0
"""How long one task goes on before others have their turn; a warm shutdown waits so long."""
BATCH: Final = 20
_LONGEST_NAP: Final = 5.0
PAUSE: Final = 60.0
"""Seconds, where a provider refuses for its rate and doesn't say how long."""


@dataclass(frozen=True)
class Work:
    """One message that is to be handed over now."""

    batch: Batch
    taken: Taken
    wording: Wording


def each_due(channel: Channel, provider: str) -> Generator[Work, None, None]:
    """What is due, one by one, each only if its lease lasts longer than its sending may.

    Ends when nothing is due, or when the time is over: then a message for the rest is sent. What
    can't be written fails here; what the caller left alone is given back.
    """
    services.awake(channel)
    until = monotonic() + SECONDS
    while monotonic() < until:
        batch = services.take(channel, most=BATCH, provider=provider)
        if not batch.seen:
            return
        writer = Writer(batch.institution)
        for place, taken in enumerate(batch.taken):
            left = (taken.lease_until - now()).total_seconds()
            if monotonic() >= until or left < settings.LONGEST_ATTEMPT_SECONDS:
                services.release(batch.taken[place:])
                break
            if taken.attempt > MOST_ATTEMPTS:
                # Each attempt so far took its worker with it: nobody was left to settle it.
                services.failed(taken, Failure("gave_up", f"{taken.attempt - 1} attempts"))
                continue
            if (wording := _written(writer, taken)) is None:
                continue
            try:
                yield Work(batch, taken, wording)
            except GeneratorExit:
                services.release(batch.taken[place + 1 :])
                raise
    services.wake([channel])


def _written(writer: Writer, taken: Taken) -> Wording | None:
    facts = taken.facts
    reader = Reader(facts.person_id, facts.name, facts.locale, facts.zone)
    try:
        return writer.write(facts.key, facts.channel, facts.data, reader)
    except WordingError as error:
        services.failed(taken, Failure(error.reason, str(error)))
        return None


def wait_for_turn(provider: str, per_second: int) -> float:
    """Wait until the provider may be asked; what is left to wait if that is too long."""
    until = monotonic() + _LONGEST_NAP
    while (seconds := take_turn(provider, per_second)) > 0:
        if monotonic() + seconds > until:
            return seconds
        sleep(seconds)
    return 0.0


def settle(work: Work, outcome: Outcome) -> None:
    """Write down what became of it."""
    match outcome:
        case Accepted(provider, provider_id):
            is_ours = services.sent(
                work.taken, provider=provider, provider_id=provider_id, wording=work.wording
            )
        case Rejected(reason, detail, provider, bad_address):
            failure = Failure(reason, detail, provider, bad_address=bad_address)
            is_ours = services.failed(work.taken, failure)
        case Later(reason, detail, provider, retry_after, maybe_accepted):
            if reason == "rate_limited":
                pause(provider, PAUSE if retry_after is None else retry_after)
            failure = Failure(reason, detail, provider, retry_after, maybe_accepted)
            is_ours = services.again(work.taken, failure)
    if not is_ours:
        log.warning("The lease of delivery %s was over before it was settled.", work.taken.id)
