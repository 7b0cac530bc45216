"""Enrollments' work in the background."""

from __future__ import annotations

from optilearn.enrollment import services
from worker.app import task


@task("enrollment.expire")
def expire() -> None:
    """Write down the ends that have passed, and give the freed seats on."""
    services.expire_enrollments()
