"""The values that an attacker can derive from a table in which some nodes are hidden.

The attacker knows the definition, these rules, every shown number, and that no number is
negative. A small number is safe if what is shown leaves another world possible in which it
isn't small: such a world is looked for by a linear program and checked in exact numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reports.engine.disclosure.counts import Counts
from reports.engine.disclosure.lattice import Lattice
from reports.engine.disclosure.line import OneLine, Side
from reports.engine.disclosure.program import Budget, Number, Program, Terms, total

MAX_UNKNOWN: Final = 60
"""Hidden cells that are still given to the solver; larger tables are hidden more simply."""

Target = tuple[int, Side]
"""A node, and which number about it is small."""


@dataclass(frozen=True)
class Table:
    """One aggregate over a table: what is hidden of it, and of all rows of its entity."""

    lattice: Lattice
    counts: Counts
    universe: Counts
    hidden: frozenset[int]
    universe_hidden: frozenset[int]
    smallest: int

    @property
    def is_universe(self) -> bool:
        """True if the aggregate counts all rows."""
        return self.counts is self.universe


def exposed(table: Table, targets: Iterable[Target], budget: Budget) -> list[Target]:
    """The targets for which no other world was found within the budget."""
    wanted = [target for target in targets if _leaves(table, target[0])]
    parts = _Parts(table, wanted)
    found: list[Target] = []
    for part, inside in parts.with_targets():
        found += _exposed(table, part, inside, budget)
    return found


@dataclass(frozen=True)
class _Part:
    """Hidden cells that hang together by shown margins, and those margins."""

    cells: tuple[int, ...]
    margins: tuple[int, ...]
    universe_margins: tuple[int, ...]


class _Parts:
    """The hidden cells, apart where no shown margin joins them."""

    def __init__(self, table: Table, targets: list[Target]) -> None:
        self._table = table
        self._targets = targets
        self._root = {leaf: leaf for leaf in table.hidden if leaf < table.lattice.width}
        self._margins = self._shown(table.hidden)
        self._universe_margins = {} if table.is_universe else self._shown(table.universe_hidden)
        for group in (
            *self._margins.values(),
            *self._universe_margins.values(),
            *(_leaves(table, node) for node, _side in targets),
        ):
            for leaf in group[1:]:
                self._root[self._find(leaf)] = self._find(group[0])

    def _shown(self, hidden: frozenset[int]) -> dict[int, list[int]]:
        """The shown margins above hidden cells, with the hidden cells of each."""
        lattice, found = self._table.lattice, dict[int, list[int]]()
        for leaf in sorted(n for n in hidden if n < lattice.width):
            for node in lattice.above(leaf):
                if node not in hidden:
                    found.setdefault(node, []).append(leaf)
        return found

    def _find(self, leaf: int) -> int:
        while self._root[leaf] != leaf:
            self._root[leaf] = leaf = self._root[self._root[leaf]]
        return leaf

    def with_targets(self) -> list[tuple[_Part, list[Target]]]:
        """Each part that holds a target, with its targets."""
        inside: dict[int, list[Target]] = {}
        for target in self._targets:
            root = self._find(_leaves(self._table, target[0])[0])
            inside.setdefault(root, []).append(target)
        cells: dict[int, list[int]] = {root: [] for root in inside}
        for leaf in sorted(self._root):
            if (root := self._find(leaf)) in cells:
                cells[root].append(leaf)
        return [
            (
                _Part(
                    tuple(cells[root]),
                    self._of(root, self._margins),
                    self._of(root, self._universe_margins),
                ),
                targets,
            )
            for root, targets in inside.items()
        ]

    def _of(self, root: int, margins: Mapping[int, list[int]]) -> tuple[int, ...]:
        return tuple(node for node, leaves in margins.items() if self._find(leaves[0]) == root)


def _leaves(table: Table, node: int) -> list[int]:
    return [leaf for leaf in table.lattice.leaves[node] if leaf in table.hidden]


def _exposed(table: Table, part: _Part, targets: list[Target], budget: Budget) -> list[Target]:
    line = _one_line(table, part)
    if line is not None:
        return [t for t in targets if not line.is_open(_leaves(table, t[0]), t[1])]
    if len(part.cells) > MAX_UNKNOWN:
        return targets
    return _Search(table, part, budget).exposed(targets)


def _one_line(table: Table, part: _Part) -> OneLine | None:
    """The part, if at most one margin joins its cells."""
    unsized = frozenset(part.cells) & table.universe_hidden
    for margins, hidden, cells in (
        (part.margins, table.hidden, len(part.cells)),
        (part.universe_margins, table.universe_hidden, len(unsized)),
    ):
        under = [n for margin in margins for n in table.lattice.leaves[margin] if n in hidden]
        if len(margins) > 1 or (margins and len(under) != cells):
            return None
    some, every = table.counts.rows, table.universe.rows
    total = sum(some[leaf] for leaf in part.cells) if part.margins else None
    size = sum(every[leaf] for leaf in unsized)
    is_sized = part.margins if table.is_universe else part.universe_margins
    rows = sum(every[leaf] for leaf in part.cells)
    known = size if is_sized else None
    return OneLine(some, every, total, rows, unsized, known, table.smallest)


class _Search:
    """Looks for other worlds of one part."""

    def __init__(self, table: Table, part: _Part, budget: Budget) -> None:
        self._table = table
        self._budget = budget
        self._program = program = Program()
        cells, universe = table.counts.rows, table.universe.rows
        self._all: dict[int, int] = {}
        self._some: dict[int, int] = {}
        for leaf in part.cells:
            if table.is_universe:
                self._some[leaf] = program.variable(1, None)
            elif leaf in table.universe_hidden:
                self._some[leaf] = program.variable(0, None)
                self._all[leaf] = program.variable(1, None)
                program.add({self._some[leaf]: 1, self._all[leaf]: -1}, None, 0)
            else:
                self._some[leaf] = program.variable(0, universe[leaf])
        for node in part.margins:
            inside = _leaves(table, node)
            rows = sum(cells[leaf] for leaf in inside)
            program.add({self._some[leaf]: 1 for leaf in inside}, rows, rows)
        for node in part.universe_margins:
            inside = [n for n in table.lattice.leaves[node] if n in self._all]
            rows = sum(universe[leaf] for leaf in inside)
            program.add({self._all[leaf]: 1 for leaf in inside}, rows, rows)

    def exposed(self, targets: list[Target]) -> list[Target]:
        """The targets that no other world was found for."""
        left = targets
        while len(left) > 1:
            before, left = left, self._together(left)
            if len(left) == len(before):
                break
        return [target for target in left if not self._is_open(target)]

    def _together(self, targets: list[Target]) -> list[Target]:
        """Those for which a world that is good for as many as possible isn't good enough."""
        program = self._program.copy()
        goal: dict[int, int] = {}
        for target in targets:
            terms, known = self._terms(target)
            reached = program.variable(0, self._needed(target))
            program.add({reached: 1} | {i: -n for i, n in terms.items()}, None, known)
            goal[reached] = 1
        world = self._highest(program, goal)
        return targets if world is None else [t for t in targets if not self._is_met(t, world)]

    def _is_met(self, target: Target, world: Sequence[Number]) -> bool:
        terms, known = self._terms(target)
        return total(terms, world) + known >= self._needed(target)

    def _is_open(self, target: Target) -> bool:
        terms, known = self._terms(target)
        world = self._highest(self._program, terms)
        if world is not None and self._is_met(target, world):
            return True
        value = self._value(target)
        if value <= self._table.smallest:
            return False
        # Many rows of few people: that there may be fewer rows is as good.
        world = self._highest(self._program, {i: -n for i, n in terms.items()})
        return world is not None and total(terms, world) + known <= value - 1

    def _highest(self, program: Program, goal: Terms) -> list[Number] | None:
        if self._budget.is_spent:
            return None
        self._budget.left -= 1
        return program.highest(goal)

    def _needed(self, target: Target) -> int:
        return max(self._table.smallest, self._value(target) + 1)

    def _value(self, target: Target) -> int:
        node, side = target
        rows = self._table.counts.rows[node]
        return rows if side == "in" else self._table.universe.rows[node] - rows

    def _terms(self, target: Target) -> tuple[Terms, int]:
        """The target's number: a sum of variables, and what is known of it."""
        node, side = target
        table, inside = self._table, _leaves(self._table, target[0])
        rows, every = table.counts.rows, table.universe.rows
        shown = [leaf for leaf in table.lattice.leaves[node] if leaf not in table.hidden]
        if side == "in":
            return {self._some[n]: 1 for n in inside}, sum(rows[n] for n in shown)
        terms = {self._some[n]: -1 for n in inside}
        terms |= {self._all[n]: 1 for n in inside if n in self._all}
        known = sum(every[n] - rows[n] for n in shown)
        return terms, known + sum(every[n] for n in inside if n not in self._all)
