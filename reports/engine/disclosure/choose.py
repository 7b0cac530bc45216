"""Choosing what to hide of a small table, cell by cell.

First what is about few people; then, line by line, enough more that no line reveals it;
then an attack on the whole (:mod:`.attack`), and more wherever that succeeds. All choices go by
the numbers and the groups alone, never by the order of the rows or of the groups, so that a
table and the same table turned hide the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reports.engine.disclosure.attack import MAX_UNKNOWN, Table, Target, exposed
from reports.engine.disclosure.counts import Counts
from reports.engine.disclosure.lattice import Lattice, Line
from reports.engine.disclosure.program import Budget

_MAX_ROUNDS: Final = 8
"""The rounds of choosing more before the table is hidden by the rule for large ones."""


class Chooser:
    """Chooses for counts that are hidden together; ``given`` is hidden in any case."""

    def __init__(
        self,
        lattice: Lattice,
        universe: Counts,
        parts: tuple[Counts, ...],
        given: frozenset[int],
        smallest: int,
        budget: Budget,
    ) -> None:
        self._budget = budget
        self._lattice = lattice
        self._universe = universe
        self._parts = parts
        self._given = given
        self._smallest = smallest
        self._small = [list(self._small_of(counts)) for counts in parts]
        self._chosen = {node for targets in self._small for node, _side in targets} | given

    def _small_of(self, counts: Counts) -> Iterator[Target]:
        least = self._smallest
        yield from ((node, "in") for node, n in enumerate(counts.people) if 0 < n < least)
        yield from ((node, "out") for node, n in enumerate(counts.others) if 0 < n < least)

    def hidden(self) -> frozenset[int] | None:
        """The nodes to hide; None if it would take too long to say."""
        if not self._chosen:
            return frozenset()
        self._complete(self._lattice.lines_of[node] for node in list(self._chosen))
        for _round in range(_MAX_ROUNDS):
            if self._is_much():
                return None
            found = self._exposed()
            if not found:
                return frozenset(self._chosen)
            for counts, target in found:
                self._add_complementary(counts, target)
        return None

    def _is_much(self) -> bool:
        hidden = sum(node < self._lattice.width for node in self._chosen)
        return self._lattice.groups > 1 and (hidden > MAX_UNKNOWN or self._budget.is_spent)

    def _exposed(self) -> list[tuple[Counts, Target]]:
        chosen = frozenset(self._chosen)
        return [
            (counts, target)
            for counts, targets in zip(self._parts, self._small, strict=True)
            for target in exposed(self._table(counts, chosen), targets, self._budget)
        ]

    def _table(self, counts: Counts, chosen: frozenset[int]) -> Table:
        universe = self._universe
        hidden = chosen if counts is universe else self._given
        return Table(self._lattice, counts, universe, chosen, hidden, self._smallest)

    def _complete(self, lines: Iterable[list[Line]]) -> None:
        """Hide more, until no line by itself reveals what is hidden in it."""
        queue = {id(line): line for some in lines for line in some}
        while queue:
            _id, line = queue.popitem()
            while (node := self._missing(line)) is not None:
                self._chosen.add(node)
                queue |= {id(line): line for line in self._lattice.lines_of[node]}

    def _missing(self, line: Line) -> int | None:
        """One more node of a line to hide; None if it reveals nothing."""
        chosen, sizes = self._chosen, self._universe.people
        filled = [c for c in line.children if sizes[c]]
        inside = [c for c in filled if c in chosen]
        others = [c for c in filled if c not in chosen]
        if line.parent in chosen:
            return self._least(others) if others and not inside else None
        if not inside or (not others and len(inside) > 1):
            return None
        if not others:
            return line.parent  # it is its only child, by another name
        blurred = [c for c in self._parts if not c.is_blurred(inside, others, self._smallest)]
        if len(inside) > 1 and not blurred:
            return None
        return self._least(others, blurred)

    def _least(self, nodes: list[int], wanted: Sequence[Counts] = ()) -> int:
        """The one about the fewest people; those that hide nothing of a part come last."""

        def cost(node: int) -> tuple[int, int, int]:
            empty = sum(not (c.people[node] and c.others[node]) for c in wanted)
            empty = 10 * empty + sum(not c.people[node] for c in self._parts)
            return empty, self._universe.people[node], node

        return min(nodes, key=cost)

    def _add_complementary(self, counts: Counts, target: Target) -> None:
        """Hide one more node that blurs the target, or all margins above it."""
        node, side = target
        sizes = counts.people if side == "in" else counts.others
        near = {
            child
            for line in self._lines_near(node)
            for child in (*line.children, line.parent)
            if child not in self._chosen and sizes[child]
        }
        if not near:
            self._close(node)
            return
        chosen = self._least(sorted(near))
        self._chosen.add(chosen)
        self._complete([self._lattice.lines_of[chosen]])

    def _lines_near(self, node: int) -> Iterator[Line]:
        """The lines of a node, and of all hidden nodes in these."""
        near = self._lattice.lines_of[node]
        yield from near
        for line in near:
            for child in line.children:
                if child in self._chosen and child != node:
                    yield from self._lattice.lines_of[child]

    def _close(self, node: int) -> None:
        """Hide every margin above a node: nothing shown is made of it any more."""
        for leaf in self._lattice.leaves[node]:
            if leaf in self._chosen:
                self._chosen.update(self._lattice.above(leaf))
