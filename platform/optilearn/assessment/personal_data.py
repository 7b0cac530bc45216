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
        "assessment_quizregrade",
        "author_id",
        Treatment.RETAIN,
        "Who changed marks is evidence; the id leads to an anonymized row.",
        shown=("id", "at", "method"),
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
        "assessment_peerreview",
        "student_id",
        Treatment.ANONYMISE,
        "Reviews are the reviewer's marks too; words about the person's work go. An export doesn't"
        " tell the author who wrote them, or in which order.",
        sets={"comment": "''", "ratings": "'[]'"},
        shown=("assignment_id", "decision", "ratings", "score", "comment"),
        where="student_id = %(person)s AND submitted_at IS NOT NULL",
    ),
    Rule(
        "assessment_peerreview",
        "student_id",
        Treatment.ANONYMISE,
        "A draft is its reviewer's until it is submitted; words about the person's work go.",
        sets={"comment": "''", "ratings": "'[]'"},
        shown=("assignment_id",),
        where="student_id = %(person)s AND submitted_at IS NULL",
    ),
    Rule(
        "assessment_peerreview",
        "reviewer_id",
        Treatment.ANONYMISE,
        "The author's mark depends on the score; the person's words go. An export doesn't tell"
        " the reviewer whose work it was.",
        sets={"comment": "''", "ratings": "'[]'"},
        shown=(
            "id",
            "assignment_id",
            "ratings",
            "score",
            "comment",
            "assigned_at",
            "saved_at",
            "submitted_at",
            "closed_at",
        ),
    ),
    Rule(
        "assessment_peerreviewresult",
        "student_id",
        Treatment.RETAIN,
        "Marks are a record the school must be able to account for.",
    ),
    Rule(
        "assessment_rubricversion",
        "author_id",
        Treatment.RETAIN,
        "Rubrics are the institution's; the id leads to an anonymized row.",
        shown=("id", "created_at"),
    ),
    Rule(
        "assessment_submission",
        "student_id",
        Treatment.ANONYMISE,
        "Marks are a record the school must be able to account for, and averages depend on them;"
        " the work itself goes.",
        sets={"text": "''", "url": "''", "return_comment": "''"},
    ),
    Rule(
        "assessment_submissionfile",
        "student_id",
        Treatment.CASCADE,
        "The work itself goes: its files are cleaned up, unless others of a group handed them in.",
    ),
    Rule(
        "assessment_extension",
        "student_id",
        Treatment.CASCADE,
        "The exception was the person's own.",
    ),
    Rule(
        "assessment_groupmember",
        "student_id",
        Treatment.CASCADE,
        "Groups are for handing in; what was handed in stays without them.",
    ),
    Rule(
        "assessment_submissionmark",
        "student_id",
        Treatment.ANONYMISE,
        "Marks are a record the school must be able to account for; the words go.",
        sets={
            "comment": "''",
            "ratings": "(SELECT jsonb_agg(one - 'comment' || jsonb_build_object('comment', ''))"
            " FROM jsonb_array_elements(ratings) AS one)",
        },
    ),
    Rule(
        "assessment_submissionmark",
        "marker_id",
        Treatment.RETAIN,
        "Who marked is evidence; the id leads to an anonymized row.",
        shown=("id", "updated_at"),
    ),
    Rule(
        "assessment_submissioncomment",
        "student_id",
        Treatment.ANONYMISE,
        "The passage was the person's own, and the comment is about it.",
        sets={"text": "''", "quote": "''"},
    ),
    Rule(
        "assessment_submissioncomment",
        "author_id",
        Treatment.RETAIN,
        "Who commented is evidence; the id leads to an anonymized row.",
        shown=("id", "created_at"),
    ),
    Rule(
        "assessment_regraderequest",
        "student_id",
        Treatment.RETAIN,
        "That a mark was asked about is a record; its words are in messages.",
    ),
    Rule(
        "assessment_regrademessage",
        "student_id",
        Treatment.ANONYMISE,
        "The words are by the person, or about them.",
        sets={"text": "''"},
    ),
    Rule(
        "assessment_regrademessage",
        "author_id",
        Treatment.RETAIN,
        "Who answered is evidence; the id leads to an anonymized row.",
        shown=("id", "created_at"),
    ),
)
