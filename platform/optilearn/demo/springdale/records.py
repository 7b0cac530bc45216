"""The made-up school's records, table by table.

Each class is a row of the table named beside it, with the table's own column names. Keys are local:
1, 2, 3 … in each table; whoever writes them to a database gives them real ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from optilearn.demo.springdale import assessment_records as assessment
from optilearn.demo.springdale import school_life_records as life


class SchoolClass(NamedTuple):
    """crm_schoolclass."""

    id: int
    crm_id: str
    name: str
    position: int


class Section(NamedTuple):
    """crm_section."""

    id: int
    school_class_id: int
    crm_id: str
    name: str
    position: int


class Term(NamedTuple):
    """institutions_term."""

    id: int
    code: str
    name: str
    starts_on: date
    ends_on: date


class Attribute(NamedTuple):
    """institutions_attributedefinition."""

    id: int
    entity: str
    key: str
    type: str
    label: str


class Person(NamedTuple):
    """people_person; ``attributes`` is JSON text."""

    id: int
    kind: str
    role: str
    crm_id: str
    code: str
    name: str
    email: str
    class_id: str
    class_name: str
    section_id: str
    section_name: str
    status: str
    attributes: str
    locale: str = ""
    time_zone: str = ""


class Course(NamedTuple):
    """courses_course; ``tags`` and the targets are PostgreSQL's array literals."""

    id: int
    code: str
    title: str
    description: str
    category: str
    status: str
    published_at: datetime | None
    archived_at: datetime | None
    starts_on: date
    ends_on: date
    length_days: int
    term_id: int
    creator_id: int
    list_price: Decimal | None
    currency: str
    target_class_ids: str
    tags: str = "{}"
    target_section_ids: str = "{}"
    max_enrollments: int | None = None
    access_days: int | None = None
    rating_count: int = 0
    rating_total: int = 0


class CoTeacher(NamedTuple):
    """courses_coteacher."""

    id: int
    course_id: int
    person_id: int


class Prerequisite(NamedTuple):
    """courses_prerequisite."""

    id: int
    course_id: int
    requires_id: int


class Module(NamedTuple):
    """courses_module."""

    id: int
    course_id: int
    title: str
    position: int


class Lesson(NamedTuple):
    """courses_lesson."""

    id: int
    course_id: int
    module_id: int
    title: str
    kind: str
    position: int
    content: str
    duration_seconds: int | None
    is_required: bool
    completion: str
    completion_threshold: int | None
    unlock_at: datetime | None
    unlock_after_days: int | None
    closes_at: datetime | None


class Override(NamedTuple):
    """courses_lessonoverride: for one student, or for one section."""

    id: int
    course_id: int
    lesson_id: int
    student_id: int | None
    section_id: str
    unlock_at: datetime | None
    closes_at: datetime | None
    reason: str


class Assignment(NamedTuple):
    """assessment_assignment."""

    id: int
    course_id: int
    lesson_id: int | None
    title: str
    kind: str
    due_at: datetime
    weight: Decimal
    max_score: Decimal
    pass_mark: Decimal | None
    group_id: int | None = None
    rubric_id: int | None = None
    is_extra_credit: bool = False
    accepts_text: bool = False
    instructions: str = ""


class Enrollment(NamedTuple):
    """enrollment_enrollment; ``attributes`` is JSON text."""

    id: int
    student_id: int
    course_id: int
    status: str
    outcome: str | None
    enrolled_at: datetime
    completed_at: datetime | None
    withdrawn_at: datetime | None
    last_activity_at: datetime | None
    progress_pct: Decimal
    attributes: str
    source: str = "BULK"
    expires_at: datetime | None = None
    withdrawn_by_id: int | None = None
    withdrawal_reason: str = ""


class Progress(NamedTuple):
    """enrollment_lessonprogress; ``watched`` is PostgreSQL's literal of stretches in seconds."""

    id: int
    enrollment_id: int
    student_id: int
    course_id: int
    lesson_id: int
    status: str
    completed_at: datetime | None
    seconds_spent: int
    watched_pct: Decimal | None
    resume_seconds: int
    watched: str | None
    started_at: datetime
    reported_at: datetime


class Waiting(NamedTuple):
    """enrollment_waitingentry."""

    id: int
    course_id: int
    student_id: int
    status: str
    rank: int
    joined_at: datetime
    settled_at: datetime | None


class Rating(NamedTuple):
    """enrollment_courserating."""

    id: int
    course_id: int
    student_id: int
    stars: int
    comment: str
    created_at: datetime
    updated_at: datetime


class Submission(NamedTuple):
    """assessment_submission."""

    id: int
    assignment_id: int
    enrollment_id: int
    student_id: int
    course_id: int
    status: str
    submitted_at: datetime
    score: Decimal | None
    is_late: bool
    is_banked: bool
    graded_at: datetime | None
    text: str = ""
    attempt_id: int | None = None


