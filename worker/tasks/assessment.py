"""Background tasks of assessment."""

from __future__ import annotations

from optilearn.assessment.peer_reviews.services import close_due_reviews, complete_results
from optilearn.assessment.quizzes import services
from worker.app import task


@task("assessment.submit_due")
def submit_due() -> None:
    """Submit the attempts whose time is up, also of students who have gone; release marks."""
    services.submit_due_attempts()
    services.release_closed()


@task("assessment.close_peer_reviews")
def close_peer_reviews() -> None:
    """Close the reviews whose deadline has passed; complete and announce results."""
    close_due_reviews()
    complete_results()
