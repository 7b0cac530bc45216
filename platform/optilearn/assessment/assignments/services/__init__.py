"""Writes of assignments, extensions and submissions."""

from __future__ import annotations

from optilearn.assessment.assignments.services.authoring import (
    add_assignment,
    delete_assignment,
    update_assignment,
)
from optilearn.assessment.assignments.services.extensions import put_extension, remove_extension
from optilearn.assessment.assignments.services.submitting import Work, submit_work

__all__ = [
    "Work",
    "add_assignment",
    "delete_assignment",
    "put_extension",
    "remove_extension",
    "submit_work",
    "update_assignment",
]
