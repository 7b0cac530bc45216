"""Background tasks of exports."""

from __future__ import annotations

from optilearn.analytics.exports import retention
from optilearn.analytics.exports import worker as exports
from worker.app import task


@task("exports.run")
def run(*, job_id: int) -> None:
    """Write the file of an export, unless another worker does."""
    exports.run_export(job_id)


@task("exports.sweep")
def sweep() -> None:
    """Wake workers for exports that wait for nobody. Idempotent."""
    exports.wake_forgotten()


@task("exports.purge")
def purge() -> None:
    """Delete exports that have expired, and what killed workers left here. Idempotent."""
    retention.purge_exports()
    retention.remove_leftovers()
