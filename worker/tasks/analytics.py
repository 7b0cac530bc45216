"""Background tasks of analytics."""

from __future__ import annotations

from optilearn.analytics.schedules.planning import replan
from optilearn.analytics.schedules.retention import purge
from worker.app import task


@task("analytics.purge_deliveries")
def purge_deliveries() -> None:
    """Remove the files and the history of scheduled reports after their retention. Idempotent."""
    purge()


@task("analytics.replan_schedules")
def replan_schedules() -> None:
    """Work out schedules' next times by the calendar and zone of now. Idempotent."""
    replan()
