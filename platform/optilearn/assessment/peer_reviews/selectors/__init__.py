"""Reads of peer reviews."""

from __future__ import annotations

from optilearn.assessment.peer_reviews.selectors.feedback import reviews_of_own_work
from optilearn.assessment.peer_reviews.selectors.managing import (
    reviewed_work,
    reviewers,
    settings_of,
)
from optilearn.assessment.peer_reviews.selectors.reviewing import (
    file_url,
    own_review,
    own_reviews,
)

__all__ = [
    "file_url",
    "own_review",
    "own_reviews",
    "reviewed_work",
    "reviewers",
    "reviews_of_own_work",
    "settings_of",
]
