"""Writes of grades, and of how a course is graded."""

from __future__ import annotations

from optilearn.assessment.gradebook.services.grades import give_grade, post_grades
from optilearn.assessment.gradebook.services.grading import (
    add_group,
    delete_group,
    update_group,
    update_item,
    update_policy,
)

__all__ = [
    "add_group",
    "delete_group",
    "give_grade",
    "post_grades",
    "update_group",
    "update_item",
    "update_policy",
]
