"""Deciding what is due: one occurrence for each instance, whoever looks and how often.

A schedule's row says when it is due next. Who finds it due locks it, writes the occurrence, whose
key exists once, and moves the row to its next instance, in one transaction. Daemons that look at
the same time pass over rows that another one has.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q

from optilearn.analytics.models import Occurrence, Schedule, Snapshot
from optilearn.analytics.schedules.timing import Clock
from optilearn.core.clock import now
from optilearn.core.sql import compose, quoted
from optilearn.institutions.events import CalendarChanged

CHUNK: Final = 1_000
_MAX_MISSED: Final = 10_000
_MOVE: Final = compose(
    "UPDATE analytics_schedule s SET next_at = v.next_at,"
    " status = CASE WHEN v.next_at IS NULL"
    "   AND NOT (s.only_in_terms OR s.nth_in_term IS NOT NULL) THEN <ended> ELSE s.status END"
    " FROM unnest(%s::bigint[], %s::timestamptz[]) AS v(id, next_at) WHERE s.id = v.id",
    ended=quoted(Schedule.Status.ENDED),
)
"""In SQL: one statement for a thousand schedules, which the ORM would write as a thousand cases."""
_DUE: Final = compose(
    "SELECT EXISTS (SELECT FROM analytics_schedule WHERE status = <active> AND trigger = <time>"
    "               AND next_at <= %(now)s),"
    " EXISTS (SELECT FROM analytics_schedule WHERE status = <active> AND trigger = <snapshot>),"
    " EXISTS (SELECT FROM analytics_occurrence WHERE status IN (<planned>, <waiting>, <running>)"
    "         AND run_at <= %(now)s)",
    active=quoted(Schedule.Status.ACTIVE),
    time=quoted(Schedule.Trigger.TIME),
    snapshot=quoted(Schedule.Trigger.SNAPSHOT),
    planned=quoted(Occurrence.Status.PLANNED),
    waiting=quoted(Occurrence.Status.WAITING),
    running=quoted(Occurrence.Status.RUNNING),
)
"""In SQL: asked for each institution twice a minute, so one statement says what there is to do."""


def plan_due() -> bool:
    """Write the occurrences that are due in the institution in force.

    Returns True if occurrences wait to be run. One query where nothing is due.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now()})
        is_due, has_triggers, is_waiting = cursor.fetchone() or (False, False, False)
    planned = 0
    if is_due:
        planned += _plan_instances()
    if has_triggers:
        planned += _plan_snapshots()
    return bool(planned or is_waiting)


def _plan_instances() -> int:
    """Plan all schedules whose time has come, a thousand in a transaction."""
    clock, planned = Clock.in_force(), 0
    while True:
        with transaction.atomic():
            due = list(
                Schedule.objects.select_for_update(skip_locked=True)
                .filter(
                    status=Schedule.Status.ACTIVE,
                    trigger=Schedule.Trigger.TIME,
                    next_at__lte=now(),
                )
                .order_by("next_at", "id")[:CHUNK]
            )
            _write(due, clock)
        planned += len(due)
        if len(due) < CHUNK:
            return planned


def _write(due: Sequence[Schedule], clock: Clock) -> None:
    if not due:
        return
    moment = now()
    occurrences, following = [], []
    for schedule in due:
        at, missed, after = _caught_up(schedule, clock, moment)
        following.append(after)
        if at is not None:
            known = {"key": instance_key(at), "due_at": at, "run_at": at, "missed": missed}
            occurrences.append(Occurrence(schedule_id=schedule.pk, **known))
    Occurrence.objects.bulk_create(occurrences, ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [[schedule.pk for schedule in due], following])


def _caught_up(
    schedule: Schedule, clock: Clock, moment: datetime
) -> tuple[datetime | None, int, datetime | None]:
    """Return the last instance by now, how many were missed before it, and the next one.

    None in place of the instance: the calendar has changed, and none is due.

    After a pause of the daemon a schedule runs once, not once for each instance missed.
    """
    assert schedule.next_at is not None
    at: datetime | None = schedule.next_at
    if not clock.holds(schedule, schedule.next_at):  # a holiday that was entered since
        at = clock.next_of(schedule, schedule.next_at, schedule.next_at)
    if at is None or at > moment:
        return None, 0, at
    missed = 0
    following = clock.next_of(schedule, at, at)
    while following is not None and following <= moment and missed < _MAX_MISSED:
        at, missed = following, missed + 1
        following = clock.next_of(schedule, at, at)
    return at, missed, following


def instance_key(at: datetime) -> str:
    """Return the key of an instance's occurrence."""
    return f"at:{at:%Y-%m-%dT%H:%M:%SZ}"


@transaction.atomic
def replan() -> int:
    """Work out anew when schedules are due next; return how many are due at another time.

    Terms, holidays and the school's zone may have changed since. What is due by now stays; what
    waited for a term to be entered is due in it.
    """
    clock, moment = Clock.in_force(), now()
    waiting = Q(next_at__isnull=True) | Q(next_at__gt=moment)
    rows = Schedule.objects.select_for_update().filter(
        waiting, status=Schedule.Status.ACTIVE, trigger=Schedule.Trigger.TIME
    )
    moved = []
    for schedule in rows.order_by("id"):
        upcoming = clock.upcoming(schedule, moment, 1)
        at = upcoming[0] if upcoming else None
        if at != schedule.next_at:
            schedule.next_at = at
            moved.append(schedule)
    Schedule.objects.bulk_update(moved, ["next_at"], batch_size=CHUNK)
    return len(moved)


def follow_calendar(_event: CalendarChanged) -> None:
    """Work out the times anew with the calendar that they go by."""
    replan()


@transaction.atomic
def _plan_snapshots() -> int:
    """Plan the schedules that follow new snapshots, at most once in their number of hours."""
    newest = Snapshot.objects.filter(status=Snapshot.Status.PUBLISHED).order_by("-id").first()
    if newest is None:
        return 0
    moment = now()
    waiting = (
        Schedule.objects.select_for_update(skip_locked=True)
        .filter(status=Schedule.Status.ACTIVE, trigger=Schedule.Trigger.SNAPSHOT)
        .filter(Q(starts_at__lte=moment), Q(ends_at__isnull=True) | Q(ends_at__gte=moment))
        .exclude(last_snapshot_id=newest.snapshot_id)
    )
    due = [
        schedule for schedule in waiting if schedule.next_at is None or schedule.next_at <= moment
    ]
    for schedule in due:
        schedule.last_snapshot_id = newest.snapshot_id
        schedule.next_at = moment + timedelta(hours=schedule.min_hours)
    Schedule.objects.bulk_update(due, ["last_snapshot_id", "next_at"])
    key = f"snapshot:{newest.snapshot_id}"
    Occurrence.objects.bulk_create(
        [Occurrence(schedule_id=s.pk, key=key, due_at=moment, run_at=moment) for s in due],
        ignore_conflicts=True,
    )
    return len(due)
