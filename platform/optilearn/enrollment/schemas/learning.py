"""Schemas of learning: courses, lessons, progress, ratings, overrides."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field
from typing_extensions import TypeAliasType

from optilearn.core.http.envelope import CamelSchema, example
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen
from optilearn.courses.selectors import CourseStatus, LessonCompletion, LessonKind
from optilearn.enrollment.schemas.fields import (
    EnrollmentOutcome,
    EnrollmentStatus,
    Moment,
    Text,
)

LockReason = TypeAliasType("LockReason", Literal["NOT_YET", "CLOSED", "PREREQUISITE"])
LessonStatus = TypeAliasType("LessonStatus", Literal["NOT_STARTED", "STARTED", "COMPLETED"])
Second = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


def _forwards(stretch: tuple[float, float]) -> tuple[float, float]:
    if stretch[0] > stretch[1]:
        raise ValueError(_("An interval must start before it ends."))
    return stretch


Stretch = Annotated[tuple[Second, Second], AfterValidator(_forwards)]


class LearningQuery(PageQuery):
    """Filters and orders of a student's courses."""

    status: EnrollmentStatus | None = None
    order: Literal["-lastActivity", "title", "-progress", "-enrolledAt"] = "-lastActivity"


class TakenCourse(CamelSchema):
    """A course in a student's list."""

    id: int
    code: str
    title: str
    category: str
    status: CourseStatus
    cover_file_id: int | None


class LearningRow(CamelSchema):
    """A course that the student takes."""

    enrollment_id: int
    course: TakenCourse
    status: EnrollmentStatus
    outcome: EnrollmentOutcome | None
    progress_pct: float
    completed_lessons: int = Field(description="Of the required ones.")
    required_lessons: int
    enrolled_at: datetime | None
    expires_at: datetime | None
    completed_at: datetime | None
    last_activity_at: datetime | None


class OwnEnrollment(CamelSchema):
    """The student's enrollment in a course."""

    id: int
    status: EnrollmentStatus
    progress_pct: float
    completed_lessons: int
    required_lessons: int
    enrolled_at: datetime | None
    expires_at: datetime | None
    completed_at: datetime | None


class LockOut(CamelSchema):
    """The lock of a lesson, with its reason."""

    locked: bool
    reason: LockReason | None
    unlocks_at: datetime | None = Field(description="When it opens, if it is NOT_YET open.")
    closes_at: datetime | None


class LessonState(CamelSchema):
    """A lesson in a course that is being learned."""

    id: int
    title: str
    kind: LessonKind
    duration_seconds: int | None
    is_required: bool
    completion: LessonCompletion
    completion_threshold: int | None
    status: LessonStatus
    completed_at: datetime | None
    watched_pct: float | None
    resume_seconds: int
    lock: LockOut


class ModuleState(CamelSchema):
    """A module in a course that is being learned."""

    id: int
    title: str
    description: str
    lessons: list[LessonState]


class ResumePoint(CamelSchema):
    """The lesson to continue with."""

    lesson_id: int
    seconds: int


class LearningCourse(CamelSchema):
    """A course with its lessons, as its student sees it."""

    course_id: int
    title: str
    course_status: CourseStatus
    is_preview: bool
    enrollment: OwnEnrollment | None
    resume: ResumePoint | None
    modules: list[ModuleState]


class ProgressOut(CamelSchema):
    """The student's progress in a lesson."""

    status: Literal["STARTED", "COMPLETED"]
    completed_at: datetime | None
    seconds_spent: int
    watched_pct: float | None
    resume_seconds: int
    watched: list[tuple[int, int]] = Field(description="Seconds from, to; sorted, disjoint.")


class CaptionOut(CamelSchema):
    """Captions of a lesson's video in one language."""

    language: str
    label: str
    file_id: int


class OpenLesson(CamelSchema):
    """A lesson to be shown."""

    id: int
    course_id: int
    module_id: int
    title: str
    kind: LessonKind
    content: str = Field(description="HTML, sanitized.")
    file_id: int | None
    embed_url: str
    duration_seconds: int | None
    completion: LessonCompletion
    completion_threshold: int | None
    captions: list[CaptionOut]
    progress: ProgressOut | None = Field(description="Null in a preview.")


class CourseProgress(CamelSchema):
    """The student's progress in the lesson's course."""

    status: EnrollmentStatus
    progress_pct: float
    completed_at: datetime | None


class ProgressAnswer(CamelSchema):
    """The result of a report."""

    lesson: ProgressOut
    course: CourseProgress
    accepted_seconds: int = Field(description="Seconds of video that were new and plausible.")


class ProgressIn(CamelSchema):
    """The report of a player, every ten seconds or when it is online again."""

    seconds: int = Field(0, ge=0, le=1_000_000, description="Spent since the last report.")
    watched: list[Stretch] = Field(
        default_factory=list,
        max_length=1_000,
        description="Stretches that were played, in seconds of the video.",
        examples=[[[0, 10], [95, 120.5]]],
    )
    resume_seconds: int | None = Field(None, ge=0, le=1_000_000)


class RatingIn(CamelSchema):
    """A student's rating of a course."""

    model_config = example({"stars": 5, "comment": "Clear, and at the right pace."})

    stars: int = Field(ge=1, le=5)
    comment: Seen = Field("", max_length=2_000, description="Plain text; markup is dropped.")


class RatingOut(CamelSchema):
    """A rating in a list."""

    id: int
    stars: int
    comment: str
    student_name: str | None = Field(description="For who manages the course.")
    is_own: bool
    updated_at: datetime


class OverrideTargetQuery(CamelSchema):
    """The student or the section that an override is for."""

    student_id: Key | None = None
    section_id: Text | None = Field(None, min_length=1, max_length=100)


class OverrideIn(OverrideTargetQuery):
    """Another opening or closing; null leaves it as the section or the lesson has it."""

    model_config = example(
        {"studentId": 104, "unlockAt": "2026-04-20T03:30:00Z", "reason": "She was ill."}
    )

    unlock_at: Moment | None = None
    closes_at: Moment | None = None
    reason: Seen = Field("", max_length=500)


class OverrideOut(CamelSchema):
    """An override in a list."""

    id: int
    student_id: int | None
    student_name: str | None
    section_id: str | None
    unlock_at: datetime | None
    closes_at: datetime | None
    reason: str
