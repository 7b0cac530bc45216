"""The dates of a series: the wall clock, the ends of rules, rules that are too much."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from optilearn.core.recurrence.parsing import RuleError
from optilearn.live.series import dates_of, moved

LONDON = ZoneInfo("Europe/London")
KOLKATA = ZoneInfo("Asia/Kolkata")
MONDAY = datetime(2026, 3, 16, 10)


def test_a_class_is_at_ten_also_when_the_clocks_have_changed() -> None:
    starts = dates_of("FREQ=WEEKLY;BYDAY=MO;COUNT=3", MONDAY, LONDON).starts
    assert [one.isoformat() for one in starts] == [
        "2026-03-16T10:00:00+00:00",
        "2026-03-23T10:00:00+00:00",
        "2026-03-30T09:00:00+00:00",
    ]
    assert [one.hour for one in dates_of("FREQ=DAILY;COUNT=30", MONDAY, KOLKATA).starts] == [4] * 30


def test_a_time_that_the_clocks_skip_takes_the_offset_before_and_a_doubled_one_is_the_first() -> (
    None
):
    skipped = dates_of("FREQ=DAILY;COUNT=3", datetime(2026, 3, 28, 1, 30), LONDON).starts
    assert [(one.day, one.hour) for one in skipped] == [(28, 1), (29, 1), (30, 0)]
    doubled = dates_of("FREQ=DAILY;COUNT=3", datetime(2026, 10, 24, 1, 30), LONDON).starts
    assert [(one.day, one.hour) for one in doubled] == [(24, 0), (25, 0), (26, 1)]


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", "COUNT or UNTIL"),
        ("FREQ=DAILY;COUNT=10000", "COUNT"),
        ("FREQ=HOURLY;COUNT=9999", "year"),
        ("FREQ=DAILY;COUNT=201", "200"),
        ("FREQ=HOURLY;UNTIL=20260601", "200"),
        ("FREQ=MONTHLY;COUNT=14", "year"),
        ("FREQ=WEEKLY;UNTIL=20270401", "year"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=3", "first class"),
        ("FREQ=WEEKLY;UNTIL=20260101", "date"),
        ("FREQ=MINUTELY;COUNT=3", "an hour apart"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20260601", "not both"),
        ("garbage", "FREQ"),
    ],
)
def test_rules_that_are_no_series_are_refused_with_a_reason(rule: str, word: str) -> None:
    with pytest.raises(RuleError, match=word):
        dates_of(rule, MONDAY, LONDON)


def test_two_hundred_are_enough() -> None:
    assert len(dates_of("FREQ=DAILY;COUNT=200", MONDAY, LONDON).starts) == 200
    assert len(dates_of("FREQ=WEEKLY;UNTIL=20270316", MONDAY, LONDON).starts) == 53


def test_a_move_is_one_of_the_wall_clock() -> None:
    before, after = datetime(2026, 3, 16, 10, tzinfo=UTC), datetime(2026, 3, 17, 11, tzinfo=UTC)
    later = datetime(2026, 3, 30, 9, tzinfo=UTC)
    assert moved(later, before, after, LONDON) == datetime(2026, 3, 31, 10, tzinfo=UTC)
    assert moved(before, before, after, LONDON) == after
