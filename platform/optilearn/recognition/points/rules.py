"""Rules about badges and streaks, as SQL and as Python, which a test compares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from optilearn.core.sql import compose, quoted
from optilearn.recognition.models import PointsEntry

Kind = PointsEntry.Kind


class Count(StrEnum):
    """The counts of a badge's conditions.

    No badge gives points or counts badges, so none can earn another, or itself.
    """

    LESSONS_COMPLETED = "lessonsCompleted"
    QUIZZES_PASSED = "quizzesPassed"
    COURSES_COMPLETED = "coursesCompleted"
    POINTS = "points"
    STREAK_DAYS = "streakDays"


USUAL_POINTS: Final = {
    Kind.LESSON_COMPLETED: 10,
    Kind.QUIZ_PASSED: 20,
    Kind.COURSE_COMPLETED: 100,
}
"""Points where an institution has no rule of its own."""

COLUMNS: Final = {
    Count.LESSONS_COMPLETED: "lessons_completed",
    Count.QUIZZES_PASSED: "quizzes_passed",
    Count.COURSES_COMPLETED: "courses_completed",
    Count.POINTS: "points",
    Count.STREAK_DAYS: "longest_streak",
}
"""The column of ``LearnerTotals`` that each count reads."""

_DAY: Final = timedelta(hours=24)


def earns(badge: str = "b", totals: str = "t") -> str:
    """The learner's totals meet every condition of the badge."""
    counts = " ".join(
        f"WHEN {quoted(count)} THEN {totals}.{column}" for count, column in COLUMNS.items()
    )
    return compose(
        "NOT EXISTS (SELECT FROM jsonb_array_elements(<b>.rule -> 'all') AS n (condition)"
        " WHERE CASE n.condition ->> 'count' <counts> ELSE -1 END"
        " < (n.condition ->> 'atLeast')::int)",
        b=badge,
        counts=counts,
    )


def is_earned(rule: Mapping[str, Any], totals: Mapping[str, int]) -> bool:
    """Return True if totals, by their columns, meet every condition of a badge."""
    return all(totals[COLUMNS[Count(one["count"])]] >= one["atLeast"] for one in rule["all"])


def streak_after(totals: str = "t", new: str = "EXCLUDED") -> str:
    """The streak of the totals with one more achievement, on the ``last_day`` of ``new``.

    It goes on with the next day on the learner's calendar, or within 24 hours: who flies over the
    date line may never have had the day between.
    """
    t, n = totals, new
    return (
        f"CASE WHEN {t}.last_day IS NULL THEN 1"
        f" WHEN {n}.last_day <= {t}.last_day THEN {t}.streak_days"
        f" WHEN {n}.last_day = {t}.last_day + 1 OR {n}.last_at - {t}.last_at <= interval '24 hours'"
        f" THEN {t}.streak_days + 1 ELSE 1 END"
    )


def current_streak(
    streak_days: int,
    last_day: date | None,
    last_at: datetime | None,
    today: date,
    now: datetime,
) -> int:
    """Return the streak as it is today: nothing achieved today yet doesn't end it."""
    if last_day is None or last_at is None:
        return 0
    goes_on = last_day >= today - timedelta(days=1) or now - last_at <= _DAY
    return streak_days if goes_on else 0
