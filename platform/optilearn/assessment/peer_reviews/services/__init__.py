"""Writes of peer reviews."""

from __future__ import annotations

from optilearn.assessment.peer_reviews.services.allocating import allocate_reviews
from optilearn.assessment.peer_reviews.services.content import Written
from optilearn.assessment.peer_reviews.services.deadlines import (
    close_due_reviews,
    complete_results,
)
from optilearn.assessment.peer_reviews.services.decisions import decide, fill_in
from optilearn.assessment.peer_reviews.services.reviewing import save_review, submit_review
from optilearn.assessment.peer_reviews.services.settings import update_settings

__all__ = [
    "Written",
    "allocate_reviews",
    "close_due_reviews",
    "complete_results",
    "decide",
    "fill_in",
    "save_review",
    "submit_review",
    "update_settings",
]
