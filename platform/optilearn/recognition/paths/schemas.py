"""Schemas of learning paths."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field, StringConstraints

from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, example
from optilearn.core.text import Seen, Visible

PathStatus = Literal["DRAFT", "PUBLISHED", "ARCHIVED"]
StepStateName = Literal["COMPLETED", "STARTED", "OPEN", "LOCKED", "UNAVAILABLE"]
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
Title = Annotated[Visible, StringConstraints(max_length=200)]
Description = Annotated[Seen, StringConstraints(max_length=4000)]
Months = Annotated[int, Field(ge=1, le=600)]


def _each_once(ids: list[int]) -> list[int]:
    if len(set(ids)) != len(ids):
        raise ValueError(_("A course can stand in a path only once."))
    return ids


CourseIds = Annotated[list[Key], Field(max_length=50), AfterValidator(_each_once)]


class LearningPathIn(CamelSchema):
    """A new learning path."""

    model_config = example(
        {"title": "Data analyst", "courseIds": [3, 4], "awardsCertificate": True}
    )

    title: Title
    description: Description = Field("", description="Plain text.")
    course_ids: CourseIds = Field([], description="In their order.")
    status: PathStatus = "DRAFT"
    is_sequential: bool = Field(
        default=True, description="A course begins once those before are done."
    )
    is_open: bool = Field(default=False, description="Students may join by themselves.")
    awards_certificate: bool = False
    valid_months: Months | None = Field(None, description="Null: the certificate never expires.")
    template_id: Key | None = Field(None, description="Null: the institution's default.")


class LearningPathChange(ChangeSchema):
    """A learning path; only what is sent is changed."""

    model_config = example({"status": "PUBLISHED"})

    title: Title = ABSENT
    description: Description = ABSENT
    course_ids: CourseIds = ABSENT
    status: PathStatus = ABSENT
    is_sequential: bool = ABSENT
    is_open: bool = ABSENT
    awards_certificate: bool = ABSENT
    valid_months: Months | None = ABSENT
    template_id: Key | None = ABSENT


class LearningPathRow(CamelSchema):
    """A learning path in a list."""

    id: int
    title: str
    description: str
    status: PathStatus
    is_sequential: bool
    is_open: bool
    awards_certificate: bool
    joined_at: datetime | None = Field(description="Null: the caller doesn't take it.")
    completed_at: datetime | None
    course_count: int
    completed_count: int | None = Field(description="Null for others than students.")
    progress_pct: int | None = Field(description="Null for others than students.")


class PathCourseOut(CamelSchema):
    """A course of a path, in its place."""

    course_id: int
    code: str
    title: str
    state: StepStateName | None = Field(description="Null for others than students.")
    enrollment_id: int | None
    progress_pct: float | None


class LearningPathOut(LearningPathRow):
    """A learning path with its courses."""

    valid_months: int | None
    template_id: int | None
    courses: list[PathCourseOut]


class PathStudent(CamelSchema):
    """A student."""

    id: int
    code: str
    name: str


class PathMemberOut(CamelSchema):
    """A member of a path, and how far they are."""

    student: PathStudent
    joined_at: datetime
    completed_at: datetime | None
    completed_count: int
    progress_pct: int


class PathMembersIn(CamelSchema):
    """Students who are to take a path."""

    model_config = example({"studentIds": [12, 15]})

    student_ids: Annotated[list[Key], Field(min_length=1, max_length=500)]


class PathMembersAdded(CamelSchema):
    """The number of students who weren't members."""

    added: int


class StartedCourse(CamelSchema):
    """The enrollment in a course of the path."""

    enrollment_id: int
