"""Background tasks of live classes."""

from __future__ import annotations

from optilearn.live import services
from optilearn.live.recordings import services as recordings
from worker.app import task


@task("live.run_classes")
def run_classes() -> None:
    """Remind of classes that begin soon; end those that nobody has ended."""
    services.announce_starting()
    services.end_overdue()


@task("live.run_recordings")
def run_recordings() -> None:
    """Stop Jibris whose class is over, settle starts that were killed, fail what never came."""
    recordings.run_recordings()


@task("live.purge_recordings")
def purge_recordings() -> None:
    """Remove recordings after their time."""
    recordings.purge_recordings()
