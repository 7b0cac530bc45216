"""The tables of assessment, one module for each feature."""

from optilearn.assessment.models.assignments import (
    Assignment,
    Extension,
    Submission,
    SubmissionFile,
)
from optilearn.assessment.models.gradebook import Grade, GradeChange, GradeGroup, GradingPolicy
from optilearn.assessment.models.groups import GroupMember, GroupSet, StudentGroup
from optilearn.assessment.models.marking import (
    RegradeMessage,
    RegradeRequest,
    SubmissionComment,
    SubmissionMark,
)
from optilearn.assessment.models.peer_reviews import (
    PeerReview,
    PeerReviewResult,
    PeerReviewSettings,
)
from optilearn.assessment.models.quizzes import (
    Accommodation,
    Answer,
    Attempt,
    FocusChange,
    Question,
    QuestionCategory,
    QuestionVersion,
    Quiz,
    QuizRegrade,
    QuizSlot,
)
from optilearn.assessment.models.rubrics import Rubric, RubricVersion

__all__ = [
    "Accommodation",
    "Answer",
    "Assignment",
    "Attempt",
    "Extension",
    "FocusChange",
    "Grade",
    "GradeChange",
    "GradeGroup",
    "GradingPolicy",
    "GroupMember",
    "GroupSet",
    "PeerReview",
    "PeerReviewResult",
    "PeerReviewSettings",
    "Question",
    "QuestionCategory",
    "QuestionVersion",
    "Quiz",
    "QuizRegrade",
    "QuizSlot",
    "RegradeMessage",
    "RegradeRequest",
    "Rubric",
    "RubricVersion",
    "StudentGroup",
    "Submission",
    "SubmissionComment",
    "SubmissionFile",
    "SubmissionMark",
]
