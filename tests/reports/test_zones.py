"""One book of time zones, and a word where DuckDB has another."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from reports import zones
from tests.reports.oracle.desk import Desk, courses, events, people

MODULES = ("reports", "pipelines.snapshots.zones", "optilearn.config.settings")
ZONES = ("America/Vancouver", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe")


@pytest.mark.parametrize(
    "module", ["reports", "pipelines.snapshots.zones", "optilearn.config.settings"]
)
def test_the_systems_files_are_not_read(tmp_path: Path, module: str) -> None:
    """A system whose Vancouver is London: whatever is imported first, the package's book holds."""
    folder = tmp_path / "America"
    folder.mkdir()
    other = files("tzdata") / "zoneinfo" / "Europe" / "London"
    (folder / "Vancouver").write_bytes(other.read_bytes())
    code = (
        f"import {module}, zoneinfo, datetime as d\n"
        "print(d.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo('America/Vancouver')).utcoffset())"
    )
    environment = os.environ | {"PYTHONTZPATH": str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "-1 day, 16:00:00"
    assert zoneinfo.TZPATH == ()


@pytest.mark.parametrize("zone", ZONES)
def test_duckdb_has_the_same_book(zone: str) -> None:
    assert zones.first_difference(duckdb.connect(), zone, 2036) is None


@pytest.fixture
def other_book(monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    """A book that lets London's summer time go on after 25 October 2026."""
    real = zones._here
    since = datetime(2026, 10, 25, 1)

    def lasting(zone: str, moment: datetime) -> datetime:
        is_later = since <= moment < datetime(2027, 3, 28, 1)
        return moment + timedelta(hours=1) if is_later else real(zone, moment)

    monkeypatch.setattr(zones, "_here", lasting)
    monkeypatch.setattr(zones, "_known", {})
    zones._our_changes.cache_clear()
    yield since
    zones._our_changes.cache_clear()


def test_a_difference_is_found_and_told_once(
    other_book: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        with caplog.at_level(logging.ERROR):
            found = zones.warn_of_difference(
                duckdb.connect(), "Europe/London", datetime(2026, 1, 1, tzinfo=UTC)
            )
        assert found == other_book
    assert [r.levelname for r in caplog.records] == ["ERROR"]
    assert "Europe/London" in caplog.text


@pytest.mark.parametrize(
    ("year", "hour"), [(1971, 3), (1985, 2), (1999, 1)], ids=["1971", "1985", "1999"]
)
def test_differences_before_2000_are_found(
    monkeypatch: pytest.MonkeyPatch, year: int, hour: int
) -> None:
    """A book in which one summer of India's clocks were an hour ahead."""
    real, first = zones._here, datetime(year, 6, 1, hour)

    def ahead(zone: str, moment: datetime) -> datetime:
        is_ahead = first <= moment < datetime(year, 9, 1)
        return real(zone, moment) + timedelta(hours=is_ahead)

    monkeypatch.setattr(zones, "_here", ahead)
    zones._our_changes.cache_clear()
    try:
        assert zones.first_difference(duckdb.connect(), "Asia/Kolkata", 2036) == first
    finally:
        zones._our_changes.cache_clear()


def test_an_answer_by_local_time_says_so(other_book: datetime, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    rows = events(("2026-01-05", 10))
    taken_at = datetime(2026, 3, 1, tzinfo=UTC)
    desk.snapshot("s", taken_at, students=people(1), courses=courses("A"), activity=rows)
    try:
        hours = desk.ask("activity", "events", time={"field": "occurredAt", "bucket": "hour"})
        days = desk.ask("activity", "events", time={"field": "occurredOn", "bucket": "day"})
    finally:
        desk.engine.close()
    assert str(other_book) in hours.meta.warnings[0].message
    assert [n.code for n in hours.meta.warnings] == ["ZONE_DIFFERS"]
    assert "Europe/London" in hours.meta.warnings[0].message
    assert not days.meta.warnings, "local days are worked out by our own book"
