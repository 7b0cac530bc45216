"""The periodic tasks, started for each institution."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings

SWEEP: Final = "notifications.sweep"
FOR_EACH: Final = "schedule.for_each_institution"

PERIODS: Final[dict[str, timedelta]] = {
    # Failed ones are sent again with growing delays, of at least a minute.
    "crm.push_completions": timedelta(minutes=1),
    # Names, classes and rosters. Single people are refreshed while they are here.
    "crm.refresh_directory": timedelta(hours=1),
    # Readers compare end dates themselves; this records the ends that have passed.
    "enrollment.expire": timedelta(minutes=5),
    # Attempts at quizzes whose time is up.
    "assessment.submit_due": timedelta(minutes=1),
    # Reviews whose deadline has passed, and results that wait for it or for their release.
    "assessment.close_peer_reviews": timedelta(minutes=1),
    # Announcements whose time has come.
    "community.publish_announcements": timedelta(minutes=1),
    # Live classes that begin in ten minutes, and those that nobody has ended.
    "live.run_classes": timedelta(minutes=1),
    # Recordings that ended by themselves or never began, and Jibris that didn't stop.
    "live.run_recordings": timedelta(minutes=1),
    "live.purge_recordings": timedelta(hours=24),
    # What people owe by today's audiences, reminders, escalations.
    "compliance.run": timedelta(hours=1),
    "activity.purge": timedelta(hours=24),
    "analytics.purge_deliveries": timedelta(hours=24),
    # Terms, holidays and the zone of a school change.
    "analytics.replan_schedules": timedelta(hours=1),
    "alerts.purge": timedelta(hours=24),
    # Exports whose wake-up was lost, or whose worker was killed.
    "exports.sweep": timedelta(minutes=1),
    "exports.purge": timedelta(hours=1),
    "files.sweep_orphans": timedelta(hours=6),
    # Idempotent: each sends what is new since its last run.
    "notifications.make_digests": timedelta(minutes=15),
    "notifications.remind": timedelta(hours=1),
    "notifications.tell_low_grades": timedelta(minutes=15),
    "notifications.reengage": timedelta(hours=6),
    "notifications.purge": timedelta(hours=24),
    # An erasure starts it too; this repeats a run that was killed.
    "privacy.rewrite_snapshots": timedelta(hours=1),
}
"""The period of each task. Tasks are idempotent."""


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return the entries of Celery's beat."""
    entries: dict[str, dict[str, Any]] = {
        name: {
            "task": FOR_EACH,
            "schedule": period,
            "kwargs": {"task": name},
            # A worker that was away runs the newest one, not all that it missed.
            "options": {"expires": period.total_seconds()},
        }
        for name, period in PERIODS.items()
    }
    seconds = settings.NOTIFY_SWEEP_SECONDS
    entries[SWEEP] = {"task": SWEEP, "schedule": seconds, "options": {"expires": 2 * seconds}}
    return entries
