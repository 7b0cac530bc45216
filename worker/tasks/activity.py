"""Background tasks of activity."""

from __future__ import annotations

from optilearn.activity.services import purging
from worker.app import task


@task("activity.purge")
def purge() -> None:
    """Delete statements and state documents after their retention period."""
    purging.purge()
