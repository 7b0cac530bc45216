"""Recurrences, against instants that were worked out by hand, and against dateutil."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from optilearn.analytics.schedules.wording import describe
from optilearn.core.recurrence.parsing import RuleError, parse_rule
from optilearn.core.recurrence.recurrences import Recurrence
from optilearn.core.recurrence.school_calendar import SchoolCalendar

LONDON, KOLKATA = ZoneInfo("Europe/London"), ZoneInfo("Asia/Kolkata")
NO_CALENDAR = SchoolCalendar()
SPRING = (date(2026, 1, 12), date(2026, 4, 3))
SUMMER = (date(2026, 4, 20), date(2026, 7, 17))
SCHOOL = SchoolCalendar.of([SUMMER, SPRING], [(date(2026, 2, 16), date(2026, 2, 20))])


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def runs(
    rule: str,
    start: str,
    count: int = 4,
    zone: ZoneInfo = LONDON,
    calendar: SchoolCalendar = NO_CALENDAR,
    **more: object,
) -> list[str]:
    """The local times of the first instances."""
    parsed = parse_rule(rule, local(start), zone)
    recurrence = Recurrence(parsed.rule, parsed.ends_at, **more)  # type: ignore[arg-type]
    first = local(start).replace(tzinfo=zone).astimezone(UTC)
    found = recurrence.instances(first, first - timedelta(seconds=1), zone, calendar)
    return [f"{one.astimezone(zone):%Y-%m-%d %H:%M}" for one in islice(found, count)]


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", "2026-11-30T08:00", ["2026-11-30 08:00", "2026-12-07 08:00"]),
        ("FREQ=DAILY;INTERVAL=3", "2026-02-27T08:00", ["2026-02-27 08:00", "2026-03-02 08:00"]),
        ("FREQ=MONTHLY", "2026-01-31T08:00",
         ["2026-01-31 08:00", "2026-02-28 08:00", "2026-03-31 08:00", "2026-04-30 08:00"]),
        ("FREQ=MONTHLY;BYMONTHDAY=30", "2027-12-30T08:00",
         ["2027-12-30 08:00", "2028-01-30 08:00", "2028-02-29 08:00", "2028-03-30 08:00"]),
        ("FREQ=YEARLY", "2024-02-29T08:00", ["2024-02-29 08:00", "2025-02-28 08:00"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-01-01T17:00", ["2026-01-30 17:00", "2026-02-27 17:00"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-01-01T17:00",
         ["2026-01-30 17:00", "2026-02-27 17:00", "2026-03-31 17:00"]),
        ("FREQ=HOURLY;INTERVAL=6", "2026-01-01T02:30", ["2026-01-01 02:30", "2026-01-01 08:30"]),
        ("FREQ=DAILY;COUNT=2", "2026-01-01T08:00", ["2026-01-01 08:00", "2026-01-02 08:00"]),
        ("FREQ=DAILY;UNTIL=20260102", "2026-01-01T08:00", ["2026-01-01 08:00", "2026-01-02 08:00"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "2026-11-30T08:00",
         ["2026-11-30 08:00", "2026-12-02 08:00", "2026-12-14 08:00", "2026-12-16 08:00"]),
    ],
)  # fmt: skip
def test_instances(rule: str, start: str, expected: list[str]) -> None:
    found = runs(rule, start)
    assert found[: len(expected)] == expected
    if "COUNT" in rule or "UNTIL" in rule:
        assert len(found) == len(expected)


def test_a_time_that_the_clocks_skip_is_an_hour_later_and_one_that_comes_twice_is_once() -> None:
    assert runs("FREQ=WEEKLY", "2026-03-22T01:30", 3) == [
        "2026-03-22 01:30", "2026-03-29 02:30", "2026-04-05 01:30",
    ]  # fmt: skip
    parsed = parse_rule("FREQ=DAILY", local("2026-10-24T01:30"), LONDON)
    first = datetime(2026, 10, 24, 0, 30, tzinfo=UTC)
    found = Recurrence(parsed.rule).instances(first, first, LONDON, NO_CALENDAR)
    assert list(islice(found, 2)) == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
    ]  # fmt: skip


def test_half_hour_zones() -> None:
    parsed = parse_rule("FREQ=DAILY", local("2026-11-30T08:00"), KOLKATA)
    first = Recurrence(parsed.rule).after(
        datetime(2026, 11, 30, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC), KOLKATA, NO_CALENDAR
    )
    assert first == datetime(2026, 11, 30, 2, 30, tzinfo=UTC)


def test_terms_and_holidays() -> None:
    def on(rule: str, start: str, **more: object) -> list[str]:
        return [r[:10] for r in runs(rule, start, 60, calendar=SCHOOL, **more)]

    mondays = "FREQ=WEEKLY;BYDAY=MO"
    assert on(mondays, "2026-03-16T08:00", only_in_terms=True)[:4] == [
        "2026-03-16", "2026-03-23", "2026-03-30", "2026-04-20",
    ]  # fmt: skip
    assert on(mondays, "2026-02-09T08:00", skips_holidays=True)[:2] == ["2026-02-09", "2026-02-23"]
    assert on(mondays, "2026-01-01T08:00", nth_in_term=1) == ["2026-01-12", "2026-04-20"]
    assert on(mondays, "2026-01-01T08:00", nth_in_term=-1) == ["2026-03-30", "2026-07-13"]
    assert on(mondays, "2026-01-01T08:00", nth_in_term=6, skips_holidays=True)[0] == "2026-02-23"
    assert runs(mondays, "2026-01-01T08:00", only_in_terms=True) == []  # a calendar without terms


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule",
    [
        "", "weekly", "FREQ=MINUTELY", "FREQ=SECONDLY", "FREQ=DAILY;BYMINUTE=0,30",
        "FREQ=DAILY;BYSECOND=0,30", "FREQ=HOURLY;INTERVAL=5", "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;INTERVAL=0", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;UNTIL=20260101;COUNT=2", "FREQ=DAILY;UNTIL=20261331", "FREQ=DAILY;X=1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,31", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1;BYHOUR=8,9",
        "FREQ=DAILY;BYEASTER=1", "RRULE:RRULE:",
        "FREQ=MONTHLY;BYSETPOS=-999;BYDAY=MO", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=DAILY;BYSETPOS=5", "FREQ=YEARLY;COUNT=20", "FREQ=DAILY;COUNT=5000",
        "FREQ=YEARLY;INTERVAL=10", "FREQ=MONTHLY;INTERVAL=999", "FREQ=MONTHLY;BYMONTHDAY=15,31",
        "FREQ=YEARLY;BYMONTHDAY=31", "FREQ=DAILY;UNTIL=99991231T235959Z",
    ],
)  # fmt: skip
def test_rules_that_are_refused(rule: str) -> None:
    with pytest.raises(RuleError):
        parse_rule(rule, local("2026-01-31T08:00"), LONDON)


RULES = st.builds(
    lambda freq, interval, days: ";".join(
        [f"FREQ={freq}", f"INTERVAL={interval}", *([f"BYDAY={','.join(days)}"] if days else [])]
    ),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    st.integers(1, 5),
    st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), unique=True, max_size=3),
)


@settings(max_examples=100)
@given(RULES, st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.integers(1, 40))
def test_beginning_anew_from_any_instance_continues_the_rule(
    rule: str, start: datetime, count: int
) -> None:
    """Each instance is found from the one before as dateutil finds it from the first one."""
    start = start.replace(second=0, microsecond=0, day=min(start.day, 28))
    utc = ZoneInfo("UTC")
    parsed = parse_rule(rule, start, utc)
    recurrence = Recurrence(parsed.rule)
    expected = [
        one.replace(tzinfo=UTC) for one in islice((o for o in rrulestr(rule, dtstart=start)), count)
    ]
    first = start.replace(tzinfo=UTC)
    found = recurrence.instances(first, first - timedelta(microseconds=1), utc, NO_CALENDAR)
    assert list(islice(found, count)) == expected


WORDS = [
    ("FREQ=WEEKLY;BYDAY=MO", {}, "Every Monday at 08:00", "हर सोमवार 08:00 बजे"),
    ("FREQ=DAILY", {}, "Every day at 08:00", "हर दिन 08:00 बजे"),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", {}, "Every weekday at 08:00",
     "सोमवार से शुक्रवार तक हर दिन 08:00 बजे"),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", {"only_in_terms": True, "skips_holidays": True},
     "Every school day at 08:00", "विद्यालय के हर दिन 08:00 बजे"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,MO", {}, "Every 2 weeks on Monday and Wednesday at 08:00",
     "हर 2 सप्ताह में सोमवार और बुधवार को 08:00 बजे"),
    ("FREQ=MONTHLY;BYMONTHDAY=31", {},
     "Every month on day 31 (or the last day) at 08:00",
     "हर महीने 31 तारीख़ (न हो तो अंतिम दिन) को 08:00 बजे"),
    ("FREQ=MONTHLY;BYDAY=-1FR", {}, "Every month on the last Friday at 08:00",
     "हर महीने अंतिम शुक्रवार को 08:00 बजे"),
    ("FREQ=WEEKLY;BYDAY=MO", {"nth_in_term": 1},
     "Every Monday at 08:00, only the first time in each term",
     "हर सोमवार 08:00 बजे, हर सत्र में केवल पहली बार"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "more", "english", "hindi"), WORDS)
def test_words(rule: str, more: dict[str, object], english: str, hindi: str) -> None:
    parsed = parse_rule(rule, local("2026-11-30T08:00"), LONDON)
    recurrence = Recurrence(parsed.rule, parsed.ends_at, **more)  # type: ignore[arg-type]
    for language, expected in (("en", english), ("hi", hindi)):
        with translation.override(language):
            assert describe(recurrence, LONDON) == expected
