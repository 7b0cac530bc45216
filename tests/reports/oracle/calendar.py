"""Days, terms, buckets: what dates mean to one institution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Term:
    """A term, both days included."""

    code: str
    first: date
    last: date


@dataclass(frozen=True)
class Span:
    """Days from ``lower`` up to but without ``upper``; None: open. ``is_empty``: no day at all."""

    lower: date | None = None
    upper: date | None = None
    is_empty: bool = False


def add_months(day: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(number, day.day))
        except ValueError:
            continue
    raise AssertionError(day)


def add(day: date, n: int, unit: str) -> date:
    """``day`` moved by days, weeks, months, quarters or years."""
    if unit in DAYS:
        return day + timedelta(days=n * DAYS[unit])
    return add_months(day, n * MONTHS[unit])


@dataclass(frozen=True)
class Calendar:
    """Today, the zone, the first day of the week (1: Monday), the terms by their start."""

    today: date
    zone: ZoneInfo
    first_weekday: int
    terms: tuple[Term, ...]

    # -- instants

    def local(self, moment: datetime) -> datetime:
        """A stored (naive, UTC) instant on the institution's clock."""
        return moment.replace(tzinfo=UTC).astimezone(self.zone).replace(tzinfo=None)

    def instant(self, value: date | datetime) -> datetime:
        """A local day's midnight, or a moment, as the snapshot stores it."""
        if not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)
        if value.tzinfo is None:
            value = value.replace(tzinfo=self.zone)
        return value.astimezone(UTC).replace(tzinfo=None)

    # -- terms

    def term_of(self, day: date) -> Term | None:
        """The term in which a day lies; of several the one that began last."""
        found = [t for t in self.terms if t.first <= day <= t.last]
        return found[-1] if found else None

    def moved(self, day: date, n: int, unit: str) -> tuple[date, bool] | None:
        """``day`` shifted by ``n`` units, and whether it had to be clamped; None: it drops out."""
        if unit != "term":
            there = add(day, n, unit)
            return there, unit in MONTHS and there.day != day.day
        term = self.term_of(day)
        if term is None:
            return None
        number = self.terms.index(term) + n
        if not 0 <= number < len(self.terms):
            return None
        goal = self.terms[number]
        wanted = goal.first + (day - term.first)
        return (wanted, False) if self.term_of(wanted) == goal else None

    # -- relative ranges

    def span(self, op: str, n: int, unit: str) -> Span:
        """The days that a relative operator means, seen from today."""
        tomorrow = self.today + DAY
        if op == "inLast":
            lower = self._begun(n - 1) if unit == "term" else add(tomorrow, -n, unit)
            return Span(lower, tomorrow) if lower else Span(is_empty=True)
        if op == "inNext":
            upper = self._ahead(n) if unit == "term" else add(self.today, n, unit)
            return Span(self.today, upper) if upper else Span(is_empty=True)
        if op == "olderThan":
            upper = self._begun(n) if unit == "term" else add(self.today, -n, unit)
            return Span(None, upper) if upper else Span(is_empty=True)
        if unit == "term":
            return self._term_span(op)
        start = self.start(self.today, unit)
        if op == "inCurrent":
            return Span(start, add(start, 1, unit))
        return Span(add(start, -1, unit), start)

    def _term_span(self, op: str) -> Span:
        term = self.term_of(self.today)
        if op == "inPrevious":
            if term:
                number = self.terms.index(term)
                before = list(self.terms[:number])
            else:
                before = [t for t in self.terms if t.last < self.today]
            term = before[-1] if before else None
        return Span(term.first, term.last + DAY) if term else Span(is_empty=True)

    def _begun(self, back: int) -> date | None:
        begun = [t.first for t in self.terms if t.first <= self.today]
        return begun[max(0, len(begun) - 1 - back)] if begun else None

    def _ahead(self, n: int) -> date | None:
        ends = [t.last for t in self.terms if t.last >= self.today]
        return ends[min(n, len(ends)) - 1] + DAY if ends else None

    # -- buckets

    def start(self, day: date, unit: str) -> date:
        """The first day of the day, week, month, quarter or year in which a day lies."""
        if unit == "day":
            return day
        if unit == "week":
            while day.isoweekday() != self.first_weekday:
                day -= DAY
            return day
        if unit == "month":
            return day.replace(day=1)
        if unit == "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        assert unit == "year", unit
        return day.replace(month=1, day=1)

    def bucket(self, value: date | datetime, bucket: str) -> tuple[Any, Any] | None:
        """The bucket of a local day or moment: what it sorts by, and how it is shown."""
        moment = value if isinstance(value, datetime) else None
        day = value.date() if isinstance(value, datetime) else value
        if bucket == "hour":
            assert moment is not None
            hour = moment.replace(minute=0, second=0, microsecond=0)
            return hour, hour
        if bucket in {"term", "weekOfTerm"}:
            return self._term_bucket(day, bucket)
        if bucket == "academicYear":
            return self.academic_year(day)
        part = {
            "hourOfDay": moment.hour if moment else None,
            "dayOfWeek": day.isoweekday(),
            "dayOfMonth": day.day,
            "monthOfYear": day.month,
        }
        found = part[bucket] if bucket in part else self.start(day, bucket)
        return found, found

    def _term_bucket(self, day: date, bucket: str) -> tuple[Any, Any] | None:
        term = self.term_of(day)
        if term is None:
            return None
        if bucket == "term":
            return term.first, term.code
        week = self.week_of(term, day)
        return week, week

    def week_of(self, term: Term, day: date) -> int:
        """The week of the term; the first is the one in which the term starts."""
        return (self.start(day, "week") - self.start(term.first, "week")).days // 7 + 1

    def has_hour(self, hour: datetime) -> bool:
        """Return True if the clocks show any minute of an hour."""
        minutes = (hour + timedelta(minutes=n) for n in range(0, 60, 15))
        return any(self.local(self.instant(minute)) == minute for minute in minutes)

    def academic_year(self, day: date) -> tuple[int, str]:
        """The academic year: its number, and how it is written."""
        months = sorted({t.first.month for t in self.terms})
        autumn = [m for m in months if m in (8, 9, 10)]
        first = (autumn or months or [9])[0]
        year = day.year if day.month >= first else day.year - 1
        return year, str(year) if first == 1 else f"{year}/{(year + 1) % 100:02d}"

    def buckets(self, bucket: str, lower: Any, upper: Any) -> Iterator[tuple[Any, Any]]:
        """Every bucket from that of ``lower`` to that of ``upper``, both local days or moments."""
        if bucket == "hour":
            while lower <= upper:
                if self.has_hour(lower):
                    yield lower, lower
                lower += timedelta(hours=1)
        elif bucket == "academicYear":
            for year in range(self.academic_year(lower)[0], self.academic_year(upper)[0] + 1):
                found = self.academic_year(date(year, 12, 31))
                yield found
        else:
            here = self.start(lower, bucket)
            while here <= upper:
                yield here, here
                here = add(here, 1, bucket)
