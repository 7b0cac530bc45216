"""The oracle's answer to a definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from reports.catalog.model import FieldType
from tests.reports.oracle.asked import Atom, Measure, Reader, Wire, atoms
from tests.reports.oracle.calculations import along, ranks, share
from tests.reports.oracle.comparing import ANYTHING, Comparison
from tests.reports.oracle.conditions import holds
from tests.reports.oracle.counterparts import Counterparts
from tests.reports.oracle.data import Data, Row
from tests.reports.oracle.filling import filled
from tests.reports.oracle.formulas import worth
from tests.reports.oracle.schema import Path
from tests.reports.oracle.streams import Key, Stream, Streams
from tests.reports.oracle.worth import fold

Cells = tuple[Any, ...]


@dataclass(frozen=True)
class Line:
    """A row of the answer: its group, its cells, what it was sorted by."""

    group: Key
    cells: Cells
    sorted_by: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Answer:
    """All rows in order (those beyond ``limit`` too), the totals, the compared rows."""

    lines: tuple[Line, ...]
    limit: int | None
    totals: tuple[tuple[int, Cells], ...] | None
    compare: tuple[Cells, ...] | None
    compared_totals: tuple[tuple[int, Cells], ...] | None = None
    is_order_loose: bool = False


def answer(data: Data, definition: Wire, before: Data | None = None) -> Answer:
    """The answer to a definition that the engine accepts; ``before`` is the other snapshot."""
    made = _listing(data, definition)
    if made is None:
        groups = _Groups(data, definition)
        made = groups.answer()
        width, nothing = groups.width, groups.over_nothing
    else:
        width, nothing = 0, (None,) * len(definition["columns"])
    if before is None or (definition.get("compare") or {}).get("to") != "snapshot":
        return made
    without = ("having", "sort", "limit", "compare", "totals" * bool(definition.get("having")))
    other = answer(before, {k: v for k, v in definition.items() if k not in without})
    shown = made.lines[: made.limit]
    known = {_name(line, width): line.cells for line in other.lines}
    rows = tuple(known.get(_name(line, width), (*line.cells[:width], *nothing)) for line in shown)
    then = {(level, cells[:width]): cells for level, cells in other.totals or ()}
    totals = [
        (
            level,
            _without_calculations(
                then.get((level, cells[:width]), (*cells[:width], *nothing)), width, definition
            ),
        )
        for level, cells in made.totals or ()
    ]
    shows_totals = made.totals is not None and not definition.get("having")
    return replace(
        made,
        compare=tuple(_without_calculations(r, width, definition) for r in rows),
        compared_totals=tuple(totals) if shows_totals else None,
    )


def _name(line: Line, width: int) -> Cells:
    """Return what lines up the rows of two snapshots: the group, or the key of a record."""
    return line.cells[:width] if width else tuple(line.group)


def _without_calculations(row: Cells, width: int, definition: Wire) -> Cells:
    measures = definition.get("measures") or ()
    calcs = {n for n, m in enumerate(measures, start=width) if isinstance(m, dict) and "calc" in m}
    return tuple(ANYTHING if n in calcs else cell for n, cell in enumerate(row))


def placed(part: Any, *, descending: bool = False) -> tuple[Any, ...]:
    """A sort key: NULL last in both directions."""
    return (1, 0) if part is None else (0, _Reversed(part) if descending else part)


class _Reversed:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Reversed) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash(self.value)


def shown(value: Any, kind: FieldType) -> Any:
    """A stored instant is aware in a result."""
    if kind is FieldType.TIMESTAMP and isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return value


def _listing(data: Data, definition: Wire) -> Answer | None:
    if definition["mode"] != "rows":
        return None
    streams = Streams(data, definition)
    root = streams.root
    columns = {text: data.schema.path(root, text) for text in definition["columns"]}
    rows = [row for row in data.rows[root] if streams.passes(root, row) is True]

    def place(row: Row) -> tuple[Any, ...]:
        keys = [
            placed(data.value(columns[s["by"]])(row), descending=s.get("dir") == "desc")
            for s in definition.get("sort") or ()
        ]
        return (*keys, data.key(root, row))

    lines = tuple(
        Line(
            tuple((k, k) for k in data.key(root, row)),
            tuple(shown(data.value(path)(row), path.kind) for path in columns.values()),
        )
        for row in sorted(rows, key=place)
    )
    return Answer(lines, definition.get("limit"), None, None)


class _Groups:
    def __init__(self, data: Data, definition: Wire) -> None:
        self.data = data
        self.definition = definition
        self.streams = Streams(data, definition)
        self.counterparts = Counterparts(self.streams)
        self.measures = Reader(data.schema, definition["entity"]).measures(
            list(definition.get("measures") or ())
        )
        self.by_atom: dict[Atom, Stream] = {
            atom: self.streams.of(atom) for atom in atoms(self.measures)
        }
        self.width = len(self.streams.dimensions) + (self.streams.time is not None)
        self.axis_kinds = self._axis_kinds()
        self._folds: dict[tuple[Atom, int], dict[Key, list[Row]]] = {}

    def _axis_kinds(self) -> list[FieldType]:
        kinds = [FieldType.DATE] if self.streams.time else []
        for dimension in self.streams.dimensions:
            path = self.data.schema.path(self.streams.root, dimension["field"])
            kinds.append(FieldType.TEXT if dimension.get("bins") else path.kind)
        return kinds

    @property
    def over_nothing(self) -> Cells:
        """The measures' values where there are no rows."""
        return tuple(
            worth(m.formula, lambda atom: fold(self.streams, atom, [])) for m in self.measures
        )

    # -- the groups

    def answer(self) -> Answer:
        groups = self._groups()
        self.kept = {key for key in groups if self._is_kept(key)}
        values = {key: self._values(key, self.width) for key in self.kept}
        self._shares(values)
        ordered = self._ordered(values)
        if self.streams.time is not None:
            self._along_time(values)
        else:
            self._along(values, ordered)
        ordered = self._ordered(values)
        lines = tuple(
            Line(key, self._cells(key, values[key]), self._sorted_by(key, values[key]))
            for key in ordered
        )
        loose = {m.key for m in self.measures if m.is_loose}
        sort = self.definition.get("sort") or ()
        return Answer(
            lines,
            self.definition.get("limit"),
            self._totals(lines),
            *self._compare(ordered),
            any(s["by"] in loose for s in sort),
        )

    def _groups(self) -> set[Key]:
        if not self.width:
            return {()}
        root = self.streams.root
        groups: set[Key] = set()
        if self.streams.has_axis(root):
            groups |= set(self.streams.plain(root).cells)
        for stream in self.by_atom.values():
            groups |= set(stream.cells)
        if self.streams.time and self.streams.time.get("fill"):
            groups = filled(self.streams, groups, self._fill_axis())
        return groups

    def _fill_axis(self) -> Path:
        root = self.streams.root
        owner = root if self.streams.has_axis(root) else next(iter(self.by_atom)).entity
        return self.streams.axis(owner)

    def _is_kept(self, key: Key) -> bool:
        for having in self.definition.get("having") or ():
            measure = next(m for m in self.measures if m.key == having["measure"])
            value = self._worth(measure, key, self.width)
            if holds(value, having, measure.kind, self.data.calendar) is not True:
                return False
        return True

    # -- values

    def _rows(self, atom: Atom, level: int) -> dict[Key, list[Row]]:
        """The rows of the groups at a level; the grand total has the empty group."""
        if level == self.width:
            return self.by_atom[atom].cells
        if (atom, level) not in self._folds:
            self._folds[atom, level] = self._merged(atom, level)
        return self._folds[atom, level]

    def _merged(self, atom: Atom, level: int) -> dict[Key, list[Row]]:
        stream = self.by_atom[atom]
        if level == 0 and not self.definition.get("having"):
            return {(): stream.grand}
        if level == 0 and atom.window and self.streams.time:
            series = {key[1:] for key in self.kept}
            rows = [r for r in stream.grand if self.streams.series(atom.entity, r) in series]
            return {(): rows}
        found: dict[Key, list[Row]] = {}
        for key, rows in stream.cells.items():
            if key in self.kept:
                found.setdefault(key[:level], []).extend(rows)
        return found

    def _worth(self, measure: Measure, key: Key, level: int) -> Any:
        return worth(measure.formula, lambda atom: self._fold(atom, key, level))

    def _fold(self, atom: Atom, key: Key, level: int) -> Any:
        in_time = self.streams.time is not None and level > 0
        if self.counterparts.lacks(atom, key[0] if in_time else None):
            return None
        return fold(self.streams, atom, self._rows(atom, level).get(key, []))

    def _values(self, key: Key, level: int) -> list[Any]:
        return [self._worth(measure, key, level) for measure in self.measures]

    def _cells(self, key: Key, values: Iterable[Any]) -> Cells:
        pairs = zip(key, self.axis_kinds, strict=False)
        heads = [None if part is None else shown(part[1], kind) for part, kind in pairs]
        heads += [None] * (self.width - len(key))
        kinds = (m.kind if not m.calc else FieldType.FLOAT for m in self.measures)
        return (*heads, *(shown(v, k) for v, k in zip(values, kinds, strict=True)))

    # -- calculations

    def _shares(self, values: dict[Key, list[Any]]) -> None:
        for place, measure in enumerate(self.measures):
            if measure.calc in {"percentOfTotal", "percentOfParent"}:
                level = 0 if measure.calc == "percentOfTotal" else max(self.width - 1, 0)
                for key, cells in values.items():
                    cells[place] = self._share(measure, cells[place], key, level)
            elif measure.calc == "rank":
                self._rank(place, values)

    def _share(self, measure: Measure, value: Any, key: Key, level: int) -> float | None:
        return share(value, self._worth(measure, key[:level], level))

    def _rank(self, place: int, values: dict[Key, list[Any]]) -> None:
        is_within = self.streams.time is not None and self.width > 1
        parts: dict[Any, list[Key]] = {}
        for key in values:
            parts.setdefault(key[0] if is_within else None, []).append(key)
        for keys in parts.values():
            found = ranks([values[key][place] for key in keys])
            for key, rank in zip(keys, found, strict=True):
                values[key][place] = rank

    def _along(self, values: dict[Key, list[Any]], keys: list[Key]) -> None:
        for place, measure in enumerate(self.measures):
            if measure.needs_order:
                found = along(measure.calc, [values[k][place] for k in keys], measure.n)
                for key, value in zip(keys, found, strict=True):
                    values[key][place] = value

    def _along_time(self, values: dict[Key, list[Any]]) -> None:
        by_series: dict[Key, list[Key]] = {}
        for key in sorted(values, key=lambda k: placed(k[0] and k[0][0])):
            by_series.setdefault(key[1:], []).append(key)
        for keys in by_series.values():
            self._along(values, keys)

    # -- order and totals

    def _sorted_by(self, key: Key, values: list[Any]) -> tuple[Any, ...]:
        names = [self.streams.time["field"]] if self.streams.time else []
        names += [d["field"] for d in self.streams.dimensions]
        parts = dict(zip(names, (None if p is None else p[0] for p in key), strict=True))
        parts |= {m.key: v for m, v in zip(self.measures, values, strict=True)}
        return tuple(parts[s["by"]] for s in self.definition.get("sort") or ())

    def _ordered(self, values: dict[Key, list[Any]]) -> list[Key]:
        sorts = self.definition.get("sort") or ()

        def place(key: Key) -> tuple[Any, ...]:
            asked = [
                placed(part, descending=s.get("dir") == "desc")
                for s, part in zip(sorts, self._sorted_by(key, values[key]), strict=True)
            ]
            return (*asked, *(placed(part and part[0]) for part in key))

        return sorted(values, key=place)

    def _totals(self, lines: tuple[Line, ...]) -> tuple[tuple[int, Cells], ...] | None:
        if self.definition.get("totals", "none") == "none":
            return None
        if not self.width:
            return tuple((0, line.cells) for line in lines)
        return tuple((n, self._cells(key, self._total(key, n))) for n, key in self._total_keys())

    def _total_keys(self) -> Iterator[tuple[int, Key]]:
        """The level and the groups of each total, in order."""
        asked = self.definition.get("totals", "none")
        for level in range(self.width) if asked == "subtotals" else [0]:
            keys = {key[:level] for key in self.kept} if level else {()}
            ordered = sorted(keys, key=lambda k: [placed(part and part[0]) for part in k])
            yield from ((level, key) for key in ordered)

    def _total(self, key: Key, level: int) -> list[Any]:
        cells: list[Any] = []
        for measure in self.measures:
            value = self._worth(measure, key, level)
            if measure.calc == "percentOfTotal":
                value = self._share(measure, value, key, 0)
            elif measure.calc == "percentOfParent":
                value = self._share(measure, value, key, max(level - 1, 0))
            elif measure.calc:
                value = None
            cells.append(value)
        return cells

    def _compare(
        self, keys: list[Key]
    ) -> tuple[tuple[Cells, ...] | None, tuple[tuple[int, Cells], ...] | None]:
        """The compared rows, and their totals."""
        if (self.definition.get("compare") or {"to": "snapshot"})["to"] == "snapshot":
            return None, None
        compared = Comparison(self.streams, self.measures)

        def cells(key: Key, values: list[Any]) -> Cells:
            found = self._cells(key, values)
            in_time = self.streams.time is not None and key
            return (compared.earlier(key[0]), *found[1:]) if in_time else found

        rows = tuple(cells(k, compared.values(k)) for k in keys[: self.definition.get("limit")])
        if self.definition.get("totals", "none") == "none" or self.definition.get("having"):
            return rows, None
        if not self.width:
            return rows, tuple((0, row) for row in rows)
        totals = ((n, cells(key, compared.total(key))) for n, key in self._total_keys())
        return rows, tuple(totals)
