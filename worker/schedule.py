"""The periodic tasks, started for each institution."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings

SWEEP: Final = "notifications.sweep"
FOR_EACH: Final = "schedule.for_each_institution"

PERIODS: Final[dict[str, timedelta]] = {
    # What OptiCRM missed is sent again with growing distance; a minute is the shortest.
    "crm.push_completions": timedelta(minutes=1),
    # Names, classes and rosters. Single people are refreshed while they are here.
    "crm.refresh_directory": timedelta(hours=1),
    # An end that has passed counts at once wherever it is read; this writes it down.
    "enrollment.expire": timedelta(minutes=5),
    "activity.purge": timedelta(hours=24),
    "files.sweep_orphans": timedelta(hours=6),
    # Each tells what came up since; what was told isn't told again.
    "notifications.make_digests": timedelta(minutes=15),
    "notifications.remind": timedelta(hours=1),
    "notifications.tell_low_grades": timedelta(minutes=15),
    "notifications.reengage": timedelta(hours=6),
    "notifications.purge": timedelta(hours=24),
    # An erasure starts it too; this takes up what was killed.
    "privacy.rewrite_snapshots": timedelta(hours=1),
}
"""The period of each task. Tasks are idempotent."""


def beat_schedule() -> dict[str, dict[str, Any]]:
    """The entries of Celery's beat."""
    entries: dict[str, dict[str, Any]] = {
        name: {
            "task": FOR_EACH,
            "schedule": period,
            "kwargs": {"task": name},
            # A worker that was away takes up the newest, not all that it missed.
            "options": {"expires": period.total_seconds()},
        }
        for name, period in PERIODS.items()
    }
    seconds = settings.NOTIFY_SWEEP_SECONDS
    entries[SWEEP] = {"task": SWEEP, "schedule": seconds, "options": {"expires": 2 * seconds}}
    return entries
