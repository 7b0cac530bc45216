"""Background tasks of live classes."""

from __future__ import annotations

from optilearn.live import services
from worker.app import task


@task("live.run_classes")
def run_classes() -> None:
    """Remind of classes that begin soon; end those that nobody has ended."""
    services.announce_starting()
    services.end_overdue()
