"""The rows of each group, for one entity as one kind of measure sees it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from reports.catalog.model import FieldType
from tests.reports.oracle.asked import Atom, Reader, Shift, Wire
from tests.reports.oracle.bins import Part, bin_of
from tests.reports.oracle.calendar import DAY, Span
from tests.reports.oracle.conditions import (
    RANGES,
    RELATIVE,
    Truth,
    compared,
    conjuncts,
    constant,
    holds,
    numbers,
    parsed,
    truth,
)
from tests.reports.oracle.data import Data, Row
from tests.reports.oracle.formulas import leaves, worth
from tests.reports.oracle.schema import NoWay, Path
from tests.reports.oracle.windows import Windows

Key = tuple[Part, ...]


@dataclass
class Stream:
    """The rows of an entity by group, and those that the grand total is about."""

    cells: dict[Key, list[Row]] = field(default_factory=dict)
    grand: list[Row] = field(default_factory=list)

    def put(self, key: Key, row: Row) -> None:
        """Add a row to a group."""
        self.cells.setdefault(key, []).append(row)


class Streams:
    """The groups and filters of one definition over one institution's rows."""

    def __init__(self, data: Data, definition: Wire) -> None:
        self.data = data
        self.schema = data.schema
        self.calendar = data.calendar
        self.definition = definition
        self.root: str = definition["entity"]
        self.filters: list[Wire] = list(definition.get("filters") or ())
        self.tree = parsed(definition.get("filterLogic"), len(self.filters))
        self.time: Wire | None = definition.get("time")
        self.dimensions: list[Wire] = [
            {"field": d} if isinstance(d, str) else d for d in definition.get("dimensions") or ()
        ]
        self._verdicts: dict[int, dict[tuple[Any, ...], Truth]] = {}

    # -- where rows belong

    def of(self, atom: Atom) -> Stream:
        """The groups of the rows that an aggregate is about."""
        if atom.window is not None:
            return Windows(self, atom, atom.window).put(Stream())
        return self.plain(atom.entity, atom.shifts)

    def plain(self, entity: str, shifts: tuple[Shift, ...] = ()) -> Stream:
        """The filtered rows of an entity by their groups."""
        found = Stream()
        moved = self.moved_paths(entity) if shifts else []
        for row in self.data.rows[entity]:
            dates = self._dates(entity, row, shifts, [])
            if moved and self._is_late(dates[moved[0]], shifts):
                continue
            if self.passes(entity, row, dates) is not True:
                continue
            if self.time is None:
                found.put(self.series(entity, row), row)
                found.grand.append(row)
                continue
            part = self._bucket(entity, row, dates, shifts)
            if part is None:
                continue
            in_days = self.time["bucket"] in {"day", "hour"}
            if not (in_days and shifts and self._is_nowhere(moved[0], row, shifts)):
                found.grand.append(row)
                found.put((part, *self.series(entity, row)), row)
        return found

    def _dates(
        self, entity: str, row: Row, shifts: tuple[Shift, ...], more: list[Path]
    ) -> dict[Path, Any]:
        """The dates of a row that are moved."""
        paths = [*self.moved_paths(entity), *more] if shifts else []
        return {path: self._moved(self.data.value(path)(row), shifts) for path in paths}

    def _is_nowhere(self, path: Path, row: Row, shifts: tuple[Shift, ...]) -> bool:
        """Return True if the later time has no such day, or its clocks skip the hour."""
        assert self.time is not None
        local, clamped = self._moved_local(self.data.value(path)(row), shifts)
        if self.time["bucket"] != "hour" or not isinstance(local, datetime):
            return clamped
        return clamped or not self.calendar.has_hour(
            local.replace(minute=0, second=0, microsecond=0)
        )

    def _moved(self, value: Any, shifts: tuple[Shift, ...]) -> Any:
        """The later date, or the instant; NULL where there is none."""
        local = self._moved_local(value, shifts)[0]
        return self.calendar.instant(local) if isinstance(local, datetime) else local

    def _moved_local(self, value: Any, shifts: tuple[Shift, ...]) -> tuple[Any, bool]:
        """The later date or local time, NULL where there is none; whether a day was clamped."""
        local = self.calendar.local(value) if isinstance(value, datetime) else value
        clamped = False
        for shift in shifts:
            if local is None:
                return None, False
            there = self.calendar.moved(_day(local), shift.n, shift.unit)
            if there is None:
                return None, False
            is_moment = isinstance(local, datetime)
            local = datetime.combine(there[0], local.time()) if is_moment else there[0]
            clamped = clamped or there[1]
        return local, clamped

    def _is_late(self, value: Any, shifts: tuple[Shift, ...]) -> bool:
        """Return True if a moved date lies after all that there is to compare with."""
        bounded = any(shift.until is not None for shift in shifts)
        if value is None:
            return bounded
        day = _day(self.calendar.local(value) if isinstance(value, datetime) else value)
        return any(shift.until is not None and day > shift.until for shift in shifts)

    def axis(self, entity: str) -> Path:
        """The date that is the time axis, as rows of ``entity`` see it."""
        assert self.time is not None
        if self.time["field"] == "time":
            return self.schema.path(entity, self.schema.shapes[entity].main_date)
        return self.schema.seen(self.schema.path(self.root, self.time["field"]), entity)

    def has_axis(self, entity: str) -> bool:
        """Return True if rows of ``entity`` have a place on the time axis."""
        if self.time is None or self.time["field"] != "time":
            return True
        return bool(self.schema.shapes[entity].main_date)

    def _bucket(
        self, entity: str, row: Row, dates: dict[Path, Any], shifts: tuple[Shift, ...]
    ) -> Part:
        assert self.time is not None
        axis = self.axis(entity)
        if self.time["bucket"] == "term" and [s.unit for s in shifts] == ["term"]:
            return self._later_term(self.data.value(axis)(row), shifts[0].n)
        value = dates[axis] if axis in dates else self.data.value(axis)(row)
        if value is None:
            return None
        local = self.calendar.local(value) if isinstance(value, datetime) else value
        return self.calendar.bucket(local, self.time["bucket"])

    def _later_term(self, value: Any, n: int) -> Part:
        """The n-th term after a row's own: where terms overlap, a day doesn't tell which."""
        terms = self.calendar.terms
        local = self.calendar.local(value) if isinstance(value, datetime) else value
        term = self.calendar.term_of(_day(local)) if value is not None else None
        if term is None or terms.index(term) + n >= len(terms):
            return None
        later = terms[terms.index(term) + n]
        return later.first, later.code

    def series(self, entity: str, row: Row) -> Key:
        """The dimensions of a row."""
        found: list[Part] = []
        for dimension in self.dimensions:
            path = self.schema.seen(self.schema.path(self.root, dimension["field"]), entity)
            value = self.data.value(path)(row)
            if value is not None and dimension.get("bins"):
                found.append(bin_of(value, dimension["bins"]))
            else:
                found.append(None if value is None else (value, value))
        return tuple(found)

    # -- filters

    def passes(
        self,
        entity: str,
        row: Row,
        dates: dict[Path, Any] | None = None,
        without: frozenset[int] = frozenset(),
    ) -> Truth:
        """Return the truth of: a row meets the report's filters; ``dates`` stand in for its own."""

        def of(number: int) -> Truth:
            if number in without:
                return True
            wire = self.filters[number]
            if "metric" in wire:
                return self._metric_filter(number, wire, entity, row)
            seen = self.schema.seen(self.schema.path(self.root, wire["field"]), entity)
            value = dates[seen] if dates and seen in dates else self.data.value(seen)(row)
            return self._holds(value, wire, seen.kind, lambda text: self._other(entity, row, text))

        return truth(self.tree, of)

    def _other(self, entity: str, row: Row, text: str) -> Any:
        path = self.schema.seen(self.schema.path(self.root, text), entity)
        return self.data.value(path)(row)

    def _holds(self, value: Any, wire: Wire, kind: FieldType, other: Any) -> Truth:
        named = wire.get("value")
        if isinstance(named, dict) and "field" in named:
            return compared(value, wire["op"], other(named["field"]), kind)
        return holds(value, dict(wire), kind, self.calendar)

    def meets(self, atom: Atom, row: Row) -> bool:
        """Return True if a row meets a measure's own conditions, which start at its entity."""
        get = self.data.getter(atom.entity, row)
        if atom.where and not atom.where(get):
            return False
        return all(
            self._holds(
                get(wire["field"]), wire, self.schema.path(atom.entity, wire["field"]).kind, get
            )
            is True
            for wire in atom.filters
        )

    def _metric_filter(self, number: int, wire: Wire, entity: str, row: Row) -> Truth:
        """A child's metric, calculated for the row of the root that ``row`` belongs to."""
        way = self.schema.way(entity, self.root)
        if way is None:
            raise NoWay(f"{entity} belongs to no row of {self.root}")
        root_row = self.data.parent(entity, row, way)
        if root_row is None:
            return None
        known = self._verdicts.setdefault(number, {})
        key = self.data.key(self.root, root_row)
        if key not in known:
            known[key] = self._verdict(wire, root_row)
        return known[key]

    def _verdict(self, wire: Wire, root_row: Row) -> Truth:
        from tests.reports.oracle.worth import fold

        inner = {k: wire[k] for k in ("metric", "filters") if k in wire}
        measure = Reader(self.schema, self.root).measure(inner)

        def of(atom: Atom) -> Any:
            way = self.schema.way(atom.entity, self.root) or ()
            children = [
                row
                for row in self.data.rows[atom.entity]
                if self.data.parent(atom.entity, row, way) is root_row
            ]
            return fold(self, atom, children)

        assert list(leaves(measure.formula))
        return holds(worth(measure.formula, of), dict(wire), measure.kind, self.calendar)

    # -- dates that filters bound

    def moved_paths(self, entity: str) -> list[Path]:
        """The dates that an offset moves: that of the axis, and the root's main date with it."""
        if self.time is None:
            return [self._filtered_date(entity)]
        found = [self.axis(entity)]
        main = self.schema.shapes[self.root].main_date
        if self.time["field"] == "time" and main:
            with suppress(NoWay):
                found.append(self.schema.seen(self.schema.path(self.root, main), entity))
        return found

    def _filtered_date(self, entity: str) -> Path:
        found = {
            self.schema.path(self.root, wire["field"])
            for wire in self.filters
            if "field" in wire and wire["op"] in RANGES
        }
        dates = {path for path in found if path.kind.is_time}
        if len(dates) > 1:
            dates &= {self.schema.path(self.root, self.schema.shapes[self.root].main_date)}
        if len(dates) != 1:
            raise NoWay("no one date that the filters bound")
        return self.schema.seen(dates.pop(), entity)

    def bounding(self, path: Path) -> tuple[frozenset[int], Span]:
        """The filters that every row must meet and that are about ``path`` alone: their span."""
        found: set[int] = set()
        span = Span()
        for part in conjuncts(self.tree):
            wires = {n: self.filters[n] for n in numbers(part)}
            if all("field" in w and self._sees(path, w["field"]) for w in wires.values()):
                found |= set(wires)
                if isinstance(part, int):
                    span = intersection(span, self._span(self.filters[part], path.kind))
        return frozenset(found), span

    def _sees(self, path: Path, text: str) -> bool:
        try:
            return self.schema.seen(self.schema.path(self.root, text), path.start) == path
        except NoWay:
            return False

    def _span(self, wire: Wire, kind: FieldType) -> Span:
        op, value = wire["op"], wire.get("value")
        if op in RELATIVE:
            assert isinstance(value, dict)
            return self.calendar.span(op, value.get("n", 1), value["unit"])
        if isinstance(value, dict) or op not in {"eq", *RANGES}:
            return Span()
        values = constant(value, kind, self.calendar)
        values = values if isinstance(values, list) else [values]
        local = self.calendar.local
        days = [_day(local(v) if isinstance(v, datetime) else v) for v in values]
        if op == "between":
            return Span(days[0], days[1])
        return {
            "eq": Span(days[0], days[0] + DAY),
            "gte": Span(days[0]),
            "gt": Span(days[0] + DAY),
            "lt": Span(None, days[0]),
            "lte": Span(None, days[0] + DAY),
        }[op]


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def intersection(one: Span, other: Span) -> Span:
    """The days in both."""
    lowers = [s.lower for s in (one, other) if s.lower]
    uppers = [s.upper for s in (one, other) if s.upper]
    return Span(
        max(lowers) if lowers else None,
        min(uppers) if uppers else None,
        one.is_empty or other.is_empty,
    )
