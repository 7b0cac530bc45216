"""The rules, in their order, over a batch of deliveries (domain.md §7).

bounce, duplicate, daily cap, re-engage cooldown, quiet hours. What several workers could
decide differently at once (was this told already, is the day's number reached) is decided by
rows that they lock, always in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from optilearn.core.clock import now
from optilearn.core.tenancy.context import require_institution_id
from optilearn.notifications.definitions import Category, Channel, Definition, Priority
from optilearn.notifications.models import Delivery
from optilearn.notifications.policy import NotificationPolicy
from optilearn.notifications.producers.outdated import outdated
from optilearn.notifications.quiet import quiet_until
from optilearn.notifications.registry import definition_of
from optilearn.notifications.suppression import REENGAGE, Rule

AT_THEIR_HOUR: Final = frozenset({"DIGEST", "PARENT_WEEKLY_DIGEST", "TEACHER_WEEKLY_DIGEST"})
"""The reader chose the hour: these pass quiet hours, and the cap."""
TEST: Final = "test:"
"""So begins the ``dedupe`` of what an administrator sends to look at it."""


@dataclass(frozen=True)
class Facts:
    """What the rules and the writer have to know of a delivery."""

    id: int
    notification_id: int
    person_id: int
    channel: Channel
    key: str
    created_at: datetime
    attempts: int
    provider: str
    maybe_accepted: bool
    first_attempt_at: datetime | None
    counted_on: date | None
    devices: Mapping[str, Any]
    data: Mapping[str, Any]
    dedupe: str
    expires_at: datetime | None
    name: str
    email: str
    locale: str
    zone: ZoneInfo
    is_active: bool
    quiet: tuple[time, time] | None
    """When the person's quiet hours begin and end on the wall; None: none."""
    preference: bool | None
    """What the person said of this key on this channel, if anything."""
    bounce: str
    """Why nothing goes to the address any more; empty if it does."""

    @property
    def definition(self) -> Definition:
        """Its key's definition."""
        return definition_of(self.key)

    @property
    def is_capped(self) -> bool:
        """Whether it counts for the person's day."""
        return self.channel is not Channel.IN_APP

    @property
    def passes(self) -> bool:
        """Whether neither the cap nor quiet hours stop it."""
        return self.definition.is_locked or self.key in AT_THEIR_HOUR or self.is_test

    @property
    def is_test(self) -> bool:
        """Whether its reader wants to see the example of a template, now."""
        return self.dedupe.startswith(TEST)

    @property
    def today(self) -> date:
        """The day it is where the person is."""
        return now().astimezone(self.zone).date()


@dataclass(frozen=True)
class Verdict:
    """What becomes of a delivery now."""

    status: str = "PENDING"
    rule: str = ""
    reason: str = ""
    due_at: datetime | None = None
    counted_on: date | None = None

    @property
    def goes_out(self) -> bool:
        """Whether no rule stops it."""
        return self.status == "PENDING"


GOES: Final = Verdict()
_Judged = dict[int, Verdict]


def judge(facts: Sequence[Facts], policy: NotificationPolicy) -> list[Verdict]:
    """A verdict for each, inside the caller's transaction.

    What was attempted before was found to be no duplicate and is counted already; everything
    else is asked anew, so a retry at night waits for the morning too.
    """
    found: _Judged = {f.id: _plainly(f) for f in facts}
    late = outdated(_open(found, facts))
    _apply(found, facts, lambda f: _skipped(Rule.OUTDATED) if f.id in late else GOES)
    _apply(found, facts, _bounce)
    _duplicates(found, facts, policy)
    counts = _locked_counts(_open(found, facts))
    _apply(found, facts, lambda f: _cap(f, counts, policy))
    _cooldown(found, facts, policy)
    _apply(found, facts, _quiet)
    _count(found, facts, counts, policy)
    forget([f for f in facts if found[f.id].status == "SKIPPED" and not f.attempts])
    return [found[f.id] for f in facts]


def _open(found: _Judged, facts: Sequence[Facts]) -> list[Facts]:
    return [f for f in facts if found[f.id].goes_out]


def _apply(found: _Judged, facts: Sequence[Facts], rule: Callable[[Facts], Verdict]) -> None:
    for one in _open(found, facts):
        found[one.id] = rule(one)


def _skipped(rule: Rule, reason: str = "") -> Verdict:
    return Verdict("SKIPPED", rule.value, reason)


def _plainly(f: Facts) -> Verdict:
    """What needs no rule: nobody is there, or it is too late."""
    if not f.is_active:
        return _skipped(Rule.INACTIVE)
    if f.expires_at is not None and f.expires_at <= now():
        return _skipped(Rule.EXPIRED)
    if f.preference is False and not f.definition.is_locked and not f.is_test:
        return _skipped(Rule.PREFERENCE)
    if f.channel is Channel.EMAIL and not f.email:
        return _skipped(Rule.NO_ADDRESS)
    return GOES


def _bounce(f: Facts) -> Verdict:
    return _skipped(Rule.BOUNCE, f.bounce) if f.bounce else GOES


def _duplicates(found: _Judged, facts: Sequence[Facts], policy: NotificationPolicy) -> None:
    fresh = [(f, f.dedupe) for f in _open(found, facts) if not f.attempts]
    window = timedelta(hours=policy.duplicate_hours)
    for f in _already_marked(fresh, window):
        found[f.id] = _skipped(Rule.DUPLICATE)


