"""Values as a reader sees them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from dashboards.formats import BINS, Formatter, plain
from reports.contracts import Column
from tests.dashboards.made import COUNT, MONTH, RATE, SCORE, TEXT

EN, HI = Formatter("en", "Europe/London"), Formatter("hi", "Europe/London")
PCT = Column("p", "Progress", "decimal", "%", "number")
MONEY = Column("m", "List revenue", "decimal", "EUR", "number")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-1234567, "\u22121,234,567"),
        (12.5, "12.5"),
        (77.8723, "77.87"),
        (1234.56, "1,234.6"),
        (123456.7, "123,457"),
        (0.000123, "0.000123"),
        (-0.0, "0"),
        (99.999, "100"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert plain(value) == text


def test_cells_by_their_format() -> None:
    assert EN.cell(0.1234, RATE) == "12.3\u00a0%"
    assert EN.cell(1, RATE) == "100\u00a0%"
    assert EN.cell(Decimal("33.30"), PCT) == "33.3\u00a0%"
    assert EN.cell(None, COUNT) == "No value"
    assert HI.cell(None, COUNT) == "कोई मान नहीं"
    assert EN.cell(True, TEXT) == "Yes"
    assert HI.cell(False, TEXT) == "नहीं"
    assert EN.cell(("a", "b"), TEXT) == "a, b"
    assert EN.cell(date(2014, 3, 9), MONTH) == "9 Mar 2014"
    assert HI.cell(date(2014, 3, 9), MONTH) == "9 मार्च 2014"


def test_an_instant_is_told_in_the_zone_of_the_institution() -> None:
    assert EN.cell(datetime(2014, 7, 1, 23, 30, tzinfo=UTC), MONTH) == "2 Jul 2014 00:30"
    assert EN.group(datetime(2014, 7, 1, 23, 0), MONTH, "hour") == "1 Jul 2014 23:00"


@pytest.mark.parametrize(
    ("value", "bucket", "en", "hi"),
    [
        (date(2014, 3, 10), "week", "10 Mar 2014", "10 मार्च 2014"),
        (date(2014, 3, 1), "month", "Mar 2014", "मार्च 2014"),
        (date(2014, 4, 1), "quarter", "Q2 2014", "तिमाही 2, 2014"),
        (date(2014, 1, 1), "year", "2014", "2014"),
        (7, "dayOfWeek", "Sun", "रवि"),
        (12, "monthOfYear", "Dec", "दिस॰"),
        (9, "hourOfDay", "09:00", "09:00"),
        (31, "dayOfMonth", "31", "31"),
        (3, "weekOfTerm", "Week 3", "सप्ताह 3"),
        ("2013J", "term", "2013J", "2013J"),
        ("[0,40)", BINS, "0 – <40", "0 – <40"),
        ("[80,100]", BINS, "80 – 100", "80 – 100"),
        ("<0", BINS, "<0", "<0"),
        ("[0,40)", None, "[0,40)", "[0,40)"),
        (None, None, "Not given", "अनिर्दिष्ट"),
    ],
)
def test_groups(value: Any, bucket: str | None, en: str, hi: str) -> None:
    assert EN.group(value, TEXT, bucket) == en
    assert HI.group(value, TEXT, bucket) == hi


def test_a_unit_is_told_where_the_label_does_not() -> None:
    assert EN.label(COUNT) == "Enrollments"
    assert EN.label(SCORE) == "Average score (points)"
    assert HI.label(SCORE) == "Average score (अंक)"
    assert EN.label(RATE) == "Completion rate"
    assert EN.label(MONEY) == "List revenue (EUR)"


def test_changes() -> None:
    assert EN.change(10, 12, COUNT) == "+2, +20\u00a0%"
    assert EN.change(0, 12, COUNT) == "+12"
    assert EN.change(0.8, 0.72, RATE) == "\u22128 pp"
    assert EN.change(None, 1, COUNT) == "No value"
