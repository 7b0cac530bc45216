"""Enrollments' work in the background."""

from __future__ import annotations

from optilearn.enrollment import services
from worker.app import app


@app.task(name="enrollment.expire")  # type: ignore[untyped-decorator]  # Celery has no types
def expire() -> None:
    """Write down the ends that have passed, and give the freed seats on."""
    services.expire_enrollments()
