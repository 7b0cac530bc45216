"""The hidden cells and margins of each entity's table in an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from reports.catalog.model import Catalog
from reports.contracts import Cell
from reports.engine.decode import Answer
from reports.engine.disclosure.counts import Counts
from reports.engine.disclosure.lattice import Groups, Key, Margin, all_kinds
from reports.engine.disclosure.protect import MAX_GROUPS, Protected, Shape, protect
from reports.language.formulas import bases_about_people, universe_of
from reports.language.report import Base, Report

Row = tuple[Cell, ...]
People = tuple[int | None, ...]


@dataclass(frozen=True)
class CompanionTable:
    """Another answer about the same cells whose totals are shown too: a pivot's other side."""

    report: Report
    answer: Answer


class HiddenNumbers:
    """The hidden parts of each aggregate of an answer: a cell goes by the place of its row.

    It is decided as if every total were shown, as it can be asked for elsewhere.
    """

    def __init__(
        self,
        report: Report,
        catalog: Catalog,
        answer: Answer,
        smallest: int,
        companion: CompanionTable | None,
    ) -> None:
        self._names = _Names(report)
        self._rows = answer.rows
        self._smallest = smallest
        about = bases_about_people(report, catalog)
        people = answer.people[len(answer.people) - len(answer.rows) :]
        columns = list(zip(*people, strict=True)) or [()] * (3 * len(about))
        self.about = {
            base: Counts.of_columns(columns[3 * n : 3 * n + 3]) for n, base in enumerate(about)
        }
        """The people of each aggregate that is about people."""
        totals = [(report, answer)] + ([(companion.report, companion.answer)] if companion else [])
        self._totals = totals
        self._found: dict[Base, tuple[Protected, Protected]] = {}
        for universe in dict.fromkeys(universe_of(b) for b in about if b.window is None):
            self._found[universe] = self._protect(universe, about)

    def _protect(self, universe: Base, about: Sequence[Base]) -> tuple[Protected, Protected]:
        if not self._rows:
            return Protected(), Protected()
        parts = {
            n: self.about[b]
            for n, b in enumerate(about)
            if b.window is None and b != universe and universe_of(b) == universe
        }
        forced = self._near(universe, about)
        shape = Shape(self._keys, self._names.kinds, self._known, forced)
        place = about.index(universe)
        return protect(shape, self.about[universe], parts, self._smallest, place)

    def _near(self, universe: Base, about: Sequence[Base]) -> Protected:
        """Return the cells where an entity counts a few people less than another does.

        Who is enrolled and who was active are counted by two entities, and their difference is
        about those who never were.
        """
        cells: set[int] = set()
        margins: set[Margin] = set()
        ours = [b for b in about if universe_of(b) == universe and self._counts_people(b)]
        theirs = [b for b in about if b.entity != universe.entity and self._counts_people(b)]
        for one in ours:
            for other in theirs:
                pairs = zip(self.about[one].people, self.about[other].people, strict=True)
                cells |= {i for i, (n, m) in enumerate(pairs) if n and self._is_near(n, m)}
                mine, known = (self._known(about.index(b)) for b in (one, other))
                for margin, (n, _others) in mine.items():
                    if n and margin in known and self._is_near(n, known[margin][0]):
                        margins.add(margin)
        return Protected(frozenset(cells), frozenset(margins))

    def _is_near(self, fewer: int, more: int) -> bool:
        return 0 < more - fewer < self._smallest

    def _counts_people(self, base: Base) -> bool:
        if base.window is not None or base.without is not None:
            return False
        counts = self.about[base]
        return base.agg == "countDistinct" or (base.agg == "count" and counts.rows == counts.people)

    @cached_property
    def _keys(self) -> list[Key]:
        return [self._names.key(row) for row in self._rows]

    def _known(self, number: int) -> dict[Margin, tuple[int, int]]:
        """People and others of the totals, for one aggregate."""
        found: dict[Margin, tuple[int, int]] = {}
        for report, answer in self._totals:
            groups = group_names(report)
            for total, people in zip(answer.totals or (), answer.people, strict=False):
                if groups:
                    margin = self._names.margin(groups, total.level, total.row)
                    _rows, inside, others = people[3 * number : 3 * number + 3]
                    found[margin] = (inside or 0, others or 0)
        return found

    def total(self, base: Base, level: int, row: Row) -> tuple[int, int]:
        """The people and the others of an aggregate's total; none where it has no rows."""
        if base not in self.about:
            return 0, 0
        return self._known(list(self.about).index(base)).get(self.margin(level, row), (0, 0))

    def of(self, base: Base) -> Protected:
        """Return the hidden parts of an aggregate over its own cells."""
        found = self._found.get(universe_of(base))
        if found is None or base not in self.about or base.window is not None:
            return Protected()
        universe, parts = found
        return parts if any(self.about[base].others) else universe

    def is_whole(self, base: Base) -> bool:
        """Return True if a measure of other times is small nowhere and hides nothing."""
        hidden = (some.cells for every, (_all, some) in self._found.items()
                  if every.entity == base.entity)  # fmt: skip
        return not any(hidden) and not self.about[base].is_small_anywhere(self._smallest)

    def cell(self, row: Row) -> int | None:
        """The place of the cell with a row's groups; None if there is none."""
        return self._cells.get(self._names.key(row))

    @cached_property
    def _cells(self) -> dict[Key, int]:
        return {key: place for place, key in enumerate(self._keys)}

    def margin(self, level: int, row: Row) -> Margin:
        """The margin of the total at ``level`` above a row, or of a total's own row."""
        return self._names.margin(self._names.groups, level, row)

    @property
    def has_groups(self) -> bool:
        """True if there is more than one cell, which is its own total."""
        return bool(self._names.groups)


class _Names:
    """The groups of a report in an order that doesn't depend on how they were asked for."""

    def __init__(self, report: Report) -> None:
        self.groups = group_names(report)
        self._order = sorted(range(len(self.groups)), key=lambda g: self.groups[g])
        self._place = {self.groups[g]: place for place, g in enumerate(self._order)}

    def key(self, row: Sequence[Cell]) -> Key:
        """A row's groups in that order."""
        return tuple([row[g] for g in self._order])

    @property
    def kinds(self) -> list[Groups]:
        """The kinds of margins that count: all, or the report's own where there are too many."""
        width = len(self.groups)
        if width <= MAX_GROUPS:
            return all_kinds(width)
        return [self._kind(self.groups[:level]) for level in range(width)]

    def _kind(self, names: Sequence[str]) -> Groups:
        return tuple(sorted(self._place[name] for name in names))

    def margin(self, groups: Sequence[str], level: int, row: Row) -> Margin:
        """A total of a report that groups by ``groups``, which are these in any order."""
        kind = self._kind(groups[:level])
        at: Mapping[str, Cell] = dict(zip(groups, row, strict=False))
        return kind, tuple(at[self.groups[self._order[place]]] for place in kind)


def group_names(report: Report) -> list[str]:
    """The groups of a report: its time, then its dimensions."""
    names = [report.time.key] if report.time else []
    return names + [d.key for d in report.dimensions]
