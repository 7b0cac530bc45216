"""Schemas of points, badges and leaderboards."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, example
from optilearn.core.text import Seen, Visible

AchievementKind = Literal["LESSON_COMPLETED", "QUIZ_PASSED", "COURSE_COMPLETED"]
BadgeCount = Literal[
    "lessonsCompleted", "quizzesPassed", "coursesCompleted", "points", "streakDays"
]
Points = Annotated[int, Field(ge=0, le=10_000)]
Title = Annotated[Visible, StringConstraints(max_length=80)]
Description = Annotated[Seen, StringConstraints(max_length=400)]


class BadgeCondition(CamelSchema):
    """A count that has to be reached."""

    count: BadgeCount = Field(description="`streakDays` is the longest streak.")
    at_least: int = Field(ge=1, le=1_000_000)


class BadgeRule(CamelSchema):
    """The conditions of a badge; all of them have to be met."""

    all: Annotated[list[BadgeCondition], Field(min_length=1, max_length=5)]


class BadgeIn(CamelSchema):
    """A new badge."""

    model_config = example(
        {"title": "Ten lessons", "rule": {"all": [{"count": "lessonsCompleted", "atLeast": 10}]}}
    )

    title: Title
    description: Description = ""
    rule: BadgeRule


class BadgeChange(ChangeSchema):
    """A badge; only what is sent is changed."""

    model_config = example({"isActive": False})

    title: Title = ABSENT
    description: Description = ABSENT
    rule: BadgeRule = ABSENT
    is_active: bool = ABSENT


class BadgeOut(CamelSchema):
    """A badge, with the number of students who have it."""

    id: int
    title: str
    description: str
    rule: BadgeRule
    is_active: bool
    earned: int


class OwnBadge(CamelSchema):
    """A badge that the caller has."""

    id: int
    title: str
    description: str
    earned_at: datetime


class OwnRecognition(CamelSchema):
    """The calling student's points, streak and badges."""

    points: int
    lessons_completed: int
    quizzes_passed: int
    courses_completed: int
    current_streak: int = Field(description="Days in a row, on the student's own calendar.")
    longest_streak: int
    is_hidden_on_leaderboards: bool
    badges: list[OwnBadge]


class RecognitionChange(ChangeSchema):
    """The caller on leaderboards; only what is sent is changed."""

    model_config = example({"isHiddenOnLeaderboards": True})

    is_hidden_on_leaderboards: bool = ABSENT


class PointsEntryOut(CamelSchema):
    """An achievement of the caller, with its points."""

    id: int
    kind: AchievementKind
    points: int
    at: datetime
    day: date
    course_id: int
    course_title: str


class PointsRules(CamelSchema):
    """The points of each kind of achievement."""

    lesson_completed: int
    quiz_passed: int
    course_completed: int


class PointsRulesChange(ChangeSchema):
    """The points of kinds of achievements, for those to come; only what is sent is changed."""

    model_config = example({"lessonCompleted": 5})

    lesson_completed: Points = ABSENT
    quiz_passed: Points = ABSENT
    course_completed: Points = ABSENT


class LeaderboardRow(CamelSchema):
    """A place on a leaderboard; who has as many points has the same one."""

    place: int
    student_id: int
    name: str
    points: int
    is_caller: bool


class LeaderboardOut(CamelSchema):
    """The first places, and the caller's own, also where it is far below or hidden."""

    rows: list[LeaderboardRow]
    own: LeaderboardRow | None
    total: int = Field(description="Students on it, as the caller sees it.")
