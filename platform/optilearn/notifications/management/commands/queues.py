"""``optilearn queues``: the state of the outbox and the queues."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from optilearn.core.queue import QUEUES
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.valkey import ValkeyDownError, valkey
from optilearn.institutions.selectors import institution_ids
from optilearn.notifications.definitions import Channel
from optilearn.notifications.outbox.state import RECIPIENTS, ChannelState, outbox_state

_COLUMNS: Final = "{:<10} {:>9} {:>9} {:>12} {:>10} {:>12} {:>11} {:>13}"
_HEAD: Final = ("channel", "due", "later", "for digests", "oldest s", "sent a min", "sent a day",
                "failed a day")  # fmt: skip


class Command(BaseCommand):
    """Depth, age, rate and failures of each queue, over all institutions."""

    help = "Show the state of the queues; exit code 1 if a message waits longer than --max-seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--max-seconds", type=float, default=600, help="how long a message may wait"
        )
        parser.add_argument(
            "--prometheus", action="store_true", help="print metrics in Prometheus' text format"
        )

    def handle(self, *, max_seconds: float, prometheus: bool, **_: Any) -> None:
        """Print the sums over all institutions, each read in its own context."""
        totals = list(_totals())
        depths = _depths()
        if prometheus:
            self.stdout.write("\n".join(_metrics(totals, depths)))
        else:
            self.stdout.write(_COLUMNS.format(*_HEAD))
            for state in totals:
                self.stdout.write(_COLUMNS.format(*state.to_wire().values()))
            waiting = ", ".join(f"{queue} {depth}" for queue, depth in depths.items())
            self.stdout.write(f"Valkey: {waiting or 'not available'}")
        stuck = [state.channel for state in totals if state.oldest_seconds > max_seconds]
        if stuck:
            raise CommandError(f"Stuck: {', '.join(stuck)}.")


def _totals() -> Iterable[ChannelState]:
    states: dict[str, list[ChannelState]] = {channel: [] for channel in (*Channel, RECIPIENTS)}
    for institution_id in institution_ids():
        with tenant_context(institution_id):
            for state in outbox_state():
                states[state.channel].append(state)
    for channel, found in states.items():
        yield ChannelState(
            channel=channel,
            due=sum(s.due for s in found),
            later=sum(s.later for s in found),
            for_digests=sum(s.for_digests for s in found),
            oldest_seconds=max((s.oldest_seconds for s in found), default=0.0),
            sent_recently=sum(s.sent_recently for s in found),
            sent_lately=sum(s.sent_lately for s in found),
            failed_lately=sum(s.failed_lately for s in found),
        )


def _depths() -> dict[str, int]:
    """Return the length of each queue; nothing if Valkey is down."""
    try:
        return {queue: int(valkey().call("LLEN", queue)) for queue in QUEUES}
    except ValkeyDownError:
        return {}


_GAUGES: Final = {
    "outbox_due": ("due", "Messages that wait for a worker."),
    "outbox_later": ("later", "Messages that are deferred or wait for their next attempt."),
    "outbox_for_digests": ("for_digests", "Messages that wait for a digest."),
    "outbox_oldest_seconds": ("oldest_seconds", "Age of the oldest message that is due."),
    "outbox_sent_5m": ("sent_recently", "Messages sent in the last five minutes."),
    "outbox_sent_24h": ("sent_lately", "Messages sent in the last 24 hours."),
    "outbox_failed_24h": ("failed_lately", "Messages that failed in the last 24 hours."),
}
"""Each metric with its attribute and its help text."""


def _metrics(totals: Sequence[ChannelState], depths: dict[str, int]) -> Iterable[str]:
    """Yield the lines of each metric together, as the format requires."""
    for name, (attribute, words) in _GAUGES.items():
        yield from _head(name, words)
        for state in totals:
            yield f'optilearn_{name}{{channel="{state.channel}"}} {getattr(state, attribute)}'
    if depths:
        yield from _head("queue_depth", "Celery's messages in a queue.")
    for queue, depth in depths.items():
        yield f'optilearn_queue_depth{{queue="{queue}"}} {depth}'


def _head(name: str, words: str) -> Iterable[str]:
    yield f"# HELP optilearn_{name} {words}"
    yield f"# TYPE optilearn_{name} gauge"
