"""Background tasks of alerts; Dagster evaluates them, as they depend on snapshots."""

from __future__ import annotations

from optilearn.analytics.alerts.services import purge_evaluations
from worker.app import task


@task("alerts.purge")
def purge() -> None:
    """Delete old histories. Idempotent."""
    purge_evaluations()
