"""When lessons open and close: pure arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.enrollment.drip import (
    OPEN,
    Lock,
    Override,
    Reason,
    Schedule,
    Window,
    days_after,
    lock,
    window,
)

LONDON = ZoneInfo("Europe/London")
ZONES = [ZoneInfo(name) for name in ("Europe/London", "Asia/Kolkata", "America/St_Johns", "UTC")]
moments = st.datetimes(
    datetime(2001, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC), allow_imaginary=False
)
maybe = st.none() | moments
zones = st.sampled_from(ZONES)


def london(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON, fold=fold)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-03-27T09:30", 2, "2026-03-29T08:30Z"),  # British Summer Time begins on the 29th
        ("2026-03-27T09:30", 1, "2026-03-28T09:30Z"),
        ("2026-10-24T09:30", 1, "2026-10-25T09:30Z"),  # and ends on 25 October
        ("2026-03-28T01:30", 1, "2026-03-29T01:30Z"),  # 01:30 isn't there: 02:30 on the wall
        ("2026-10-24T01:30", 1, "2026-10-25T00:30Z"),  # 01:30 is there twice: the first
        ("2026-05-01T09:30", 0, "2026-05-01T08:30Z"),
        ("2024-02-28T12:00", 1, "2024-02-29T12:00Z"),
    ],
)
def test_days_are_days_on_the_wall(start: str, days: int, expected: str) -> None:
    assert days_after(london(start), days, LONDON) == datetime.fromisoformat(expected)


def test_the_gap_is_counted_from_midnight_as_on_other_days() -> None:
    opens = days_after(london("2026-03-28T01:30"), 1, LONDON).astimezone(LONDON)
    assert (opens.hour, opens.minute) == (2, 30)


def test_days_beyond_the_calendar_never_come() -> None:
    assert days_after(datetime(2026, 1, 1, tzinfo=UTC), 10**9, LONDON).year == 9999


@given(moments, st.integers(0, 4000), zones)
def test_no_clock_moves_it_by_more_than_its_change(
    start: datetime, days: int, zone: ZoneInfo
) -> None:
    opens = days_after(start, days, zone)
    assert opens.tzinfo is UTC
    assert abs(opens - start - timedelta(days=days)) <= timedelta(hours=2)
    local, first = opens.astimezone(zone), start.astimezone(zone)
    assert (local.date() - first.date()).days in {days, days + 1}
    if local.replace(tzinfo=None) != first.replace(tzinfo=None) + timedelta(days=days):
        # Only a time that the wall never shows is moved.
        wished = first.replace(tzinfo=None) + timedelta(days=days)
        assert (
            wished.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None)
            != wished
        )


@given(moments, st.integers(0, 500), st.integers(0, 500), zones)
def test_more_days_are_never_earlier(start: datetime, a: int, b: int, zone: ZoneInfo) -> None:
    assert (days_after(start, a, zone) < days_after(start, b, zone)) == (a < b)


def test_a_date_wins_over_days() -> None:
    moment = datetime(2026, 2, 1, tzinfo=UTC)
    both = Schedule(unlock_at=moment, unlock_after_days=100)
    assert window(both, (), datetime(2026, 1, 1, tzinfo=UTC), LONDON).opens_at == moment


def test_who_was_never_enrolled_at_a_time_isnt_kept_waiting() -> None:
    assert window(Schedule(unlock_after_days=5), (), None, LONDON) == Window()


@given(maybe, maybe, maybe, maybe, maybe, maybe)
def test_the_students_own_wins_over_the_sections_and_both_over_the_lessons(
    a: datetime | None,
    b: datetime | None,
    c: datetime | None,
    x: datetime | None,
    y: datetime | None,
    z: datetime | None,
) -> None:
    found = window(Schedule(c, None, z), (Override(a, x), Override(b, y)), None, LONDON)
    assert found == Window(a or b or c, x or y or z)


@given(maybe, maybe, moments)
def test_locks(opens_at: datetime | None, closes_at: datetime | None, now: datetime) -> None:
    found = lock(Window(opens_at, closes_at), now)
    is_open = (opens_at is None or opens_at <= now) and (closes_at is None or now < closes_at)
    assert found.locked != is_open
    if found.reason is Reason.NOT_YET:
        assert found.unlocks_at == opens_at
        assert opens_at is not None
        assert lock(Window(opens_at, closes_at), opens_at) == OPEN
    elif found.locked:
        assert found == Lock(Reason.CLOSED)


@given(maybe, maybe, moments, moments)
def test_what_has_closed_never_opens_again(
    opens_at: datetime | None, closes_at: datetime | None, a: datetime, b: datetime
) -> None:
    first, later = sorted((a, b))
    if lock(Window(opens_at, closes_at), first).reason is Reason.CLOSED:
        assert lock(Window(opens_at, closes_at), later).reason is Reason.CLOSED