def _cooldown(found: _Judged, facts: Sequence[Facts], policy: NotificationPolicy) -> None:
    asked = [
        (f, REENGAGE)
        for f in _open(found, facts)
        if f.definition.category is Category.REENGAGEMENT and not f.attempts
    ]
    for f in _already_marked(asked, timedelta(days=policy.reengage_days)):
        found[f.id] = _skipped(Rule.REENGAGE_COOLDOWN)


_MARK: Final = """
INSERT INTO notifications_deliverymark AS m
       (institution_id, person_id, channel, mark, at, delivery_id)
SELECT %s, v.person_id, v.channel, v.mark, v.at, v.delivery_id
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[])
       AS v(person_id, channel, mark, at, delivery_id)
 ORDER BY v.person_id, v.channel, v.mark
    ON CONFLICT (institution_id, person_id, channel, mark) DO UPDATE
   SET at = excluded.at, delivery_id = excluded.delivery_id
 WHERE m.at <= excluded.at - %s OR m.delivery_id = excluded.delivery_id
RETURNING m.delivery_id
"""


def _already_marked(wanted: Sequence[tuple[Facts, str]], window: timedelta) -> list[Facts]:
    """Those whose mark another delivery made within the window; the others make theirs."""
    first: dict[tuple[int, str, str], Facts] = {}
    for f, mark in sorted(wanted, key=lambda pair: pair[0].id):
        first.setdefault((f.person_id, f.channel.value, mark), f)
    if not first:
        return []
    people, channels, marks = zip(*first, strict=True)
    owners = list(first.values())
    parameters: list[Any] = [
        require_institution_id(),
        list(people),
        list(channels),
        list(marks),
        [f.created_at for f in owners],
        [f.id for f in owners],
        window,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_MARK, parameters)
        made = {row[0] for row in cursor.fetchall()}
    return [f for f, _ in wanted if f.id not in made]


_FORGET: Final = """
DELETE FROM notifications_deliverymark m
 USING unnest(%s::bigint[], %s::text[], %s::bigint[]) AS v(person_id, channel, delivery_id)
 WHERE m.person_id = v.person_id AND m.channel = v.channel AND m.delivery_id = v.delivery_id
"""


def forget(told: Sequence[Facts | Delivery]) -> None:
    """Take back their marks: what nobody was told isn't a reason to keep the same back."""
    people, channels = [one.person_id for one in told], [str(one.channel) for one in told]
    if told:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [people, channels, [one.id for one in told]])


_OPEN_DAYS: Final = """
INSERT INTO notifications_dailycount (institution_id, person_id, day, count)
SELECT %s, v.person_id, v.day, 0 FROM unnest(%s::bigint[], %s::date[]) AS v(person_id, day)
 ORDER BY v.person_id, v.day
    ON CONFLICT (institution_id, person_id, day) DO NOTHING
"""
_LOCK_DAYS: Final = """
SELECT c.person_id, c.day, c.count
  FROM notifications_dailycount c
  JOIN unnest(%s::bigint[], %s::date[]) AS v(person_id, day)
    ON c.person_id = v.person_id AND c.day = v.day
 ORDER BY c.person_id, c.day FOR UPDATE OF c
"""
_WRITE_DAYS: Final = """
UPDATE notifications_dailycount c SET count = v.count
  FROM unnest(%s::bigint[], %s::date[], %s::integer[]) AS v(person_id, day, count)
 WHERE c.person_id = v.person_id AND c.day = v.day
"""
_Counts = dict[tuple[int, date], int]


def _locked_counts(facts: Sequence[Facts]) -> _Counts:
    """What each person had on their day so far, held until the transaction ends."""
    days = sorted({(f.person_id, f.today) for f in facts if f.is_capped and f.counted_on is None})
    if not days:
        return {}
    people, dates = [person for person, _ in days], [day for _, day in days]
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_DAYS, [require_institution_id(), people, dates])
        cursor.execute(_LOCK_DAYS, [people, dates])
        return {(person, day): count for person, day, count in cursor.fetchall()}


def _limit(f: Facts, policy: NotificationPolicy) -> int:
    """The least urgent get half of the day's number: they never crowd out the rest."""
    urgent = f.definition.priority < Priority.LOW
    return policy.daily_cap if urgent else max(1, policy.daily_cap // 2)


def _cap(f: Facts, counts: _Counts, policy: NotificationPolicy) -> Verdict:
    if not f.is_capped or f.counted_on is not None or f.passes:
        return GOES
    is_full = counts[f.person_id, f.today] >= _limit(f, policy)
    return _skipped(Rule.DAILY_CAP) if is_full else GOES


def _quiet(f: Facts) -> Verdict:
    if f.channel is Channel.IN_APP or f.quiet is None or f.passes:
        return GOES
    until = quiet_until(now(), f.zone, *f.quiet)
    return GOES if until is None else Verdict("DEFERRED", Rule.QUIET_HOURS.value, due_at=until)


def _count(
    found: _Judged, facts: Sequence[Facts], counts: _Counts, policy: NotificationPolicy
) -> None:
    """Count what goes out, in its order; what the batch itself fills the day with is capped."""
    changed: _Counts = {}
    for f in _open(found, facts):
        if not f.is_capped or f.counted_on is not None:
            continue
        found[f.id] = verdict = _cap(f, counts, policy)
        if verdict.goes_out:
            day = (f.person_id, f.today)
            counts[day] = changed[day] = counts[day] + 1
            found[f.id] = replace(verdict, counted_on=f.today)
    if changed:
        people, dates = [person for person, _ in changed], [day for _, day in changed]
        with connection.cursor() as cursor:
            cursor.execute(_WRITE_DAYS, [people, dates, list(changed.values())])
