"""Background tasks of assessment."""

from __future__ import annotations

from optilearn.assessment.quizzes import services
from worker.app import task


@task("assessment.submit_due")
def submit_due() -> None:
    """Submit the attempts whose time is up, also of students who have gone; release marks."""
    services.submit_due_attempts()
    services.release_closed()
