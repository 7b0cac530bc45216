"""Relative dates: from the day on which the snapshot was taken, in the institution's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from reports.compiler.parameters import Edge, Instant
from reports.engine.calendar import Calendar, Term
from reports.language.report import Relative

TERMS = (
    Term(date(2013, 10, 1), date(2014, 1, 31)),
    Term(date(2014, 2, 1), date(2014, 6, 30)),
    Term(date(2014, 10, 1), date(2015, 1, 31)),
)
WEDNESDAY = datetime(2014, 3, 12, 9, tzinfo=UTC)


def _range(op: str, n: int, unit: str, *, first_weekday: int = 1) -> tuple[str, str]:
    calendar = Calendar.at(WEDNESDAY, "Europe/London", first_weekday, TERMS)
    lower, upper = calendar.range_of(Relative(op, n, unit))
    return str(lower), str(upper)


@pytest.mark.parametrize(
    ("op", "n", "unit", "expected"),
    [
        ("inLast", 1, "day", ("2014-03-12", "2014-03-13")),
        ("inLast", 7, "day", ("2014-03-06", "2014-03-13")),
        ("inLast", 2, "week", ("2014-02-27", "2014-03-13")),
        ("inLast", 1, "month", ("2014-02-13", "2014-03-13")),
        ("inLast", 2, "term", ("2013-10-01", "2014-03-13")),
        ("inNext", 1, "day", ("2014-03-12", "2014-03-13")),
        ("inNext", 1, "month", ("2014-03-12", "2014-04-12")),
        ("inNext", 2, "term", ("2014-03-12", "2015-02-01")),
        ("inCurrent", 1, "week", ("2014-03-10", "2014-03-17")),
        ("inCurrent", 1, "quarter", ("2014-01-01", "2014-04-01")),
        ("inCurrent", 1, "term", ("2014-02-01", "2014-07-01")),
        ("inPrevious", 1, "week", ("2014-03-03", "2014-03-10")),
        ("inPrevious", 1, "month", ("2014-02-01", "2014-03-01")),
        ("inPrevious", 1, "year", ("2013-01-01", "2014-01-01")),
        ("inPrevious", 1, "term", ("2013-10-01", "2014-02-01")),
        ("olderThan", 10, "day", ("None", "2014-03-02")),
        ("olderThan", 1, "term", ("None", "2013-10-01")),
        ("inLast", 10_000, "month", ("1180-11-13", "2014-03-13")),
    ],
)
def test_ranges(op: str, n: int, unit: str, expected: tuple[str, str]) -> None:
    assert _range(op, n, unit) == expected


def test_the_week_starts_on_the_institutions_first_day() -> None:
    assert _range("inCurrent", 1, "week", first_weekday=7) == ("2014-03-09", "2014-03-16")
    assert _range("inCurrent", 1, "week", first_weekday=3) == ("2014-03-12", "2014-03-19")


def test_today_is_the_local_day_of_the_snapshot() -> None:
    late = datetime(2014, 3, 12, 20, tzinfo=UTC)
    assert Calendar.at(late, "Asia/Kolkata", 1, ()).today == date(2014, 3, 13)


def test_months_end_where_they_end() -> None:
    calendar = Calendar(date(2014, 3, 31), "UTC", 1)
    assert calendar.range_of(Relative("olderThan", 1, "month"))[1] == date(2014, 2, 28)


def test_without_a_calendar_a_term_matches_nothing() -> None:
    calendar = Calendar(date(2014, 3, 31), "UTC", 1)
    assert calendar.range_of(Relative("inCurrent", 1, "term")) == (None, None)
    assert calendar.range_of(Relative("inPrevious", 1, "term")) == (None, None)


def test_beyond_the_end_of_time() -> None:
    calendar = Calendar(date(9999, 12, 31), "UTC", 1)
    for op in ("inLast", "inNext", "olderThan"):
        for unit in ("day", "week", "month"):
            calendar.range_of(Relative(op, 10_000, unit))
    for unit in ("day", "week", "month", "quarter", "year"):
        calendar.range_of(Relative("inCurrent", 1, unit))


def test_the_first_and_the_last_instant_can_be_bound() -> None:
    calendar = Calendar.at(WEDNESDAY, "Asia/Kolkata", 1, ())
    values = {"first": Instant(date(1, 1, 1)), "last": Instant(date(9999, 12, 31))}
    assert calendar.bind(values)["first"] == datetime(1, 1, 1)


def test_instants_are_bound_in_utc() -> None:
    calendar = Calendar.at(WEDNESDAY, "Asia/Kolkata", 1, ())
    values = {
        "day": Instant(date(2014, 1, 1)),
        "exact": Instant(datetime(2014, 1, 1, 12, tzinfo=UTC)),
        "edge": Edge(Relative("inLast", 1, "day"), "from", as_instant=True),
    }
    assert calendar.bind(values) == {
        "day": datetime(2013, 12, 31, 18, 30),
        "exact": datetime(2014, 1, 1, 12),
        "edge": datetime(2014, 3, 11, 18, 30),
    }
