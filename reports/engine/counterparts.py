"""The days of a question that have an earlier one to be compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final

from reports.compiler.buckets import week_start
from reports.compiler.parameters import Counterparts
from reports.language.report import Condition, Constant

if TYPE_CHECKING:
    from reports.engine.calendar import Calendar

_ONE: Final = timedelta(days=1)
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_ENOUGH: Final = 400
"""Among so many days in a row each part of a date has a day with a counterpart, months earlier."""
Key = date | int
"""A bucket as SQL has it: its first day, its number, the number of the part."""
Span = tuple[date | None, date | None]
"""The first day and the day after the last; None: open."""
EMPTY: Final[Span] = (date.max, date.min)


class Days:
    """The days that a question asks about, by bucket."""

    def __init__(self, asked: Counterparts, calendar: Calendar) -> None:
        self._asked = asked
        self._calendar = calendar
        self._known: dict[Key, bool] = {}
        self._first, self._after = span_of(asked.ranges, calendar)
        self._by_terms = any(shift.unit == "term" for shift in asked.shifts)

    @property
    def value(self) -> object:
        """The answer as the value of a parameter."""
        if self._asked.wanted == "any":
            return self.has_any
        is_wanted = self._asked.wanted == "having"
        keys = dict.fromkeys(self.key(day) for day in self._where_they_differ())
        return [key for key in keys if key is not None and self.has(key) == is_wanted]

    @property
    def has_any(self) -> bool:
        """True if any day has a counterpart."""
        return any(map(self._has_earlier, self._some()))

    def has(self, key: Key) -> bool:
        """Return True if any day of a bucket has a counterpart: of the days that are asked about.

        A bucket outside the range is there because of another measure; all its days count.
        """
        if key not in self._known:
            self._known[key] = self._has(key)
        return self._known[key]

    def _has(self, key: Key) -> bool:
        shifts = self._asked.shifts
        is_open = self._first is None and self._after is None
        if self._asked.bucket == "term" and is_open and not any(s.partial for s in shifts):
            # Without a range whole terms are moved, as long as they are.
            back = sum(s.n for s in shifts if s.unit == "term")
            return isinstance(key, int) and key >= back
        days = self._days_of(key)
        first = next(days, None)
        if first is None and not is_open:
            whole = replace(self._asked, ranges=())
            return Days(whole, self._calendar).has(key)
        return first is not None and any(map(self._has_earlier, chain((first,), days)))

    def _has_earlier(self, day: date) -> bool:
        found: date | None = day
        for shift in reversed(self._asked.shifts):
            if found is None:
                return False
            found = self._calendar.earlier(found, shift.n, shift.unit)
        return found is not None

    # -- buckets

    def key(self, day: date) -> Key | None:
        """The bucket of a day; None if no bucket holds it."""
        calendar, bucket = self._calendar, self._asked.bucket
        parts = {"dayOfWeek": day.isoweekday(), "dayOfMonth": day.day, "monthOfYear": day.month}
        if bucket in parts:
            return parts[bucket]
        if bucket in {"term", "weekOfTerm"}:
            return self._in_term(day, calendar.term_number(day))
        if bucket == "academicYear":
            return day.year - (day.month < calendar.year_month)
        if bucket == "week":
            return week_start(day, calendar.first_weekday)
        step = _MONTHS.get(bucket)
        return day.replace(month=(day.month - 1) // step * step + 1, day=1) if step else day

    def _in_term(self, day: date, number: int | None) -> int | None:
        if number is None or self._asked.bucket == "term":
            return number
        first, weekday = self._calendar.terms[number].starts_on, self._calendar.first_weekday
        return (week_start(day, weekday) - week_start(first, weekday)).days // 7 + 1

    def _days_of(self, key: Key) -> Iterator[date]:
        bucket = self._asked.bucket
        if bucket == "hourOfDay":
            return self._some()
        if isinstance(key, date):
            if bucket in _MONTHS:
                return self._inside(key, _months_later(key, _MONTHS[bucket]))
            return self._inside(key, _days_later(key, 7 if bucket == "week" else 1))
        if bucket == "academicYear":
            first = date(key, self._calendar.year_month, 1)
            return self._inside(first, _months_later(first, 12))
        return (day for day in chain(self._term_days(), self._range()) if self.key(day) == key)

    # -- days: as few as decide

    def _where_they_differ(self) -> Iterator[date]:
        """Days of every bucket that has a counterpart in a term, or lacks one by months."""
        first, after = self._first, self._after
        if self._by_terms or self._asked.bucket in {"term", "weekOfTerm"}:
            for term in self._calendar.terms:
                yield from _days(term.starts_on, _days_later(term.ends_on, 1))
            yield from self._moved_out_of_terms()
        elif first is not None and after is not None and (after - first).days <= _ENOUGH:
            yield from self._inside(first, after)
        else:  # only buckets that the range cuts can be left with the last days of a month
            yield from () if first is None else (first,)
            yield from () if after is None else (after - _ONE,)

    def _some(self) -> Iterator[date]:
        """Days among which there is one that has a counterpart, if there is any."""
        return self._term_days() if self._by_terms else self._range()

    def _range(self) -> Iterator[date]:
        """As many days of the range as have every part of a date."""
        first = self._first or _days_later(self._after or self._calendar.today, -_ENOUGH)
        return self._inside(first, _days_later(first, _ENOUGH))

    def _term_days(self) -> Iterator[date]:
        """Days of terms that are asked about, and those that are days of terms once moved back."""
        for term in self._calendar.terms:
            yield from self._inside(term.starts_on, _days_later(term.ends_on, 1))
        for day in self._moved_out_of_terms():
            yield from self._inside(day, _days_later(day, 1))

    def _moved_out_of_terms(self) -> Iterator[date]:
        units = [shift.unit for shift in self._asked.shifts]
        later = self._asked.shifts[units.index("term") + 1 :] if self._by_terms else ()
        if not later:
            return
        for term in self._calendar.terms:
            for day in _days(term.starts_on, _days_later(term.ends_on, 1)):
                moved: date | None = day
                for shift in later:
                    if moved is not None:
                        moved = self._calendar.earlier(moved, -shift.n, shift.unit)
                if moved is not None:
                    yield moved

    def _inside(self, first: date, after: date) -> Iterator[date]:
        """The days of a range that are asked about."""
        first = first if self._first is None else max(first, self._first)
        return _days(first, after if self._after is None else min(after, self._after))


def _days(first: date, after: date) -> Iterator[date]:
    return map(date.fromordinal, range(first.toordinal(), after.toordinal()))


def _days_later(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _months_later(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1) if year <= date.max.year else date.max


def span_of(ranges: Iterable[Condition], calendar: Calendar) -> Span:
    """The days that all of some conditions on one date leave."""
    first, after = None, None
    for condition in ranges:
        low, high = _span(condition, calendar)
        first = low if first is None or (low is not None and low > first) else first
        after = high if after is None or (high is not None and high < after) else after
    return first, after


def _span(condition: Condition, calendar: Calendar) -> Span:
    if condition.relative is not None:
        found = calendar.range_of(condition.relative)
        return EMPTY if found == (None, None) else found
    if condition.op not in {"eq", "lt", "lte", "gt", "gte", "between"}:
        return None, None
    low, high = _days_around(condition.values[0], calendar)
    last, beyond = _days_around(condition.values[-1], calendar)
    spans: dict[str, Span] = {
        "eq": (low, beyond),
        "gte": (low, None),
        "gt": (high if _is_day(condition.values[0]) else low, None),
        "lte": (None, beyond),
        "lt": (None, last if _is_first(condition.values[-1], calendar) else beyond),
        "between": (low, last if _is_first(condition.values[-1], calendar) else beyond),
    }
    return spans[condition.op]


def _is_day(value: Constant) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_first(value: Constant, calendar: Calendar) -> bool:
    """Return True if a constant is a day, or the first moment of one: an end outside it."""
    if not isinstance(value, datetime):
        return True
    day = calendar.day_of_constant(value)
    return calendar.instant(day) == calendar.instant(value)


def _days_around(value: Constant, calendar: Calendar) -> tuple[date, date]:
    """The local day of a constant, and the next one."""
    assert isinstance(value, date), "asked of dates and instants alone"
    day = calendar.day_of_constant(value)
    return day, _days_later(day, 1)
