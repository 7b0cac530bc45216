"""Counterparts at an earlier time, found by trying day by day, forwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from functools import cached_property, lru_cache

from reports.catalog.model import FieldType
from tests.reports.oracle.asked import Atom, Shift
from tests.reports.oracle.bins import Part
from tests.reports.oracle.calendar import DAY, Calendar, Span
from tests.reports.oracle.conditions import constant
from tests.reports.oracle.streams import Streams, Wire

_YEARS = 30
"""Around today: no question of the tests goes further."""
Moves = tuple[tuple[int, str], ...]


class Counterparts:
    """Of one question: which buckets can hold a day that was moved there."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self.calendar = streams.calendar
        self.bucket = streams.time["bucket"] if streams.time else ""
        self._known: dict[Moves, set[object]] = {}

    @cached_property
    def span(self) -> Span:
        """The days that the question is about."""
        if not self.streams.has_axis(self.streams.root):
            return Span()
        path = self.streams.moved_paths(self.streams.root)[0]
        numbers, found = self.streams.bounding(path)
        ends = (self._end(self.streams.filters[n], path.kind) for n in numbers)
        if found.upper in {end.date() for end in ends if end and end.time() != time()}:
            return replace(found, upper=found.upper + DAY)  # a part of that day is asked about
        return found

    def _end(self, wire: Wire, kind: FieldType) -> datetime | None:
        """The local moment at which a range ends, if it is a moment."""
        if wire["op"] not in {"between", "lt"} or not isinstance(wire.get("value"), list | str):
            return None
        last = constant(wire["value"], kind, self.calendar)
        last = last[-1] if isinstance(last, list) else last
        return self.calendar.local(last) if isinstance(last, datetime) else None

    def lacks(self, atom: Atom, part: Part) -> bool:
        """Return True if an aggregate has nothing to count in a bucket (None: in the range)."""
        return bool(atom.shifts) and atom.window is None and not self.has(atom.shifts, part)

    def has(self, shifts: tuple[Shift, ...], part: Part) -> bool:
        """Return True if some day moves into a bucket, or into the range at all."""
        moves = tuple((s.n, s.unit) for s in shifts)
        if all(unit in {"day", "week"} for _, unit in moves):
            return True
        if part is not None and self.bucket == "term" and self._moves_whole_terms(shifts):
            number = [t.code for t in self.calendar.terms].index(part[1])
            return number >= sum(n for n, unit in moves if unit == "term")
        if moves not in self._known:
            self._known[moves] = set(map(self._name, self._asked(landings(self.calendar, moves))))
        if part is None or self.bucket == "hourOfDay":
            return bool(self._known[moves])
        shown = part[0].date() if isinstance(part[0], datetime) else part[0]
        if shown in self._asked_about:
            return shown in self._known[moves]
        # It is there because of another measure, whose date isn't the one that is filtered.
        return any(self._name(day) == shown for day in landings(self.calendar, moves))

    def _moves_whole_terms(self, shifts: tuple[Shift, ...]) -> bool:
        is_open = self.span.lower is None and self.span.upper is None and not self.span.is_empty
        return is_open and all(s.until is None for s in shifts)

    def _asked(self, days: tuple[date, ...]) -> list[date]:
        if self.span.is_empty:
            return []
        lower, upper = self.span.lower or date.min, self.span.upper or date.max
        return [day for day in days if lower <= day < upper]

    @cached_property
    def _asked_about(self) -> set[object]:
        return set(map(self._name, self._asked(landings(self.calendar, ()))))

    def _name(self, day: date) -> object:
        if self.bucket in {"", "hour", "hourOfDay"}:
            return day
        found = self.calendar.bucket(day, self.bucket)
        return None if found is None else found[0]


@lru_cache(maxsize=64)
def landings(calendar: Calendar, moves: Moves) -> tuple[date, ...]:
    """The days to which days move, as they are and not shortened to the end of a month."""
    found: set[date] = set()
    day = calendar.today - _YEARS * 366 * DAY
    for _ in range(2 * _YEARS * 366):
        day += DAY
        here: date | None = day
        for n, unit in moves:
            there = calendar.moved(here, n, unit) if here is not None else None
            here = None if there is None or there[1] else there[0]
        if here is not None:
            found.add(here)
    return tuple(sorted(found))
