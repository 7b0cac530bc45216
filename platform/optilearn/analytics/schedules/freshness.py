"""The snapshot of an occurrence: the newest one, unless it is too old for the schedule's taste."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from optilearn.analytics.models import Occurrence, Schedule, Snapshot
from optilearn.analytics.schedules.leases import write
from optilearn.analytics.schedules.outcomes import Postponed, Reason, Skipped
from optilearn.analytics.snapshots import history
from optilearn.core.clock import now
from reports.api import READABLE
from reports.contracts import SnapshotRef
from reports.errors import SnapshotUnknown

_LOOK_AGAIN: Final = timedelta(minutes=10)


def pin_snapshot(occurrence: Occurrence) -> SnapshotRef:
    """Return the snapshot of all files of an occurrence, chosen at the first attempt.

    Raises ``Postponed`` while the schedule waits for fresh data, and ``Skipped``.
    """
    if occurrence.snapshot_id:
        try:
            return history(occurrence.snapshot_id)
        except SnapshotUnknown:  # pruned since: nothing was sent, so a newer one does
            pass
    newest = (
        Snapshot.objects.filter(status=Snapshot.Status.PUBLISHED, schema_version__range=READABLE)
        .order_by("-id")
        .values_list("snapshot_id", "checked_at")
        .first()
    )
    if newest is None:
        _wait(occurrence, Reason.NO_SNAPSHOT)
        raise Skipped(Reason.NO_SNAPSHOT)
    snapshot_id, checked_at = newest
    is_stale = now() - checked_at > timedelta(hours=occurrence.schedule.stale_hours)
    if is_stale:
        _decide(occurrence)
    write(occurrence, snapshot_id=snapshot_id, is_stale=is_stale)
    return history(snapshot_id)


def _decide(occurrence: Occurrence) -> None:
    """Do as the schedule wants with data that is stale; return if it is sent all the same."""
    match occurrence.schedule.on_stale:
        case Schedule.OnStale.SKIP:
            raise Skipped(Reason.STALE_DATA)
        case Schedule.OnStale.WAIT:
            _wait(occurrence, Reason.STALE_DATA)


def _wait(occurrence: Occurrence, reason: Reason) -> None:
    """Raise ``Postponed`` until the schedule has waited for its number of hours."""
    until = occurrence.due_at + timedelta(hours=occurrence.schedule.wait_hours)
    if now() < until:
        raise Postponed(reason, min(_LOOK_AGAIN, until - now()))
