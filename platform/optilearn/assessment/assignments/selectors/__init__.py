"""Reads of assignments: for managers, and for the student who hands in."""

from __future__ import annotations

from optilearn.assessment.assignments.selectors.authoring import (
    assignment_for_staff,
    assignments,
    extensions,
)
from optilearn.assessment.assignments.selectors.learning import (
    own_assignment,
    own_assignments,
    own_submission,
    own_submissions,
)

__all__ = [
    "assignment_for_staff",
    "assignments",
    "extensions",
    "own_assignment",
    "own_assignments",
    "own_submission",
    "own_submissions",
]
