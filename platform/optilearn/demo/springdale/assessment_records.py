"""The made-up school's records of grading, quizzes and reviews; ``records`` has the others.

Texts that are JSON or PostgreSQL's array literals are ready to be copied.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


class GradingPolicy(NamedTuple):
    """assessment_gradingpolicy."""

    id: int
    course_id: int
    late_percent: Decimal
    late_lowest_percent: Decimal
    is_weighted: bool = True
    late_interval: str = "DAY"
    missing_percent: Decimal | None = None


class GradeGroup(NamedTuple):
    """assessment_gradegroup."""

    id: int
    course_id: int
    name: str
    weight: Decimal
    drop_lowest: int
    drop_highest: int
    position: int


class Rubric(NamedTuple):
    """assessment_rubric."""

    id: int
    course_id: int
    title: str
    version: int = 1


class RubricVersion(NamedTuple):
    """assessment_rubricversion; ``criteria`` is JSON text."""

    id: int
    rubric_id: int
    number: int
    criteria: str
    author_id: int


class QuestionCategory(NamedTuple):
    """assessment_questioncategory."""

    id: int
    course_id: int
    parent_id: int | None
    name: str


class Question(NamedTuple):
    """assessment_question."""

    id: int
    course_id: int
    category_id: int
    name: str
    kind: str
    tags: str
    points: Decimal
    version: int = 1


class QuestionVersion(NamedTuple):
    """assessment_questionversion; ``content`` is JSON text."""

    id: int
    question_id: int
    number: int
    text: str
    content: str
    feedback: str
    author_id: int


class Quiz(NamedTuple):
    """assessment_quiz."""

    id: int
    course_id: int
    lesson_id: int
    assignment_id: int
    passing_percent: Decimal
    closes_at: datetime
    time_limit_seconds: int = 0
    shuffle_questions: bool = False
    shuffle_options: bool = False
    show_answers: str = "AFTER_PASSING"
    show_marks: str = "AFTER_ATTEMPT"
    show_feedback: str = "AFTER_ATTEMPT"
    scoring: str = "BEST"
    penalizes_wrong: bool = False
    access_code: str = ""
    version: int = 1


class QuizSlot(NamedTuple):
    """assessment_quizslot."""

    id: int
    quiz_id: int
    course_id: int
    position: int
    question_id: int
    tags: str = "{}"


class Attempt(NamedTuple):
    """assessment_attempt."""

    id: int
    quiz_id: int
    assignment_id: int
    enrollment_id: int
    student_id: int
    course_id: int
    number: int
    status: str
    started_at: datetime
    submitted_at: datetime | None
    ended: str | None
    points: Decimal | None
    possible: Decimal
    has_passed: bool | None


class Answer(NamedTuple):
    """assessment_answer; ``value`` is JSON text, null where nothing was answered."""

    id: int
    attempt_id: int
    student_id: int
    course_id: int
    question_id: int
    number: int
    version_id: int
    kind: str
    possible: Decimal
    order: str
    value: str | None
    sequence: int
    saved_at: datetime | None
    share: Decimal | None
    points: Decimal | None
    comment: str = ""


class Grade(NamedTuple):
    """assessment_grade."""

    id: int
    assignment_id: int
    enrollment_id: int
    student_id: int
    course_id: int
    graded_at: datetime
    posted_at: datetime
    raw_points: Decimal | None = None
    deducted: Decimal = Decimal("0.00")
    points: Decimal | None = None
    is_excused: bool = False
    late_seconds: int | None = None
    comment: str = ""
    grader_id: int | None = None
    version: int = 1


class GradeChange(NamedTuple):
    """assessment_gradechange; ``before`` and ``after`` are JSON texts."""

    id: int
    grade_id: int
    student_id: int
    at: datetime
    author_id: int | None
    cause: str
    before: str | None
    after: str
    reason: str


class PeerReviewSettings(NamedTuple):
    """assessment_peerreviewsettings."""

    id: int
    assignment_id: int
    course_id: int
    review_count: int
    due_at: datetime
    flag_percent: Decimal
    seed: int
    is_anonymous: bool = True
    sets_score: str = "NONE"


class PeerReview(NamedTuple):
    """assessment_peerreview; ``ratings`` is JSON text."""

    id: int
    assignment_id: int
    course_id: int
    submission_id: int
    enrollment_id: int
    student_id: int
    reviewer_id: int
    reviewer_enrollment_id: int
    status: str
    decision: str
    rubric_version_id: int
    ratings: str
    score: Decimal | None
    comment: str
    assigned_at: datetime
    saved_at: datetime | None
    submitted_at: datetime | None


class PeerReviewResult(NamedTuple):
    """assessment_peerreviewresult."""

    id: int
    assignment_id: int
    enrollment_id: int
    student_id: int
    course_id: int
    average: Decimal | None
    median: Decimal | None
    review_count: int
    submission_id: int | None
    completed_at: datetime | None
    announced_at: datetime | None
    is_stale: bool = False
