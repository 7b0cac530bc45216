"""The school's year: terms, school days, and instants of its local time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from optilearn.demo.springdale.records import Term

ZONE_NAME: Final = "Asia/Kolkata"
ZONE: Final = ZoneInfo(ZONE_NAME)

TODAY: Final = date(2026, 9, 25)
"""The day the records were taken: the second term is under way."""

TERMS: Final = (
    Term(1, "2026A", "First term 2026-27", date(2026, 4, 6), date(2026, 7, 10)),
    Term(2, "2026B", "Second term 2026-27", date(2026, 7, 27), date(2026, 11, 6)),
)

_SUMMER_BREAK: Final = (date(2026, 5, 18), date(2026, 6, 7))
HOLIDAYS: Final = frozenset(
    {
        date(2026, 4, 14),  # Ambedkar Jayanti
        date(2026, 5, 1),  # Buddha Purnima
        date(2026, 6, 26),  # Muharram
        date(2026, 8, 28),  # Raksha Bandhan
        date(2026, 9, 4),  # Janmashtami
        date(2026, 9, 14),  # Ganesh Chaturthi
        date(2026, 10, 2),  # Gandhi Jayanti
        date(2026, 10, 20),  # Dussehra
    }
)


def is_school_day(day: date) -> bool:
    """Monday to Friday, no holiday, not in the summer break."""
    in_break = _SUMMER_BREAK[0] <= day <= _SUMMER_BREAK[1]
    return day.weekday() < 5 and day not in HOLIDAYS and not in_break


def days_of(term: Term) -> list[date]:
    """Each day of the term that has passed, weekends and holidays included."""
    last = min(term.ends_on, TODAY)
    return [term.starts_on + timedelta(n) for n in range((last - term.starts_on).days + 1)]


def school_days_of(term: Term) -> list[date]:
    """All school days of the term, those to come included."""
    length = (term.ends_on - term.starts_on).days + 1
    days = (term.starts_on + timedelta(n) for n in range(length))
    return [day for day in days if is_school_day(day)]


def at(day: date, seconds: int) -> datetime:
    """The instant so many seconds after the day's local midnight, in UTC."""
    midnight = datetime.combine(day, time(), ZONE)  # India knows no daylight saving time
    return (midnight + timedelta(seconds=seconds)).astimezone(UTC)
