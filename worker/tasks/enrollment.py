"""Background tasks of enrollment."""

from __future__ import annotations

from optilearn.enrollment import services
from worker.app import task


@task("enrollment.expire")
def expire() -> None:
    """Record the enrollments that have expired, and give their seats to the waiting list."""
    services.expire_enrollments()
