"""Due dates of requirements: days, whatever the clocks do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from optilearn.compliance.schedule import Period, Schedule, schedule_of
from optilearn.core.recurrence.parsing import RuleError

JUNE = date(2026, 6, 30)


def due(schedule: Schedule, today: date) -> list[date]:
    return [one.due_on for one in schedule.periods_until(today)]


def test_once_is_one_period_for_which_all_counts() -> None:
    once = schedule_of("", JUNE)
    assert once.periods_until(JUNE) == [Period(0, None, JUNE)]
    assert due(once, JUNE + timedelta(days=900)) == [JUNE]


def test_a_year_s_period_begins_after_the_due_date_before() -> None:
    yearly = schedule_of("FREQ=YEARLY", JUNE)
    assert yearly.periods_until(JUNE) == [Period(0, date(2025, 7, 1), JUNE)]
    assert yearly.periods_until(date(2027, 7, 1)) == [
        Period(0, date(2025, 7, 1), JUNE),
        Period(1, date(2026, 7, 1), date(2027, 6, 30)),
        Period(2, date(2027, 7, 1), date(2028, 6, 30)),
    ]


def test_29_february_is_the_28th_in_other_years() -> None:
    yearly = schedule_of("FREQ=YEARLY", date(2028, 2, 29))
    assert due(yearly, date(2032, 2, 1)) == [
        date(2028, 2, 29),
        date(2029, 2, 28),
        date(2030, 2, 28),
        date(2031, 2, 28),
        date(2032, 2, 29),
    ]


def test_the_31st_is_the_last_day_of_each_month() -> None:
    monthly = schedule_of("FREQ=MONTHLY", date(2026, 1, 31))
    found = due(monthly, date(2026, 4, 30))
    assert [day.day for day in found] == [31, 28, 31, 30]


def test_a_week_is_seven_days_when_the_clocks_change() -> None:
    found = due(schedule_of("FREQ=WEEKLY;BYDAY=SU", date(2026, 3, 22)), date(2026, 4, 5))
    assert found == [date(2026, 3, 22), date(2026, 3, 29), date(2026, 4, 5)]


def test_a_rule_that_never_ends_costs_as_many_dates_as_weeks_have_passed() -> None:
    weekly = schedule_of("FREQ=WEEKLY", JUNE)
    assert len(due(weekly, JUNE + timedelta(weeks=52 * 20))) == 52 * 20 + 1


def test_a_rule_that_has_ended_has_no_later_period() -> None:
    ending = schedule_of("FREQ=YEARLY;UNTIL=20280101", JUNE)
    assert due(ending, date(2040, 1, 1)) == [JUNE, date(2027, 6, 30)]
    assert due(schedule_of("FREQ=YEARLY;UNTIL=20270630", JUNE), date(2040, 1, 1))[-1].year == 2027


def test_periods_go_on_counting_from_the_one_that_was_moved() -> None:
    moved = schedule_of("FREQ=YEARLY", JUNE, first_period=3)
    assert [one.number for one in moved.periods_until(date(2027, 1, 1))] == [3, 4]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=TU,FR",
        "FREQ=MONTHLY;BYMONTHDAY=29,30",
        "FREQ=YEARLY;COUNT=3",
        "FREQ=YEARLY;BYHOUR=8",
        "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=1",
        "every year",
        "FREQ=SECONDLY",
    ],
)
def test_a_rule_that_can_t_be_kept_is_refused(rule: str) -> None:
    with pytest.raises(RuleError):
        schedule_of(rule, JUNE)
