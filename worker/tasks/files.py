"""Files: keeping the store tidy."""

from __future__ import annotations

from optilearn.files.services import sweep_orphans as sweep
from worker.app import task


@task("files.sweep_orphans")
def sweep_orphans() -> None:
    """Remove what nobody uses; what a killed worker left, the next run takes."""
    sweep()
