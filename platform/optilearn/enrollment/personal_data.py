"""The treatment of enrollments when a person is erased, and their columns in an export."""

from __future__ import annotations

from typing import Final

from optilearn.core.personal_data import Rule, Treatment

RULES: Final = (
    Rule("enrollment_waitingentry", "student_id", Treatment.CASCADE, "Nobody waits any more."),
    Rule(
        "enrollment_enrollment",
        "student_id",
        Treatment.ANONYMISE,
        "Courses keep their counts; what was noted about the person goes.",
        sets={"attributes": "'{}'", "withdrawal_reason": "''"},
    ),
    Rule(
        "enrollment_enrollment",
        "withdrawn_by_id",
        Treatment.RETAIN,
        "Who ended it decides who may return; the id leads to an anonymized row.",
        shown=("id", "withdrawn_at"),
    ),
    Rule(
        "enrollment_courserating",
        "student_id",
        Treatment.ANONYMISE,
        "The course keeps the stars; the words were the person's.",
        sets={"comment": "''"},
    ),
    Rule(
        "enrollment_lessonprogress",
        "student_id",
        Treatment.RETAIN,
        "Courses keep how many got how far; the id leads to an anonymized row.",
    ),
)
