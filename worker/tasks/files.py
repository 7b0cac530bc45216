"""Background tasks of files."""

from __future__ import annotations

from optilearn.files.services import sweep_orphans as sweep
from worker.app import task


@task("files.sweep_orphans")
def sweep_orphans() -> None:
    """Delete files without a reference. Idempotent."""
    sweep()
