"""Local dates: our arithmetic against zoneinfo and against PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.snapshots.errors import SnapshotError
from pipelines.snapshots.zones import (
    EPOCH,
    Offsets,
    local_day_sql,
    microseconds,
    offsets,
    offsets_between,
    zone_named,
)
from tests.pipelines.records import Connection

ZONES = (
    "UTC",
    "Europe/London",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # half an hour of summer time
    "America/New_York",
    "America/Sao_Paulo",  # changed at midnight
    "Africa/Casablanca",  # twice more each year around Ramadan
    "Pacific/Apia",  # skipped a day
    "America/St_Johns",
    "Europe/Dublin",
)


def day(moment: datetime, zone: str) -> int:
    local = moment.astimezone(ZoneInfo(zone)).date()
    return (local - EPOCH.date()).days


def moments_around_changes(zone: str, first: int, last: int) -> list[datetime]:
    near = (timedelta(microseconds=-1), timedelta(0), timedelta(minutes=31), timedelta(hours=-13))
    return [
        EPOCH + timedelta(microseconds=change) + step
        for change in offsets(zone, first, last).changes
        for step in near
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_every_change_of_offset_is_found(zone: str) -> None:
    table = offsets(zone, 1950, 2040)
    for moment in moments_around_changes(zone, 1950, 2040):
        assert table.day_of(microseconds(moment)) == day(moment, zone), moment


@pytest.mark.parametrize("zone", ZONES)
def test_sql_says_the_same_as_postgresql(zone: str, connection: Connection) -> None:
    moments = [
        *moments_around_changes(zone, 1972, 2024),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(1969, 12, 31, 20, tzinfo=UTC),
        datetime(1931, 7, 1, 3, tzinfo=UTC),
        datetime(2023, 6, 30, 18, 30, tzinfo=UTC),
    ]
    table = offsets(zone, 1930, 2030)
    values = ", ".join(f"({microseconds(m)})" for m in moments)
    ours = duckdb.execute(
        f"SELECT {local_day_sql('us', table)} FROM (VALUES {values}) AS t (us)"
    ).fetchall()
    theirs = connection.execute(
        "SELECT (m AT TIME ZONE %s)::date FROM unnest(%s::timestamptz[]) AS m", [zone, moments]
    ).fetchall()
    assert ours == theirs


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(1901, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(0), timedelta(days=2000)),
)
def test_a_short_span_needs_few_offsets(zone: str, first: datetime, length: timedelta) -> None:
    last = first + length
    table = offsets_between(zone, microseconds(first), microseconds(last))
    assert len(table.values) <= 2 + 5 * (length.days // 365 + 1)
    for moment in (first, first + length / 2, last):
        assert table.day_of(microseconds(moment)) == day(moment, zone)


def test_one_offset_needs_no_decision() -> None:
    assert "CASE" not in local_day_sql("us", Offsets((), (19_800_000_000,)))


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(SnapshotError, match="Mars/Olympus"):
        zone_named("Mars/Olympus")
