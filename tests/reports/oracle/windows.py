"""Rows that measures look back on, bucket by bucket, by days or by hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reports.catalog.model import FieldType
from tests.reports.oracle.asked import Atom, Window
from tests.reports.oracle.calendar import DAY, add
from tests.reports.oracle.data import Row

if TYPE_CHECKING:
    from tests.reports.oracle.streams import Stream, Streams

HOUR = timedelta(hours=1)
Moment = Any
"""A local day, or the beginning of a local hour."""


class Windows:
    """The window of one aggregate."""

    def __init__(self, streams: Streams, atom: Atom, window: Window) -> None:
        self.streams = streams
        self.calendar = streams.calendar
        self.atom = atom
        self.window = window
        self.bucket: str = streams.time["bucket"] if streams.time else ""
        self.in_hours = "hour" in {self.bucket, window.unit}
        self.one = HOUR if self.in_hours else DAY

    def put(self, found: Stream) -> Stream:
        """The rows that each bucket looks back on; the same row may be in several."""
        streams = self.streams
        without, span = streams.bounding(self.window.path)
        dated = list(self._dated(without))
        lower, upper = self._ends()
        lower = lower if lower is not None else min((m for m, _ in dated), default=None)
        upper = upper if upper is not None else max((m + self.one for m, _ in dated), default=None)
        if span.is_empty or lower is None or upper is None or lower >= upper:
            return found
        found.grand = self._seen_back(dated, upper)
        if streams.time is None:
            for row in found.grand:
                found.put(streams.series(self.atom.entity, row), row)
            return found
        for start, end in self._between(lower, upper):
            for row in self._seen_back(dated, end):
                found.put(((start, start), *streams.series(self.atom.entity, row)), row)
        return found

    def _ends(self) -> tuple[Moment | None, Moment | None]:
        """The range that the filters leave, in whole days or hours."""
        if self.window.path.kind is FieldType.DATE:
            span = self.streams.bounding(self.window.path)[1]
            return span.lower, span.upper
        from tests.reports.oracle.filling import ends_of

        lower, last = ends_of(self.streams, self.window.path)
        return (
            None if lower is None else self._floor(lower),
            None if last is None else self._floor(last) + self.one,
        )

    def _floor(self, local: datetime) -> Moment:
        return local.replace(minute=0, second=0, microsecond=0) if self.in_hours else local.date()

    def _dated(self, without: frozenset[int]) -> Iterator[tuple[Moment, Row]]:
        """The rows that meet the other filters, with their (moved) days or hours."""
        streams, path, shifts = self.streams, self.window.path, self.atom.shifts
        for row in streams.data.rows[self.atom.entity]:
            dates = streams._dates(self.atom.entity, row, shifts, [path])
            value = dates.get(path, streams.data.value(path)(row))
            if value is None or streams._is_late(value, shifts):
                continue
            if streams.passes(self.atom.entity, row, dates, without) is True:
                is_instant = isinstance(value, datetime)
                yield (self._floor(self.calendar.local(value)) if is_instant else value), row

    def _between(self, lower: Moment, upper: Moment) -> Iterator[tuple[Moment, Moment]]:
        if self.bucket == "hour":
            while lower < upper:
                if self.calendar.has_hour(lower):
                    yield lower, lower + HOUR
                lower += HOUR
            return
        start = self.calendar.start(_day(lower), self.bucket)
        while self._at(start) < upper:
            after = add(start, 1, self.bucket)
            yield start, self._at(after)  # the clocks of the tests' zones skip no day
            start = after

    def _at(self, day: date) -> Moment:
        return datetime(day.year, day.month, day.day) if self.in_hours else day

    def _seen_back(self, dated: list[tuple[Moment, Row]], end: Moment) -> list[Row]:
        start = self._start(end)
        return [row for m, row in dated if m < end and (start is None or m >= start)]

    def _start(self, end: Moment) -> Moment | None:
        window, last = self.window, end - self.one
        term = self.calendar.term_of(_day(last))
        if window.kind == "trailing":
            return self._back(end, term)
        if window.unit == "all":
            return None
        if window.unit == "hour":
            return last
        if window.unit == "term":
            return self._at(term.first) if term else end
        return self._at(self.calendar.start(_day(last), window.unit))

    def _back(self, end: Moment, term: Any) -> Moment:
        n, unit = self.window.n, self.window.unit
        if unit == "hour":
            return end - n * HOUR
        if unit == "term":
            if term is None:
                return end
            terms = self.calendar.terms
            place = terms.index(term) - n
            return (
                self._at(terms[0].first) if place < 0 else end - (term.first - terms[place].first)
            )
        back = add(_day(end), -n, unit)
        return datetime.combine(back, end.time()) if self.in_hours else back


def _day(moment: Moment) -> date:
    found: date = moment.date() if isinstance(moment, datetime) else moment
    return found
