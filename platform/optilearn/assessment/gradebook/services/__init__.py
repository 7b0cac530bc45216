"""Writes of grades, and of how a course is graded."""

from __future__ import annotations

from optilearn.assessment.gradebook.services.grades import give_grade, post_grades, set_grade
from optilearn.assessment.gradebook.services.grading import (
    add_group,
    delete_group,
    update_group,
    update_item,
    update_policy,
)
from optilearn.assessment.gradebook.services.importing import import_grades, plan_to_wire

__all__ = [
    "add_group",
    "delete_group",
    "give_grade",
    "import_grades",
    "plan_to_wire",
    "post_grades",
    "set_grade",
    "update_group",
    "update_item",
    "update_policy",
]
