"""The treatment of submissions when a person is erased, and their columns in an export."""

from __future__ import annotations

from typing import Final

from optilearn.core.personal_data import Rule, Treatment

RULES: Final = (
    Rule(
        "assessment_submission",
        "student_id",
        Treatment.RETAIN,
        "Marks are a record the school must be able to account for, and averages depend on them.",
    ),
)
