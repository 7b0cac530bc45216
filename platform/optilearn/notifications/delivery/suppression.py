"""Evaluate the rules, in their order, over a batch of due deliveries (docs/rules.md#notifications).

Bounce, duplicate, daily cap, re-engage cooldown, quiet hours. Two workers can't decide
differently at once: what they share (marks, daily counts) is in rows that they lock, always in
the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from optilearn.core.clock import now
from optilearn.notifications.definitions import Category, Channel, Priority
from optilearn.notifications.delivery.daily_counts import Counts, lock_counts, write_counts
from optilearn.notifications.delivery.due import DueDelivery
from optilearn.notifications.delivery.marks import already_marked, release_marks
from optilearn.notifications.delivery.outdated import outdated
from optilearn.notifications.policy import NotificationPolicy
from optilearn.notifications.quiet import quiet_until
from optilearn.notifications.rules import REENGAGE, Rule


@dataclass(frozen=True)
class Decision:
    """The outcome of the rules for a delivery."""

    status: str = "PENDING"
    rule: str = ""
    reason: str = ""
    due_at: datetime | None = None
    counted_on: date | None = None

    @property
    def is_allowed(self) -> bool:
        """True if no rule stops it."""
        return self.status == "PENDING"


ALLOW: Final = Decision()
_Decisions = dict[int, Decision]


def evaluate_rules(deliveries: Sequence[DueDelivery], policy: NotificationPolicy) -> list[Decision]:
    """Return a decision for each, inside the caller's transaction.

    A delivery that was attempted before passed the duplicate rule and is counted already. All
    other rules are evaluated again, so that a retry at night waits for the morning too.
    """
    decided: _Decisions = {d.id: _preconditions(d) for d in deliveries}
    late = outdated(_undecided(decided, deliveries))
    _apply(decided, deliveries, lambda d: _skipped(Rule.OUTDATED) if d.id in late else ALLOW)
    _apply(decided, deliveries, _bounce)
    _duplicates(decided, deliveries, policy)
    counts = lock_counts(_undecided(decided, deliveries))
    _apply(decided, deliveries, lambda d: _cap(d, counts, policy))
    _cooldown(decided, deliveries, policy)
    _apply(decided, deliveries, _quiet)
    _count(decided, deliveries, counts, policy)
    release_marks([d for d in deliveries if decided[d.id].status == "SKIPPED" and not d.attempts])
    return [decided[d.id] for d in deliveries]


def _undecided(decided: _Decisions, deliveries: Sequence[DueDelivery]) -> list[DueDelivery]:
    return [d for d in deliveries if decided[d.id].is_allowed]


def _apply(
    decided: _Decisions,
    deliveries: Sequence[DueDelivery],
    rule: Callable[[DueDelivery], Decision],
) -> None:
    for one in _undecided(decided, deliveries):
        decided[one.id] = rule(one)


def _skipped(rule: Rule, reason: str = "") -> Decision:
    return Decision("SKIPPED", rule.value, reason)


def _preconditions(d: DueDelivery) -> Decision:
    """Check that there is somebody to send it to, who wants it, and that it isn't too late."""
    if not d.is_active:
        return _skipped(Rule.INACTIVE)
    if d.expires_at is not None and d.expires_at <= now():
        return _skipped(Rule.EXPIRED)
    if d.preference is False and not d.definition.is_locked and not d.is_test:
        return _skipped(Rule.PREFERENCE)
    if d.channel is Channel.EMAIL and not d.email:
        return _skipped(Rule.NO_ADDRESS)
    return ALLOW


def _bounce(d: DueDelivery) -> Decision:
    return _skipped(Rule.BOUNCE, d.bounce) if d.bounce else ALLOW


def _duplicates(
    decided: _Decisions, deliveries: Sequence[DueDelivery], policy: NotificationPolicy
) -> None:
    fresh = [(d, d.dedupe) for d in _undecided(decided, deliveries) if not d.attempts]
    window = timedelta(hours=policy.duplicate_hours)
    for d in already_marked(fresh, window):
        decided[d.id] = _skipped(Rule.DUPLICATE)


def _cooldown(
    decided: _Decisions, deliveries: Sequence[DueDelivery], policy: NotificationPolicy
) -> None:
    reminders = [
        (d, REENGAGE)
        for d in _undecided(decided, deliveries)
        if d.definition.category is Category.REENGAGEMENT and not d.attempts
    ]
    for d in already_marked(reminders, timedelta(days=policy.reengage_days)):
        decided[d.id] = _skipped(Rule.REENGAGE_COOLDOWN)


def _limit(d: DueDelivery, policy: NotificationPolicy) -> int:
    """Return the daily cap: half for the least urgent, so that they never crowd out the rest."""
    urgent = d.definition.priority < Priority.LOW
    return policy.daily_cap if urgent else max(1, policy.daily_cap // 2)


def _cap(d: DueDelivery, counts: Counts, policy: NotificationPolicy) -> Decision:
    if not d.is_capped or d.counted_on is not None or d.is_exempt:
        return ALLOW
    is_full = counts[d.person_id, d.today] >= _limit(d, policy)
    return _skipped(Rule.DAILY_CAP) if is_full else ALLOW


def _quiet(d: DueDelivery) -> Decision:
    if d.channel is Channel.IN_APP or d.quiet is None or d.is_exempt:
        return ALLOW
    until = quiet_until(now(), d.zone, *d.quiet)
    return ALLOW if until is None else Decision("DEFERRED", Rule.QUIET_HOURS.value, due_at=until)


def _count(
    decided: _Decisions,
    deliveries: Sequence[DueDelivery],
    counts: Counts,
    policy: NotificationPolicy,
) -> None:
    """Count the messages to send, in order; the batch itself may reach the cap."""
    changed: Counts = {}
    for d in _undecided(decided, deliveries):
        if not d.is_capped or d.counted_on is not None:
            continue
        decided[d.id] = decision = _cap(d, counts, policy)
        if decision.is_allowed:
            day = (d.person_id, d.today)
            counts[day] = changed[day] = counts[day] + 1
            decided[d.id] = replace(decision, counted_on=d.today)
    write_counts(changed)
