"""When a reader's hour is, in every zone and on every day of the year."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.notifications.digests.hours import Hour, instant_of, last_due

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Europe/London",
        "America/St_Johns",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "America/Havana",  # the clocks change at midnight
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
    )
]
QUARTER = timedelta(minutes=15)

hours = st.builds(
    Hour,
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    weekday=st.none() | st.integers(1, 7),
)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC))


@given(hours, moments)
def test_the_hour_has_come_and_the_next_one_has_not(wanted: Hour, moment: datetime) -> None:
    due = last_due(moment, wanted)
    assert due.since < due.at <= moment < due.until


@given(hours, moments)
def test_the_clock_shows_the_hour_of_the_day(wanted: Hour, moment: datetime) -> None:
    due = last_due(moment, wanted)
    local = due.at.astimezone(wanted.zone)
    wall = datetime.combine(due.day, time(wanted.hour))
    # Where the clock skips the hour it shows at most an hour more.
    assert timedelta(0) <= local.replace(tzinfo=None) - wall <= timedelta(hours=1)
    assert local.replace(tzinfo=None) == wall or _is_skipped(wall, wanted.zone)
    assert wanted.weekday in (None, due.day.isoweekday())


@given(hours, moments)
def test_it_is_the_first_time_that_the_clock_shows_it(wanted: Hour, moment: datetime) -> None:
    due = last_due(moment, wanted)
    wall = due.at.astimezone(wanted.zone).replace(tzinfo=None)
    for step in range(1, 9):
        earlier = (due.at - step * QUARTER).astimezone(wanted.zone).replace(tzinfo=None)
        assert earlier != wall


@given(hours, moments)
def test_scans_every_quarter_find_each_day_once_and_in_order(
    wanted: Hour, moment: datetime
) -> None:
    scans = [last_due(moment + n * QUARTER, wanted) for n in range(4 * 24 * (wanted.days + 1))]
    days = [due.day for due in scans]
    assert days == sorted(days)
    seen = sorted(set(days))
    step = timedelta(days=wanted.days)
    assert all(after - before == step for before, after in pairwise(seen))
    for due in scans:  # what one leaves the next one takes up
        following = instant_of(due.day + step, wanted.hour, wanted.zone)
        assert due.until == following


def _is_skipped(wall: datetime, zone: ZoneInfo) -> bool:
    there = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there.replace(tzinfo=None) != wall


@pytest.mark.parametrize(
    ("zone", "day", "hour", "instant"),
    [
        ("Asia/Kolkata", "2026-11-23", 8, "2026-11-23T02:30Z"),
        ("Asia/Kathmandu", "2026-11-23", 8, "2026-11-23T02:15Z"),
        ("America/New_York", "2026-03-08", 2, "2026-03-08T07:00Z"),  # skipped: it shows 3:00
        ("America/New_York", "2026-11-01", 1, "2026-11-01T05:00Z"),  # shown twice: the first
        ("Australia/Lord_Howe", "2026-10-04", 2, "2026-10-03T15:30Z"),  # half an hour is skipped
        ("Australia/Lord_Howe", "2026-04-05", 2, "2026-04-04T15:30Z"),
        ("Pacific/Chatham", "2026-09-27", 3, "2026-09-26T14:15Z"),  # 2:45 to 3:45
        ("Pacific/Chatham", "2026-04-05", 3, "2026-04-04T13:15Z"),
    ],
)
def test_hours_that_the_clock_skips_or_shows_twice(
    zone: str, day: str, hour: int, instant: str
) -> None:
    found = instant_of(date.fromisoformat(day), hour, ZoneInfo(zone))
    assert found == datetime.fromisoformat(instant)


def test_what_is_late_does_not_come_at_night() -> None:
    zone, night = ZoneInfo("Asia/Kolkata"), (time(21), time(7))
    due = last_due(datetime.fromisoformat("2026-11-23T12:00Z"), Hour(zone, 8))
    evening = datetime.combine(date(2026, 11, 23), time(23), tzinfo=zone)
    assert not due.may_send(evening, zone, night)
    assert due.may_send(evening, zone, None)
    assert due.may_send(evening.replace(hour=20), zone, night)
    late = last_due(evening, Hour(zone, 22))
    assert late.may_send(evening, zone, night)  # the reader chose it
    assert not late.may_send(evening + timedelta(hours=4), zone, night)
    assert late.may_send(evening + timedelta(hours=9), zone, night)
