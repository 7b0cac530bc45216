"""The school's year, as recurrences need it: terms and holidays."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

Span = tuple[date, date]
"""First and last day."""


@dataclass(frozen=True)
class SchoolCalendar:
    """Terms and holidays as spans of days, in their order. Hashable, so that results are cached."""

    terms: tuple[Span, ...] = ()
    holidays: tuple[Span, ...] = ()

    @classmethod
    def of(cls, terms: Iterable[Span], holidays: Iterable[Span]) -> SchoolCalendar:
        """Return a calendar of spans in any order."""
        return cls(tuple(sorted(terms)), tuple(sorted(holidays)))

    def term_of(self, day: date) -> Span | None:
        """Return the term of a day; of two that overlap the one that began last."""
        return _last_around(self.terms, day)

    def is_holiday(self, day: date) -> bool:
        """Return True if the day lies in a holiday."""
        return _last_around(self.holidays, day) is not None


def _last_around(spans: tuple[Span, ...], day: date) -> Span | None:
    before = spans[: bisect_right(spans, (day, date.max))]
    return next((span for span in reversed(before) if span[1] >= day), None)
