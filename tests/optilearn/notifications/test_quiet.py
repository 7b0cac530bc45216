"""Quiet hours against walking through the night minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.notifications.quiet import quiet_until, zone_of

ZONES = (
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/St_Johns",
    "Europe/London",
    "UTC",
)
minutes = st.integers(0, 24 * 60 - 1).map(lambda m: time(m // 60, m % 60))


def is_quiet(moment: datetime, zone: ZoneInfo, start: time, end: time) -> bool:
    wall = moment.astimezone(zone).time()
    return start <= wall < end if start <= end else wall >= start or wall < end


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(
        lambda d: d.replace(second=0, microsecond=0, tzinfo=UTC)
    ),
    minutes,
    minutes,
)
def test_they_end_when_the_wall_says_so(
    name: str, moment: datetime, start: time, end: time
) -> None:
    zone = ZoneInfo(name)
    until = quiet_until(moment, zone, start, end)
    if start == end or not is_quiet(moment, zone, start, end):
        assert until is None
        return
    assert until is not None
    walked = moment
    while is_quiet(walked, zone, start, end):
        walked += timedelta(minutes=1)
    # An end that the clock shows twice counts the second time; nothing else is ever later.
    twice = until.astimezone(zone).fold == 1
    assert until == walked or (twice and walked < until <= walked + timedelta(hours=1))


@pytest.mark.parametrize(
    ("zone", "moment", "until"),
    [
        # India is five and a half hours ahead, Nepal five and three quarters.
        ("Asia/Kolkata", "2026-11-23T16:00Z", "2026-11-24T01:30Z"),
        ("Asia/Kathmandu", "2026-11-23T16:00Z", "2026-11-24T01:15Z"),
        # The night in which New York puts its clocks forward, and the one in which back.
        ("America/New_York", "2026-03-08T04:00Z", "2026-03-08T11:00Z"),
        ("America/New_York", "2026-11-01T03:00Z", "2026-11-01T12:00Z"),
    ],
)
def test_nights(zone: str, moment: str, until: str) -> None:
    found = quiet_until(datetime.fromisoformat(moment), ZoneInfo(zone), time(21), time(7))
    assert found == datetime.fromisoformat(until)


def test_an_end_that_the_clock_skips_is_over_with_the_skip() -> None:
    moment = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)  # one in the morning in New York
    until = quiet_until(moment, ZoneInfo("America/New_York"), time(22), time(2, 30))
    assert until == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)  # three o'clock summer time


def test_a_zone_that_is_none_is_the_institutions() -> None:
    assert zone_of("Mars/Olympus", "Asia/Kolkata").key == "Asia/Kolkata"
    assert zone_of("", "Nowhere").key == "UTC"
    assert zone_of("../etc/passwd", "Europe/London").key == "Europe/London"
