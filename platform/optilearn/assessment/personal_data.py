"""The treatment of submissions when a person is erased, and their columns in an export."""

from __future__ import annotations

from typing import Final

from optilearn.assessment.models import Question
from optilearn.core.personal_data import Rule, Treatment
from optilearn.core.sql import any_of

_Kind: Final = Question.Kind

_WORDS: Final = any_of(_Kind.ESSAY, _Kind.SHORT_ANSWER, _Kind.FILL_BLANK, _Kind.NUMERIC)
"""Types of questions that are answered in the student's own words."""

RULES: Final = (
    Rule(
        "assessment_accommodation",
        "student_id",
        Treatment.CASCADE,
        "The exception was the person's own.",
    ),
    Rule("assessment_focuschange", "student_id", Treatment.CASCADE, "It was about the person."),
    Rule(
        "assessment_answer",
        "student_id",
        Treatment.ANONYMISE,
        "Marks and the analysis of questions stay; the person's words go.",
        sets={
            "value": f"CASE WHEN kind IN {_WORDS} THEN NULL ELSE value END",
            "comment": "''",
        },
    ),
    Rule(
        "assessment_answer",
        "grader_id",
        Treatment.RETAIN,
        "Who graded is evidence; the id leads to an anonymized row.",
        shown=("id", "saved_at"),
    ),
    Rule(
        "assessment_attempt",
        "student_id",
        Treatment.RETAIN,
        "Marks are a record the school must be able to account for.",
    ),
    Rule(
        "assessment_questionversion",
        "author_id",
        Treatment.RETAIN,
        "Questions are the institution's; the id leads to an anonymized row.",
        shown=("id", "created_at"),
    ),
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