class Event(NamedTuple):
    """activity_event; ``kind`` is 1 VIEW, 2 PLAY, 3 DOWNLOAD, 4 POST, 5 ANSWER, 6 OTHER."""

    id: int
    enrollment_id: int
    student_id: int
    course_id: int
    lesson_id: int | None
    kind: int
    occurred_at: datetime
    clicks: int


TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "institutions_term": Term._fields,
    "institutions_attributedefinition": Attribute._fields,
    "crm_schoolclass": SchoolClass._fields,
    "crm_section": Section._fields,
    "people_person": Person._fields,
    "courses_course": Course._fields,
    "courses_coteacher": CoTeacher._fields,
    "courses_prerequisite": Prerequisite._fields,
    "courses_module": Module._fields,
    "courses_lesson": Lesson._fields,
    "courses_lessonoverride": Override._fields,
    "assessment_gradingpolicy": assessment.GradingPolicy._fields,
    "assessment_gradegroup": assessment.GradeGroup._fields,
    "assessment_rubric": assessment.Rubric._fields,
    "assessment_rubricversion": assessment.RubricVersion._fields,
    "assessment_assignment": Assignment._fields,
    "assessment_questioncategory": assessment.QuestionCategory._fields,
    "assessment_question": assessment.Question._fields,
    "assessment_questionversion": assessment.QuestionVersion._fields,
    "assessment_quiz": assessment.Quiz._fields,
    "assessment_quizslot": assessment.QuizSlot._fields,
    "enrollment_enrollment": Enrollment._fields,
    "enrollment_lessonprogress": Progress._fields,
    "enrollment_waitingentry": Waiting._fields,
    "enrollment_courserating": Rating._fields,
    "assessment_attempt": assessment.Attempt._fields,
    "assessment_answer": assessment.Answer._fields,
    "assessment_submission": Submission._fields,
    "assessment_grade": assessment.Grade._fields,
    "assessment_gradechange": assessment.GradeChange._fields,
    "assessment_peerreviewsettings": assessment.PeerReviewSettings._fields,
    "assessment_peerreview": assessment.PeerReview._fields,
    "assessment_peerreviewresult": assessment.PeerReviewResult._fields,
    "activity_event": Event._fields,
    "live_liveseries": life.LiveSeries._fields,
    "live_liveclass": life.LiveClass._fields,
    "live_attendance": life.Attendance._fields,
    "community_discussionthread": life.Thread._fields,
    "community_discussionpost": life.Post._fields,
    "community_announcement": life.Announcement._fields,
    "community_announcementcourse": life.AnnouncementCourse._fields,
    "community_announcementreceipt": life.AnnouncementReceipt._fields,
    "recognition_learningpath": life.LearningPath._fields,
    "recognition_pathcourse": life.PathCourse._fields,
    "recognition_pathmember": life.PathMember._fields,
}
"""The tables with their columns, in an order in which every reference points back."""

REFERENCES: Final[Mapping[str, str]] = {
    "term_id": "institutions_term",
    "school_class_id": "crm_schoolclass",
    "creator_id": "people_person",
    "person_id": "people_person",
    "student_id": "people_person",
    "withdrawn_by_id": "people_person",
    "requires_id": "courses_course",
    "course_id": "courses_course",
    "module_id": "courses_module",
    "lesson_id": "courses_lesson",
    "assignment_id": "assessment_assignment",
    "enrollment_id": "enrollment_enrollment",
    "reviewer_enrollment_id": "enrollment_enrollment",
    "author_id": "people_person",
    "grader_id": "people_person",
    "reviewer_id": "people_person",
    "group_id": "assessment_gradegroup",
    "rubric_id": "assessment_rubric",
    "rubric_version_id": "assessment_rubricversion",
    "parent_id": "assessment_questioncategory",
    "category_id": "assessment_questioncategory",
    "question_id": "assessment_question",
    "version_id": "assessment_questionversion",
    "quiz_id": "assessment_quiz",
    "attempt_id": "assessment_attempt",
    "submission_id": "assessment_submission",
    "grade_id": "assessment_grade",
    "series_id": "live_liveseries",
    "live_class_id": "live_liveclass",
    "host_id": "people_person",
    "corrected_by_id": "people_person",
    "thread_id": "community_discussionthread",
    "announcement_id": "community_announcement",
    "path_id": "recognition_learningpath",
    "added_by_id": "people_person",
}
"""The table whose key a column holds."""


@dataclass(frozen=True)
class School:
    """A whole school. The rows of each table lie in the order of their keys, from 1 on."""

    tables: Mapping[str, Sequence[tuple[Any, ...]]]

    @property
    def row_count(self) -> int:
        """The rows of all tables."""
        return sum(len(rows) for rows in self.tables.values())
