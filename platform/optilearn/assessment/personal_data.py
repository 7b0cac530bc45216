"""The treatment of submissions when a person is erased, and their columns in an export."""

from __future__ import annotations

from typing import Final

from optilearn.core.personal_data import Rule, Treatment

RULES: Final = (
    Rule(
        "assessment_gradechange",
        "student_id",
        Treatment.ANONYMISE,
        "That a mark was changed is a record; the words about the person go.",
        sets={"reason": "''"},
    ),
    Rule(
        "assessment_gradechange",
        "author_id",
        Treatment.RETAIN,
        "Who changed a mark is evidence; the id leads to an anonymized row.",
        shown=("id", "at", "cause"),
    ),
    Rule(
        "assessment_grade",
        "student_id",
        Treatment.ANONYMISE,
        "Marks are a record the school must be able to account for; comments go.",
        sets={"comment": "''"},
    ),
    Rule(
        "assessment_grade",
        "grader_id",
        Treatment.RETAIN,
        "Who graded is evidence; the id leads to an anonymized row.",
        shown=("id", "graded_at"),
    ),
    Rule(
        "assessment_submission",
        "student_id",
        Treatment.RETAIN,
        "Marks are a record the school must be able to account for, and averages depend on them.",
    ),
)
