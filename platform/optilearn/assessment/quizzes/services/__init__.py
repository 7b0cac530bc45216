"""Writes of question banks, quizzes and attempts."""

from __future__ import annotations

from optilearn.assessment.quizzes.questions.regrading import Method
from optilearn.assessment.quizzes.services.accommodations import (
    remove_accommodation,
    set_accommodation,
)
from optilearn.assessment.quizzes.services.attempts import (
    note_focus,
    save_answer,
    start_attempt,
)
from optilearn.assessment.quizzes.services.bank import (
    add_category,
    add_question,
    delete_category,
    delete_question,
    update_category,
    update_question,
)
from optilearn.assessment.quizzes.services.marks import grade_answer
from optilearn.assessment.quizzes.services.quizzes import put_quiz
from optilearn.assessment.quizzes.services.regrading import regrade
from optilearn.assessment.quizzes.services.releasing import release_closed
from optilearn.assessment.quizzes.services.submitting import (
    end_attempts_of,
    submit_attempt,
    submit_due_attempts,
)

__all__ = [
    "Method",
    "add_category",
    "add_question",
    "delete_category",
    "delete_question",
    "end_attempts_of",
    "grade_answer",
    "note_focus",
    "put_quiz",
    "regrade",
    "release_closed",
    "remove_accommodation",
    "save_answer",
    "set_accommodation",
    "start_attempt",
    "submit_attempt",
    "submit_due_attempts",
    "update_category",
    "update_question",
]
