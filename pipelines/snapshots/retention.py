"""The retention rule: rows are marked first, then files are deleted."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines.snapshots.extract import Institution
from pipelines.snapshots.registry import RetainedSnapshot, SnapshotRegistry
from pipelines.snapshots.settings import Retention
from reports.snapshot.storage import Storage


def expired(
    snapshots: list[RetainedSnapshot], now: datetime, rule: Retention, zone: ZoneInfo
) -> list[RetainedSnapshot]:
    """Return the expired snapshots; ``snapshots`` is in order of publication.

    All of the last days stay, then the last of each local day, then the last of each week.
    The newest stays whatever its time says, so that a clock that jumped can't expire it.
    """
    last_of: dict[Hashable, RetainedSnapshot] = {}
    for snapshot in snapshots:
        last_of[_slot(snapshot, now, rule, zone)] = snapshot
    staying = {snapshot.snapshot_id for snapshot in last_of.values()}
    return [s for s in snapshots[:-1] if s.snapshot_id not in staying]


def _slot(snapshot: RetainedSnapshot, now: datetime, rule: Retention, zone: ZoneInfo) -> Hashable:
    """Return the slot of a snapshot: only the last one of a slot stays."""
    age = now - snapshot.taken_at
    day = snapshot.taken_at.astimezone(zone).date()
    if age < timedelta(days=rule.all_days):
        return snapshot.snapshot_id
    if age < timedelta(days=rule.daily_days):
        return day
    return day.isocalendar()[:2]


def tidy(
    registry: SnapshotRegistry,
    storage: Storage,
    institution: Institution,
    rule: Retention,
    *,
    own: tuple[str, ZoneInfo],
) -> list[str]:
    """Apply the rule, and remove files that no published row names; return their keys.

    ``own`` is the institution's folder in this database's part of the store, which is all
    that is ever touched, and its zone. Running it again, or after a kill between its
    steps, ends in the same state. The caller holds the institution's lock.
    """
    place, zone = own
    now, snapshots = registry.retained(institution)
    expiring = expired(snapshots, now, rule, zone)
    if expiring:
        registry.prune(institution, [s.snapshot_id for s in expiring])
    named = {s.key for s in snapshots} - {s.key for s in expiring}
    unnamed = [key for key in storage.keys(place) if key not in named]
    for key in unnamed:
        storage.delete(key)
    return unnamed
