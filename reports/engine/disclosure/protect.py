"""Choosing what to hide of a table: what is small, and what would give it away.

First whatever is about few people; then, line by line, enough beside it that no line tells it;
then an attack on the whole (:mod:`.attack`), and more wherever that succeeds. All choices go by
the numbers and the groups alone, never by the order of the rows or of the groups, so that a
table and the same table turned hide the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from reports.engine.disclosure.attack import MOST_UNKNOWN, Table, Target, exposed
from reports.engine.disclosure.counts import Counts
from reports.engine.disclosure.lattice import Lattice, Line

_MOST_ROUNDS: Final = 12
"""How often more is chosen cell by cell before all margins above what is exposed are hidden."""

MOST_GROUPS: Final = 3
"""Tables by more groups have too many margins for all to be looked at."""


@dataclass(frozen=True)
class Protected:
    """The nodes that are hidden: of counts of all rows, and of aggregates over some rows."""

    universe: frozenset[int]
    parts: frozenset[int]


def protect(
    lattice: Lattice, universe: Counts, parts: Iterable[Counts], smallest: int
) -> Protected:
    """What to hide of one entity's aggregates.

    ``universe`` counts all rows of the entity in each cell, ``parts`` some of them. All parts
    are hidden together: one could be had from the others.
    """
    found = _Chooser(lattice, universe, (universe,), frozenset(), smallest).hidden()
    some = [counts for counts in parts if any(about.others for about in counts.cells)]
    if not some:
        return Protected(found, found)
    return Protected(found, _Chooser(lattice, universe, tuple(some), found, smallest).hidden())


class _Chooser:
    """Chooses for counts that are hidden together; ``given`` is hidden in any case."""

    def __init__(
        self,
        lattice: Lattice,
        universe: Counts,
        parts: tuple[Counts, ...],
        given: frozenset[int],
        smallest: int,
    ) -> None:
        self._lattice = lattice
        self._universe = universe
        self._parts = parts
        self._given = given
        self._smallest = smallest
        self._small = [list(self._small_of(counts)) for counts in parts]
        self._chosen = {node for targets in self._small for node, _side in targets} | given

    def _small_of(self, counts: Counts) -> Iterator[Target]:
        least = self._smallest
        for node in range(len(self._lattice)):
            if 0 < counts.people(node) < least:
                yield node, "in"
            if 0 < counts.others(node) < least:
                yield node, "out"

    def hidden(self) -> frozenset[int]:
        """The nodes to hide."""
        if not self._chosen:
            return frozenset()
        if self._is_large():
            self._close_all_but_the_grand_total()
        else:
            self._choose_beside()
        while found := self._exposed():
            for _counts, (node, _side) in found:
                self._close(node)
        return frozenset(self._chosen)

    def _is_large(self) -> bool:
        lattice = self._lattice
        if lattice.groups < 2:
            return False
        small = sum(node < lattice.width for node in self._chosen)
        return lattice.groups > MOST_GROUPS or small > MOST_UNKNOWN

    def _close_all_but_the_grand_total(self) -> None:
        """The rule for large tables: a subtotal of anything hidden is hidden itself.

        Then the grand total is all that tells of what is hidden, and one sum is soon attacked.
        """
        for leaf in [n for n in self._chosen if n < self._lattice.width]:
            self._chosen.update(self._lattice.above(leaf)[:-1])

    def _choose_beside(self) -> None:
        self._complete(self._lattice.lines_of[node] for node in list(self._chosen))
        for _round in range(_MOST_ROUNDS):
            found = self._exposed()
            for counts, target in found:
                self._add_beside(counts, target)
            if not found:
                return

    def _exposed(self) -> list[tuple[Counts, Target]]:
        chosen = frozenset(self._chosen)
        return [
            (counts, target)
            for counts, targets in zip(self._parts, self._small, strict=True)
            for target in exposed(self._table(counts, chosen), targets)
        ]

    def _table(self, counts: Counts, chosen: frozenset[int]) -> Table:
        universe = self._universe
        hidden = chosen if counts is universe else self._given
        return Table(self._lattice, counts, universe, chosen, hidden, self._smallest)

    def _complete(self, lines: Iterable[list[Line]]) -> None:
        """Hide more, until no line tells by itself what is hidden in it."""
        queue = [line for some in lines for line in some]
        while queue:
            line = queue.pop()
            while (node := self._missing(line)) is not None:
                self._chosen.add(node)
                queue += self._lattice.lines_of[node]

    def _missing(self, line: Line) -> int | None:
        """One more node of a line to hide; None if it tells nothing."""
        chosen, filled = self._chosen, [c for c in line.children if self._size(c)]
        inside = [c for c in filled if c in chosen]
        others = [c for c in filled if c not in chosen]
        if line.parent in chosen:
            return self._least(others) if others and not inside else None
        if not inside or (not others and len(inside) > 1):
            return None
        if not others:
            return line.parent  # it is its only child, by another name
        if len(inside) > 1 and max(map(self._size, inside)) >= self._smallest:
            return None
        return self._least(others)

    def _size(self, node: int) -> int:
        return self._universe.people(node)

    def _least(self, nodes: list[int]) -> int:
        """The one about the fewest people; of equals, the first by what they are."""
        sizes = {node: self._cost(node) for node in nodes}
        least = min(sizes.values())
        return min((n for n in nodes if sizes[n] == least), key=self._name)

    def _cost(self, node: int) -> tuple[int, int]:
        """Nodes in which a part has nobody hide nothing of it: they come last."""
        empty = sum(not counts.people(node) for counts in self._parts)
        return empty, self._size(node)

    def _name(self, node: int) -> str:
        return self._lattice.name(node)

    def _add_beside(self, counts: Counts, target: Target) -> None:
        """Hide one more node that blurs the target, or all margins above it."""
        node, side = target
        size: Callable[[int], int] = counts.people if side == "in" else counts.others
        near = {
            child
            for line in self._lines_near(node)
            for child in (*line.children, line.parent)
            if child not in self._chosen and size(child)
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
