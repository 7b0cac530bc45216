"""Reads of gradebooks."""

from __future__ import annotations

from optilearn.assessment.gradebook.selectors.exporting import gradebook_csv
from optilearn.assessment.gradebook.selectors.gradebooks import (
    grade_changes,
    gradebook,
    grading,
    own_grades,
    student_grades,
)

__all__ = ["grade_changes", "gradebook", "gradebook_csv", "grading", "own_grades", "student_grades"]
