"""Recording how an occurrence ended, and telling the owner what needs attention."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from optilearn.analytics.models import Occurrence, OccurrenceFile, OccurrenceRecipient, Schedule
from optilearn.analytics.schedules.leases import write
from optilearn.analytics.schedules.outcomes import Paused, Postponed, Reason, RunEnd, Skipped
from optilearn.core import audit
from optilearn.core.clock import now
from optilearn.notifications.services import send
from optilearn.people.selectors import administrator_ids

PROBLEM_KEY: Final = "ADMIN_SCHEDULE_PROBLEM"
FAILURES: Final = 3
"""After so many failures in a row a schedule is paused."""
_FRESHNESS: Final = frozenset({Reason.STALE_DATA, Reason.NO_SNAPSHOT})


@transaction.atomic
def finish(occurrence: Occurrence) -> None:
    """Record that everything was sent. Raises ``LeaseLost``."""
    write(
        occurrence,
        status=Occurrence.Status.DONE,
        reason="",
        problem="",
        counts=_counts(occurrence),
        finished_at=now(),
        token=None,
    )
    Schedule.objects.filter(pk=occurrence.schedule_id).update(last_run_at=now())
    _record(occurrence)


@transaction.atomic
def record(occurrence: Occurrence, end: RunEnd) -> None:
    """Record another ending. Raises ``LeaseLost``."""
    values: dict[str, Any] = {"reason": end.reason.value, "problem": end.problem, "token": None}
    if isinstance(end, Postponed):
        values |= {"status": Occurrence.Status.WAITING, "run_at": now() + end.delay}
        if end.reason in _FRESHNESS:
            values["attempts"] = 0  # waiting is no failure
        write(occurrence, **values)
        return
    is_quiet = isinstance(end, Skipped | Paused)
    status = Occurrence.Status.SKIPPED if is_quiet else Occurrence.Status.FAILED
    write(occurrence, status=status, finished_at=now(), counts=_counts(occurrence), **values)
    _record(occurrence)
    if isinstance(end, Paused):
        pause(occurrence.schedule, end.reason)
    elif status == Occurrence.Status.FAILED:
        _notice_failure(occurrence, end)


def pause(schedule: Schedule, reason: Reason) -> None:
    """Pause a schedule, and notify its owner, or the administrators where the owner is gone."""
    active = Schedule.objects.filter(pk=schedule.pk).exclude(status=Schedule.Status.PAUSED)
    if not active.update(
        status=Schedule.Status.PAUSED,
        pause_reason=reason.value,
        updated_at=now(),
        version=F("version") + 1,
    ):
        return
    cause = reason.value
    audit.record(
        action="schedule.pause", target=f"schedule:{schedule.pk}", details={"cause": cause}
    )
    notify_problem(schedule, reason, is_paused=True)


def notify_problem(
    schedule: Schedule, reason: Reason, problem: str = "", *, is_paused: bool = False
) -> None:
    """Notify who answers for a schedule of what needs their attention, once a day at most."""
    to = [schedule.owner_id] if schedule.owner_id and reason is not Reason.OWNER_GONE else []
    data = {
        "scheduleId": schedule.pk,
        "scheduleName": schedule.name,
        "reason": reason.value,
        "problem": problem,
        "isPaused": is_paused,
    }
    send(key=PROBLEM_KEY, to=to or administrator_ids(), data=data)


def _notice_failure(occurrence: Occurrence, end: RunEnd) -> None:
    schedule = occurrence.schedule
    last = schedule.occurrences.filter(
        kind=Occurrence.Kind.SCHEDULED, finished_at__gt=schedule.resumed_at
    ).order_by("-due_at", "-id")
    statuses = list(last.values_list("status", flat=True)[:FAILURES])
    if statuses == [Occurrence.Status.FAILED] * FAILURES:
        pause(schedule, end.reason)
    else:
        notify_problem(schedule, end.reason, end.problem)


def _counts(occurrence: Occurrence) -> dict[str, int]:
    rows = OccurrenceRecipient.objects.filter(occurrence_id=occurrence.pk)
    found = list(rows.values_list("status", "group", "rows"))
    stored = OccurrenceFile.objects.filter(occurrence_id=occurrence.pk, file__isnull=False)
    by_status = Counter(status for status, _group, _rows in found)
    return {
        "recipients": len(found),
        "scopes": len({group for _status, group, _rows in found}),
        "files": stored.count(),
        "sent": by_status[OccurrenceRecipient.Status.SENT],
        "skipped": by_status[OccurrenceRecipient.Status.SKIPPED],
        "rows": sum(rows or 0 for _status, _group, rows in found),
        "attached": int(occurrence.schedule.attaches),
    }


def _record(occurrence: Occurrence) -> None:
    audit.record(
        action="schedule.run",
        target=f"schedule:{occurrence.schedule_id}",
        outcome=occurrence.reason or "ok",
        details={
            "occurrence": occurrence.pk,
            "key": occurrence.key,
            "status": str(occurrence.status),
            "snapshot": occurrence.snapshot_id,
            **occurrence.counts,
        },
    )
