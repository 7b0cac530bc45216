"""Reads of question banks, quizzes and attempts."""

from __future__ import annotations

from optilearn.assessment.quizzes.selectors.analysis import item_analysis
from optilearn.assessment.quizzes.selectors.attempts import attempt_for_staff, attempts, own_attempt
from optilearn.assessment.quizzes.selectors.bank import categories, question, questions
from optilearn.assessment.quizzes.selectors.quizzes import (
    accommodations,
    own_quiz,
    quiz_for_staff,
)
from optilearn.assessment.quizzes.selectors.regrades import regrades

__all__ = [
    "accommodations",
    "attempt_for_staff",
    "attempts",
    "categories",
    "item_analysis",
    "own_attempt",
    "own_quiz",
    "question",
    "questions",
    "quiz_for_staff",
    "regrades",
]
