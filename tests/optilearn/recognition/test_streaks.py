"""Streaks: days on the learner's own calendar, whatever the clocks and zones do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.core import clock
from optilearn.core.sql import rows
from optilearn.core.tenancy.context import tenant_context
from optilearn.enrollment.events import LessonsAchieved, Subject
from optilearn.people.models import Person
from optilearn.recognition.models import Badge, LearnerTotals
from optilearn.recognition.points.days import local_day
from optilearn.recognition.points.rules import COLUMNS, current_streak, earns, is_earned
from optilearn.recognition.points.services.earning import earn_for_lessons
from tests.support.certificates import done
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


class Learner:
    """Lena, who completes a lesson whenever she is told to."""

    def __init__(self, twin: Twin, zone: str = "") -> None:
        self.twin, self.lessons = twin, 0
        self.move(zone)

    def move(self, zone: str) -> None:
        with tenant_context(self.twin.id):
            Person.objects.filter(code="lena").update(time_zone=zone)

    def learn(self, *moments: str) -> None:
        for moment in moments:
            self.lessons += 1
            enrollment = self.twin.enrollments[0]
            subject = Subject(
                enrollment.pk, enrollment.student_id, enrollment.course_id, self.lessons
            )
            with tenant_context(self.twin.id), clock.frozen(datetime.fromisoformat(moment)):
                earn_for_lessons(LessonsAchieved((subject,)))

    def streak(self, at: str) -> tuple[int, int]:
        with clock.frozen(datetime.fromisoformat(at)):
            found = done(self.twin, "lena", "GET", "/me/recognition")
        return found["currentStreak"], found["longestStreak"]


def test_days_in_a_row_and_a_gap(twins: Twins) -> None:
    lena = Learner(twins[0])
    lena.learn("2026-01-05T09:00Z", "2026-01-05T22:00Z", "2026-01-06T08:00Z", "2026-01-07T23:00Z")
    assert lena.streak("2026-01-07T23:30Z") == (3, 3)
    assert lena.streak("2026-01-08T23:59Z") == (3, 3)  # nothing yet today
    assert lena.streak("2026-01-09T23:59Z") == (0, 3)
    lena.learn("2026-01-10T09:00Z")
    assert lena.streak("2026-01-10T10:00Z") == (1, 3)


@pytest.mark.parametrize(
    ("zone", "moments"),
    [
        # Two evenings in Kolkata are one day in UTC.
        ("Asia/Kolkata", ["2026-01-05T10:00Z", "2026-01-05T19:00Z"]),
        # The night that London has 23 hours, and the one with 25.
        ("Europe/London", ["2026-03-28T23:30Z", "2026-03-29T22:30Z"]),
        ("Europe/London", ["2026-10-24T22:30Z", "2026-10-25T23:30Z"]),
        # Samoa had no 30 December 2011.
        ("Pacific/Apia", ["2011-12-30T05:00Z", "2011-12-30T20:00Z"]),
    ],
)
def test_two_days_of_the_learner_are_two(twins: Twins, zone: str, moments: list[str]) -> None:
    lena = Learner(twins[0], zone)
    lena.learn(*moments)
    assert lena.streak(moments[-1]) == (2, 2)


def test_a_journey_does_not_end_a_streak(twins: Twins) -> None:
    lena = Learner(twins[0], "Pacific/Honolulu")
    lena.learn("2026-01-02T06:00Z")  # the 1st there
    lena.move("Pacific/Auckland")
    lena.learn("2026-01-02T21:00Z")  # the 3rd there, fifteen hours later
    assert lena.streak("2026-01-02T21:00Z") == (2, 2)
    lena.move("Pacific/Honolulu")
    lena.learn("2026-01-03T05:00Z")  # the 2nd again: no new day, and no end
    assert lena.streak("2026-01-03T06:00Z") == (2, 2)


def test_the_schools_zone_is_for_who_has_none_or_a_wrong_one(twins: Twins) -> None:
    moment = datetime(2026, 1, 5, 20, tzinfo=UTC)
    for zone in ("", "Nowhere/Land", "../etc/passwd"):
        assert local_day(moment, zone, "Asia/Kolkata") == date(2026, 1, 6)
    lena = Learner(twins[1], "Nowhere/Land")
    lena.learn("2026-01-05T20:00Z")
    with tenant_context(twins[1].id):
        assert LearnerTotals.objects.get().last_day == date(2026, 1, 6)


def test_a_streak_earns_a_badge_that_outlives_it(twins: Twins) -> None:
    north = twins[0]
    rule = {"all": [{"count": "streakDays", "atLeast": 2}]}
    done(north, "asha", "POST", "/badges", {"title": "Two days", "rule": rule})
    lena = Learner(north)
    lena.learn("2026-01-05T09:00Z", "2026-01-06T09:00Z")
    with clock.frozen(datetime(2026, 3, 1, tzinfo=UTC)):
        found = done(north, "lena", "GET", "/me/recognition")
    assert (found["currentStreak"], [one["title"] for one in found["badges"]]) == (0, ["Two days"])


def model_of(moments: list[datetime]) -> tuple[int, int]:
    """The streak and the longest one, counted the long way."""
    streak = longest = 0
    last: datetime | None = None
    for moment in moments:
        if last is None:
            streak = 1
        elif moment.date() > last.date():
            goes_on = (moment.date() - last.date()).days == 1 or moment - last <= timedelta(days=1)
            streak = streak + 1 if goes_on else 1
        longest, last = max(longest, streak), moment
    return streak, longest


@pytest.mark.parametrize("seed", range(4))
def test_any_history_adds_up(twins: Twins, seed: int) -> None:
    import random

    chance = random.Random(seed)
    moments = [datetime(2026, 1, 1, 8, tzinfo=UTC)]
    for _more in range(15):
        moments.append(moments[-1] + timedelta(hours=chance.choice([1, 12, 20, 24, 30, 47, 60])))
    lena = Learner(twins[0], "UTC")
    lena.learn(*(moment.isoformat() for moment in moments))
    with tenant_context(twins[0].id):
        totals = LearnerTotals.objects.get()
    assert (totals.streak_days, totals.longest_streak) == model_of(moments)
    assert (
        current_streak(
            totals.streak_days, totals.last_day, totals.last_at, moments[-1].date(), moments[-1]
        )
        == totals.streak_days
    )


@pytest.mark.parametrize("at_least", [1, 4, 5, 6])
@pytest.mark.parametrize("count", list(COLUMNS))
def test_a_rule_is_the_same_in_sql_and_python(twins: Twins, count: Any, at_least: int) -> None:
    north = twins[0]
    rule = {"all": [{"count": count.value, "atLeast": at_least}, {"count": "points", "atLeast": 2}]}
    totals = dict.fromkeys(COLUMNS.values(), 5)
    with tenant_context(north.id):
        Badge.objects.create(title="One", rule=rule)
        LearnerTotals.objects.create(student=north.people["lena"], **totals)
        (found,) = rows(
            f"SELECT {earns()} AS earned FROM recognition_badge b, recognition_learnertotals t"
        )
    assert found["earned"] is is_earned(rule, totals)


@given(st.integers(0, 400), st.integers(0, 60))
def test_a_streak_lasts_until_a_day_is_missed(days: int, hours: int) -> None:
    last = datetime(2026, 1, 5, 12, tzinfo=UTC)
    now = last + timedelta(hours=hours)
    shown = current_streak(days, last.date(), last, now.date(), now)
    assert shown == (days if now.date() <= date(2026, 1, 6) else 0)
    assert current_streak(days, None, None, now.date(), now) == 0
