"""Activity's work in the background."""

from __future__ import annotations

from optilearn.activity import purging
from worker.app import task


@task("activity.purge")
def purge() -> None:
    """Remove statements and state documents that were kept long enough."""
    purging.purge()
