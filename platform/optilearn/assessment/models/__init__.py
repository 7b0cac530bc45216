"""The tables of assessment, one module for each feature."""

from optilearn.assessment.models.assignments import Assignment, Submission
from optilearn.assessment.models.gradebook import Grade, GradeChange, GradeGroup, GradingPolicy
from optilearn.assessment.models.quizzes import (
    Accommodation,
    Answer,
    Attempt,
    FocusChange,
    Question,
    QuestionCategory,
    QuestionVersion,
    Quiz,
    QuizSlot,
)

__all__ = [
    "Accommodation",
    "Answer",
    "Assignment",
    "Attempt",
    "FocusChange",
    "Grade",
    "GradeChange",
    "GradeGroup",
    "GradingPolicy",
    "Question",
    "QuestionCategory",
    "QuestionVersion",
    "Quiz",
    "QuizSlot",
    "Submission",
]
