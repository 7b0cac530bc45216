"""What is hidden of an answer: the nodes of each entity's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from reports.catalog.model import Catalogue
from reports.contracts import Cell
from reports.engine.decode import Answer
from reports.engine.disclosure.counts import About, Counts
from reports.engine.disclosure.lattice import Groups, Lattice, all_kinds
from reports.engine.disclosure.protect import MOST_GROUPS, Protected, protect
from reports.language.formulas import bases_about_people, universe_of
from reports.language.report import Base, Report

Row = tuple[Cell, ...]
_NOTHING = About()


@dataclass(frozen=True)
class Beside:
    """Another answer about the same cells whose totals are shown too: a pivot's other side."""

    report: Report
    answer: Answer


def hidden_nodes(
    report: Report, catalogue: Catalogue, answer: Answer, smallest: int, beside: Beside | None
) -> HiddenNodes:
    """What is hidden, as if every total were shown: it can be asked for elsewhere."""
    about = bases_about_people(report, catalogue)
    names = _Names(report)
    cells = [names.key(row) for row in answer.rows]
    shown = len(answer.people) - len(answer.rows)
    lattice = Lattice(cells, names.kinds())
    known = _known(names, lattice, report, answer)
    if beside is not None:
        known |= _known(names, lattice, beside.report, beside.answer)
    counts = {
        base: Counts(
            lattice,
            [_about(people, number) for people in answer.people[shown:]],
            {node: _about(people, number) for node, people in known.items()},
        )
        for number, base in enumerate(about)
    }
    found: dict[Base, Protected] = {}
    for universe in dict.fromkeys(universe_of(b) for b in about if b.window is None):
        parts = [
            counts[b]
            for b in about
            if b.window is None and b != universe and universe_of(b) == universe
        ]
        found[universe] = protect(lattice, counts[universe], parts, smallest)
    return HiddenNodes(names, lattice, counts, found, smallest)


class _Names:
    """The groups of a report in an order that doesn't depend on how they were asked for."""

    def __init__(self, report: Report) -> None:
        self.groups = group_names(report)
        self._order = sorted(range(len(self.groups)), key=lambda g: self.groups[g])
        self._place = {self.groups[g]: place for place, g in enumerate(self._order)}

    def key(self, row: Sequence[Cell]) -> tuple[Cell, ...]:
        """A row's groups in that order."""
        return tuple([row[g] for g in self._order])

    def kinds(self) -> list[Groups]:
        """The kinds of margins that count: all, or the report's own where there are too many."""
        width = len(self.groups)
        if width <= MOST_GROUPS:
            return all_kinds(width)
        return [self.kind(self.groups[:level]) for level in range(width)]

    def kind(self, names: Sequence[str]) -> Groups:
        """The margins that keep the groups of these names."""
        return tuple(sorted(self._place[name] for name in names))

    def name_at(self, place: int) -> str:
        """The name of a group in that order."""
        return self.groups[self._order[place]]


def group_names(report: Report) -> list[str]:
    """The groups of a report: its time, then its dimensions."""
    names = [report.time.key] if report.time else []
    return names + [d.key for d in report.dimensions]


def _known(
    names: _Names, lattice: Lattice, report: Report, answer: Answer
) -> dict[int, tuple[int | None, ...]]:
    """The people of the totals, by the margin that each is."""
    groups = group_names(report)
    found: dict[int, tuple[int | None, ...]] = {}
    if not groups:
        return found
    for total, people in zip(answer.totals or (), answer.people, strict=False):
        kind = names.kind(groups[: total.level])
        at = {name: total.row[g] for g, name in enumerate(groups)}
        node = lattice.node(kind, tuple(at[names.name_at(place)] for place in kind))
        if node is not None:
            found[node] = people
    return found


def _about(people: Sequence[int | None], number: int) -> About:
    rows, inside, others = people[3 * number : 3 * number + 3]
    return About(rows or 0, inside or 0, others or 0) if rows or others else _NOTHING


class HiddenNodes:
    """The nodes that are hidden of each aggregate; a row is the node of its place."""

    def __init__(
        self,
        names: _Names,
        lattice: Lattice,
        counts: Mapping[Base, Counts],
        found: Mapping[Base, Protected],
        smallest: int,
    ) -> None:
        self._names = names
        self._lattice = lattice
        self._counts = counts
        self._found = found
        self._smallest = smallest

    @property
    def about(self) -> Mapping[Base, Counts]:
        """The aggregates that are about people."""
        return self._counts

    def of(self, base: Base) -> frozenset[int]:
        """The nodes in which an aggregate over its own cells is hidden."""
        found = self._found.get(universe_of(base))
        if found is None or base not in self._counts or base.window is not None:
            return frozenset()
        is_part = any(about.others for about in self._counts[base].cells)
        return found.parts if is_part else found.universe

    def is_whole(self, base: Base) -> bool:
        """Whether a measure of other times is small nowhere, and nothing of its entity hidden."""
        hidden = (some.parts for every, some in self._found.items() if every.entity == base.entity)
        if any(hidden):
            return False
        counts, least = self._counts[base], self._smallest
        nodes = range(len(self._lattice))
        return not any(0 < counts.people(n) < least or 0 < counts.others(n) < least for n in nodes)

    def cell(self, row: Row) -> int | None:
        """The node of the cell with a row's groups; None if there is none."""
        return self._cells.get(self._names.key(row))

    @cached_property
    def _cells(self) -> dict[tuple[Cell, ...], int]:
        return {key: node for node, key in enumerate(self._lattice.cells)}

    def margin(self, level: int, row: Row) -> int | None:
        """The node of the total at ``level`` above a row, or of a total's own row."""
        groups = self._names.groups
        if not groups:
            return 0  # the one cell is its own total
        kind = self._names.kind(groups[:level])
        at = dict(zip(groups, row, strict=False))
        return self._lattice.node(kind, tuple(at[self._names.name_at(p)] for p in kind))
