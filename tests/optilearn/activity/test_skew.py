"""Corrected times, whatever the clocks say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from optilearn.activity.services.skew import BEGINNING, corrected, shift_of, utc

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
ANY = st.datetimes(timezones=ZONES)
USUAL = st.datetimes(
    datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=ZONES
)  # the bound itself is without a zone
NOW = st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))


@given(st.lists(ANY, max_size=5), st.none() | ANY, NOW)
def test_never_in_the_future_and_always_in_utc(
    moments: list[datetime], sent_at: datetime | None, now: datetime
) -> None:
    shift = shift_of(sent_at, now)
    for moment in moments:
        found = corrected(moment, shift, now)
        assert BEGINNING <= found <= now
        assert found.utcoffset() == timedelta(0)


@given(st.lists(ANY, min_size=2, max_size=9), st.none() | ANY, NOW)
def test_the_order_stays(moments: list[datetime], sent_at: datetime | None, now: datetime) -> None:
    shift = shift_of(sent_at, now)
    found = [corrected(moment, shift, now) for moment in sorted(moments, key=utc)]
    assert all(before <= after for before, after in pairwise(found))


@given(USUAL, st.timedeltas(timedelta(0), timedelta(days=300)), NOW)
def test_a_device_that_is_wrong_by_any_amount_is_set_right(
    by_its_clock: datetime, ago: timedelta, now: datetime
) -> None:
    shift = shift_of(by_its_clock, now)
    assert corrected(by_its_clock - ago, shift, now) == now - ago


@given(USUAL, NOW)
def test_without_a_time_of_sending_nothing_is_moved_but_back_to_now(
    moment: datetime, now: datetime
) -> None:
    assert corrected(moment, shift_of(None, now), now) == min(moment, now)


@given(st.datetimes(datetime(2021, 1, 1), datetime(2059, 1, 1)), ZONES, ZONES)
def test_zones_make_no_difference(moment: datetime, one: timezone, two: timezone) -> None:
    moment = moment.replace(tzinfo=UTC)
    now = datetime(2060, 1, 1, tzinfo=UTC)
    assert corrected(moment.astimezone(one), timedelta(0), now) == corrected(
        moment.astimezone(two), timedelta(0), now
    )
