"""Reads of marking."""

from __future__ import annotations

from optilearn.assessment.marking.selectors.detail import file_url, submission_for_staff
from optilearn.assessment.marking.selectors.moderation import moderation
from optilearn.assessment.marking.selectors.queue import submissions
from optilearn.assessment.marking.selectors.regrades import (
    own_regrade,
    own_regrades,
    regrade,
    regrades,
)

__all__ = [
    "file_url",
    "moderation",
    "own_regrade",
    "own_regrades",
    "regrade",
    "regrades",
    "submission_for_staff",
    "submissions",
]
