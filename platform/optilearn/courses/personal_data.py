"""The treatment of courses when a person is erased, and their columns in an export."""

from __future__ import annotations

from typing import Final

from optilearn.core.personal_data import Rule, Treatment

RULES: Final = (
    Rule("courses_coteacher", "person_id", Treatment.CASCADE, "Nobody teaches the course with it."),
    Rule(
        "courses_lessonoverride",
        "student_id",
        Treatment.CASCADE,
        "The exception was the person's own.",
    ),
    Rule(
        "courses_course",
        "creator_id",
        Treatment.RETAIN,
        "A course is the institution's; the id leads to an anonymized row.",
        shown=("id", "code", "title", "status", "created_at"),
    ),
)
