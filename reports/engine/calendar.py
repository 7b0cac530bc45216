"""The institution's calendar: what "today" and "this term" mean for a snapshot.

"Now" is the instant at which the snapshot was taken, in the institution's time zone; so the
same definition over the same snapshot has one answer, whenever it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reports.compiler.parameters import (
    Counterparts,
    Edge,
    FirstWeekday,
    Instant,
    Late,
    Today,
    Zone,
)
from reports.engine.counterparts import Days
from reports.language.report import Constant, Relative
from reports.zones import local_time

_ONE_DAY = timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Term:
    """A term of the institution, both days included."""

    starts_on: date
    ends_on: date
    code: str = ""


Range = tuple[date | None, date | None]
"""Half-open, ``[from, to)``; (None, None) matches nothing."""


@dataclass(frozen=True)
class Calendar:
    """Today, the zone, the week and the terms (in order of their start)."""

    today: date
    zone: str
    first_weekday: int
    terms: tuple[Term, ...] = ()

    @classmethod
    def at(
        cls, moment: datetime, zone: str, first_weekday: int, terms: tuple[Term, ...]
    ) -> Calendar:
        """The calendar on the local day of ``moment``."""
        today = moment.astimezone(ZoneInfo(zone)).date()
        return cls(today, zone, first_weekday, terms)

    @property
    def term_days(self) -> tuple[tuple[date, date], ...]:
        """The first and last day of each term."""
        return tuple((term.starts_on, term.ends_on) for term in self.terms)

    @property
    def year_month(self) -> int:
        """The month in which the academic year begins.

        The earliest of August, September and October in which a term begins, else the
        earliest of the year in which one does; September if there are no terms.
        """
        months = {term.starts_on.month for term in self.terms}
        autumn = [month for month in (8, 9, 10) if month in months]
        return autumn[0] if autumn else min(months, default=9)

    def bind(self, values: Mapping[str, Constant | Late]) -> dict[str, Any]:
        """The values of a statement's parameters."""
        return {name: self._value(value) for name, value in values.items()}

    def _value(self, value: Constant | Late) -> object:
        if isinstance(value, Edge):
            lower, upper = self.range_of(value.relative)
            edge = lower if value.side == "from" else upper
            return self.instant(edge) if value.as_instant and edge else edge
        if isinstance(value, Instant):
            assert isinstance(value.value, date)
            return self._after(value.value) if value.is_after else self.instant(value.value)
        if isinstance(value, Counterparts):
            return Days(value, self).value
        if isinstance(value, Today):
            return self.today
        if isinstance(value, FirstWeekday):
            return self.first_weekday - 1
        return self.zone if isinstance(value, Zone) else value

    def _after(self, day: date) -> datetime:
        """The first moment after a day; of the last day of all, the last that there is."""
        if day >= date.max:
            return datetime.combine(day, time.max)
        return self.instant(day + _ONE_DAY)

    def day_of(self, moment: datetime) -> date:
        """The local day of an instant; at the ends of all time the day in UTC."""
        local = local_time(moment, self.zone)
        return moment.date() if local is None else local.date()

    def day_of_constant(self, value: date | datetime) -> date:
        """The local day that a constant names, or in which its moment lies."""
        if not isinstance(value, datetime):
            return value
        return value.date() if value.tzinfo is None else self.day_of(value)

    def instant(self, value: date | datetime) -> datetime:
        """The UTC instant, naive as the snapshot stores it; the first day begins with all time."""
        if value == date.min:
            return datetime.combine(date.min, time())
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.zone))
        try:
            return moment.astimezone(UTC).replace(tzinfo=None)
        except OverflowError:  # the first or last day of all, in another zone
            return moment.replace(tzinfo=None)

    def range_of(self, relative: Relative) -> Range:
        """The days that a relative operator means.

        ``inLast`` ends with today and ``inNext`` begins with it; ``inCurrent`` and
        ``inPrevious`` are whole calendar units; ``olderThan`` ends that long before today.
        """
        try:
            lower, upper = self._range(relative)
        except OverflowError:  # before the year 1 or after 9999: the edge of all dates
            lower = self.today if relative.op == "inNext" else date.min
            return lower, date.min if relative.op == "olderThan" else date.max
        is_open = relative.op == "olderThan"
        is_known = upper is not None and (is_open or lower is not None)
        return (lower, upper) if is_known else (None, None)

    def _range(self, relative: Relative) -> Range:
        match relative.op:
            case "inCurrent":
                return self._current(relative.unit)
            case "inPrevious":
                return self._previous(relative.unit)
            case "olderThan":
                return None, self._long_ago(relative.n, relative.unit)
            case "inLast":
                return self._last(relative.n, relative.unit)
            case "inNext":
                return self._next(relative.n, relative.unit)
            case _:
                raise AssertionError(relative.op)

    def earlier(self, day: date, n: int, unit: str) -> date | None:
        """The day ``n`` units before ``day``; None where there is no such day."""
        if unit == "term":
            return self._in_earlier_term(day, n)
        try:
            moved = self._moved(day, -n, unit)
        except OverflowError:
            return None
        return moved if unit in {"day", "week"} or moved.day == day.day else None

    def term_number(self, day: date) -> int | None:
        """The place of the term that a day belongs to: of several, the one that began last."""
        for number in reversed(range(len(self.terms))):
            if self.terms[number].starts_on <= day <= self.terms[number].ends_on:
                return number
        return None

    def _in_earlier_term(self, day: date, n: int) -> date | None:
        number = self.term_number(day)
        if number is None or not 0 <= number - n < len(self.terms):
            return None
        moved = self.terms[number - n].starts_on + (day - self.terms[number].starts_on)
        return moved if self.term_number(moved) == number - n else None

    def _last(self, n: int, unit: str) -> Range:
        tomorrow = self.today + _ONE_DAY
        start = self._term_start(n - 1) if unit == "term" else self._moved(tomorrow, -n, unit)
        return start, tomorrow

    def _next(self, n: int, unit: str) -> Range:
        end = self._end_of_terms(n) if unit == "term" else self._moved(self.today, n, unit)
        return self.today, end

    def _long_ago(self, n: int, unit: str) -> date | None:
        return self._term_start(n) if unit == "term" else self._moved(self.today, -n, unit)

    def _moved(self, day: date, n: int, unit: str) -> date:
        if unit in {"day", "week"}:
            return day + timedelta(days=n * (7 if unit == "week" else 1))
        months = day.year * 12 + day.month - 1 + n * _MONTHS.get(unit, 1)
        year, month = divmod(months, 12)
        if not 1 <= year <= 9999:
            raise OverflowError
        return _in_month(year, month + 1, day.day)

    def _current(self, unit: str) -> Range:
        if unit == "term":
            found = [t for t in self.terms if t.starts_on <= self.today <= t.ends_on]
            if not found:
                return None, None
            return found[-1].starts_on, found[-1].ends_on + _ONE_DAY
        start = self._start_of(unit)
        return start, self._moved(start, 1, unit)

    def _previous(self, unit: str) -> Range:
        if unit == "term":
            # Of terms that overlap too it is the one that began before, as in a comparison.
            start = self._current("term")[0]
            if start is None:
                found = [t for t in self.terms if t.ends_on < self.today]
            else:
                found = [t for t in self.terms if t.starts_on <= start][:-1]
            if not found:
                return None, None
            return found[-1].starts_on, found[-1].ends_on + _ONE_DAY
        start = self._start_of(unit)
        return self._moved(start, -1, unit), start

    def _start_of(self, unit: str) -> date:
        today = self.today
        match unit:
            case "day":
                return today
            case "week":
                return today - timedelta(days=(today.isoweekday() - self.first_weekday) % 7)
            case "month":
                return today.replace(day=1)
            case "quarter":
                return date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
            case "year":
                return date(today.year, 1, 1)
            case _:
                raise AssertionError(unit)

    def _term_start(self, back: int) -> date | None:
        """The start of the term ``back`` terms before the newest one that has begun."""
        begun = [t for t in self.terms if t.starts_on <= self.today]
        if not begun:
            return None
        return begun[max(len(begun) - 1 - back, 0)].starts_on

    def _end_of_terms(self, n: int) -> date | None:
        """The end of the n-th term that isn't over yet."""
        ahead = [t for t in self.terms if t.ends_on >= self.today]
        return ahead[min(n, len(ahead)) - 1].ends_on + _ONE_DAY if ahead else None


def _in_month(year: int, month: int, day: int) -> date:
    """The day of the month, or the last one of a shorter month."""
    first_of_next = (
        date(year + month // 12, month % 12 + 1, 1) if year < 9999 or month < 12 else None
    )
    last = 31 if first_of_next is None else (first_of_next - _ONE_DAY).day
    return date(year, month, min(day, last))
