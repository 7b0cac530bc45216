"""The state of an institution's data: how fresh it is, what it is compared with, what failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from optilearn.analytics.models import Snapshot
from optilearn.core.clock import now
from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import institution_by_id
from reports.api import READABLE

STALE_AFTER: Final = timedelta(hours=3)
"""Snapshots are taken each hour; one that was known to be right so long ago is worth a word."""


@dataclass(frozen=True)
class DataHealth:
    """The newest snapshot, the one that numbers are compared with, and failures since."""

    snapshot_id: str = ""
    taken_at: datetime | None = None
    checked_at: datetime | None = None
    """The last instant at which it was known to equal the records."""
    earlier_id: str = ""
    earlier_at: datetime | None = None
    failures: int = 0
    """Attempts that failed since the newest one was published."""
    problem: str = ""

    @property
    def is_empty(self) -> bool:
        """True before the first snapshot."""
        return not self.snapshot_id

    @property
    def is_stale(self) -> bool:
        """True if the data hasn't been known to be right for longer than usual."""
        return self.checked_at is not None and now() - self.checked_at > STALE_AFTER


def data_health() -> DataHealth:
    """The state of the data of the institution in force. Up to five queries."""
    newest = _published().order_by("-id").first()
    failed = Snapshot.objects.filter(status=Snapshot.Status.FAILED).order_by("-id")
    if newest is None:
        last = failed.first()
        return DataHealth(failures=failed.count(), problem=last.problem if last else "")
    since = failed.filter(pk__gt=newest.pk)
    last = since.first()
    earlier = _yesterdays(newest)
    return DataHealth(
        snapshot_id=newest.snapshot_id,
        taken_at=newest.taken_at,
        checked_at=newest.checked_at,
        earlier_id=earlier.snapshot_id if earlier else "",
        earlier_at=earlier.taken_at if earlier else None,
        failures=since.count() if last else 0,
        problem=last.problem if last else "",
    )


def _yesterdays(newest: Snapshot) -> Snapshot | None:
    """The last one of an earlier day on the institution's clock, else the one before."""
    zone = ZoneInfo(institution_by_id(require_institution_id()).time_zone)
    midnight = newest.taken_at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    before = _published().filter(pk__lt=newest.pk)
    of_earlier_days = before.filter(taken_at__lt=midnight).order_by("-taken_at", "-id")
    return of_earlier_days.first() or before.order_by("-id").first()


def _published() -> QuerySet[Snapshot]:
    return Snapshot.objects.filter(status=Snapshot.Status.PUBLISHED, schema_version__range=READABLE)
