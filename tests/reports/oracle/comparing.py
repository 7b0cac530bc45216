"""The same question about an earlier time, lined up with today's groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from tests.reports.oracle.asked import Atom, Measure, Shift, atoms
from tests.reports.oracle.bins import Part
from tests.reports.oracle.calendar import DAY, MONTHS, add
from tests.reports.oracle.conditions import RELATIVE
from tests.reports.oracle.counterparts import Counterparts
from tests.reports.oracle.data import Row
from tests.reports.oracle.formulas import mapped, worth
from tests.reports.oracle.schema import NoWay
from tests.reports.oracle.streams import Key, Stream, Streams
from tests.reports.oracle.worth import fold

ANYTHING: Final = object()
"""A cell about which the contract says nothing."""

_CYCLE: Final = {
    "hour": "day",
    "hourOfDay": "day",
    "dayOfWeek": "week",
    "dayOfMonth": "month",
    "monthOfYear": "year",
    "weekOfTerm": "term",
    "academicYear": "year",
}
"""The bucket before, where a bucket isn't a unit: the cycle before."""


class Comparison:
    """Each measure as if its dates were later, over the same filters."""

    def __init__(self, streams: Streams, measures: list[Measure]) -> None:
        self.streams = streams
        self.calendar = streams.calendar
        self.counterparts = Counterparts(streams)
        self.shift: Shift | None = None
        self.formulas = [mapped(m.formula, self._earlier_atom) for m in measures]
        shifted = [replace(m, formula=f) for m, f in zip(measures, self.formulas, strict=True)]
        self.rows: dict[Atom, Stream] = {atom: streams.of(atom) for atom in atoms(shifted)}
        self.measures = measures

    def _earlier_atom(self, atom: Atom) -> Atom:
        n, unit = self._step(atom.entity)
        self.shift = Shift(n, unit)
        later = Shift(n, unit, self._last_day(atom.entity))
        return replace(atom, shifts=(*atom.shifts, later))

    def _last_day(self, entity: str) -> date:
        """Today, or the last date among the rows that are asked about if that is later."""
        value = self.streams.data.value(self.streams.moved_paths(entity)[0])
        rows = self.streams.data.rows[entity]
        found = [value(row) for row in rows if self.streams.passes(entity, row) is True]
        days = [
            self.calendar.local(v).date() if isinstance(v, datetime) else v
            for v in found
            if v is not None
        ]
        return max([self.calendar.today, *days])

    def _step(self, entity: str) -> tuple[int, str]:
        to = self.streams.definition["compare"]["to"]
        if to in {"previousYear", "previousTerm"}:
            return 1, "year" if to == "previousYear" else "term"
        path = self.streams.moved_paths(self.streams.root)[0]
        bounding, span = self.streams.bounding(path)
        for number in sorted(bounding):
            wire = self.streams.filters[number]
            if wire["op"] in RELATIVE and wire["op"] != "olderThan":
                return wire["value"].get("n", 1), wire["value"]["unit"]
        if span.lower is not None and span.upper is not None:
            return self._length(span.lower, span.upper)
        time = self.streams.time
        if time is None:
            raise NoWay("no period to compare with")
        bucket: str = time["bucket"]
        return 1, _CYCLE.get(bucket, bucket)

    def _length(self, lower: date, upper: date) -> tuple[int, str]:
        if lower.day == upper.day == 1:
            months = (upper.year - lower.year) * 12 + upper.month - lower.month
            return months, "month"
        if any((t.first, t.last + DAY) == (lower, upper) for t in self.calendar.terms):
            return 1, "term"
        return (upper - lower).days, "day"

    def values(self, key: Key) -> list[Any]:
        """The compared values of one group; none if no day of it has a counterpart."""
        return self._valued(key, lambda atom: self.rows[atom].cells.get(key, []))

    def total(self, key: Key) -> list[Any]:
        """The compared values of a total, whose groups are ``key``: over all of their rows."""
        return self._valued(key, lambda atom: self._under(atom, key))

    def _under(self, atom: Atom, key: Key) -> list[Row]:
        if not key:
            return self.rows[atom].grand
        cells = self.rows[atom].cells.items()
        return [row for groups, rows in cells if groups[: len(key)] == key for row in rows]

    def _valued(self, key: Key, rows: Callable[[Atom], list[Row]]) -> list[Any]:
        part = key[0] if key and self.streams.time is not None else None
        is_alone = self.shift is not None and not self.counterparts.has(
            (replace(self.shift, until=self.calendar.today),), part
        )

        def of(atom: Atom) -> Any:
            is_empty = self.counterparts.lacks(atom, part)
            return None if is_empty else fold(self.streams, atom, rows(atom))

        return [
            ANYTHING if measure.calc else None if is_alone else worth(formula, of)
            for formula, measure in zip(self.formulas, self.measures, strict=True)
        ]

    def earlier(self, part: Part) -> Any:
        """The start of the bucket with which a bucket is compared."""
        time, shift = self.streams.time, self.shift
        if time is None or part is None or shift is None:
            return ANYTHING
        bucket, start = time["bucket"], part[0]
        if bucket == "day":
            return self._day_before(start, shift)
        if bucket == "week" and shift.unit in {"day", "week"}:
            back = add(start, -shift.n, shift.unit)
            return back if self.calendar.start(back, "week") == back else ANYTHING
        if bucket in MONTHS and shift.unit in MONTHS and MONTHS[shift.unit] >= MONTHS[bucket]:
            return add(start, -shift.n, shift.unit)
        return ANYTHING

    def _day_before(self, start: date, shift: Shift) -> Any:
        if shift.unit == "term":
            return self._in_term_before(start, shift.n)
        back = add(start, -shift.n, shift.unit)
        there = self.calendar.moved(back, shift.n, shift.unit)
        return back if there == (start, False) else None

    def _in_term_before(self, day: date, n: int) -> date | None:
        terms = self.calendar.terms
        term = self.calendar.term_of(day)
        if term is None or terms.index(term) < n:
            return None
        before = terms[terms.index(term) - n]
        back = before.first + (day - term.first)
        return back if self.calendar.term_of(back) == before else None
