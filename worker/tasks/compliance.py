"""Background tasks of compliance."""

from __future__ import annotations

from optilearn.compliance import services
from worker.app import task


@task("compliance.run")
def run() -> None:
    """Bring what people owe up to date; remind them, and tell heads who is late."""
    services.assign_all()
    services.remind_due()
    services.escalate_overdue()
