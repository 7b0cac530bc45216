"""Schemas of what parents see."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from optilearn.core.http.envelope import CamelSchema, Number


class ChildSeen(CamelSchema):
    """The child, and where it sits in school."""

    person_id: int
    name: str
    class_id: str
    class_name: str
    section_id: str
    section_name: str


class ChildCourse(CamelSchema):
    """A course that the child takes or has taken."""

    course_id: int
    code: str
    title: str
    status: Literal["ACTIVE", "COMPLETED", "WITHDRAWN", "EXPIRED", "ENDED"]
    progress_pct: float
    completed_lessons: int = Field(description="Of the required ones.")
    required_lessons: int
    completed_at: datetime | None
    expires_at: datetime | None
    last_activity_at: datetime | None


class ChildGrade(CamelSchema):
    """A grade that the child sees, too."""

    assignment_id: int
    title: str
    course_id: int
    course_title: str
    points: Number
    possible: Number
    graded_at: datetime


class UpcomingWork(CamelSchema):
    """Work that the child hasn't submitted, and when it is due for the child."""

    kind: Literal["ASSIGNMENT_DUE", "QUIZ_CLOSES"]
    title: str
    course_id: int
    course_title: str
    due_at: datetime


class ChildBadge(CamelSchema):
    """A badge that the child has earned."""

    id: int
    title: str
    description: str
    earned_at: datetime


class ChildCertificate(CamelSchema):
    """A certificate of the child."""

    id: int
    number: str
    state: Literal["VALID", "EXPIRED", "REVOKED"]
    course_title: str
    issued_at: datetime
    expires_at: datetime | None
    verification_url: str


class ChildAttendance(CamelSchema):
    """Live classes that took place, by the child's attendance."""

    classes: int
    present: int
    partial: int = Field(description="In the room, but for less than the threshold.")
    absent: int


class ChildOverview(CamelSchema):
    """A child, as its parent sees it."""

    child: ChildSeen
    courses: list[ChildCourse]
    grades: list[ChildGrade] = Field(description="The last ten, the newest first.")
    upcoming: list[UpcomingWork] = Field(description="Of the next two weeks, by time.")
    attendance: ChildAttendance = Field(description="Of this month.")
    points: int
    current_streak: int = Field(description="Days in a row, on the child's own calendar.")
    longest_streak: int
    badges: list[ChildBadge]
    certificates: list[ChildCertificate]
