"""The cells of a table and everything that they add up to.

A table by k groups has 2^k kinds of margins: each leaves some groups out. A node is a cell or
a margin; a line is a node with the finer nodes that add up to it along one group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

Key = tuple[Any, ...]
Groups = tuple[int, ...]
"""The groups that a node keeps, by their places."""
Margin = tuple[Groups, Key]
"""A margin by what it is: the groups that it keeps, and their values."""


@dataclass(frozen=True)
class Line:
    """A node, and the nodes with one more group that add up to it."""

    parent: int
    children: tuple[int, ...]


class Lattice:
    """The nodes of a table: its cells come first, in their own order, then the margins.

    ``kinds`` are the kinds of margins that count, each by the groups that it keeps.
    """

    def __init__(self, cells: Sequence[Key], kinds: Iterable[Groups]) -> None:
        self.cells = cells
        self.nodes: dict[Margin, int] = {}
        self.leaves: list[list[int]] = [[i] for i in range(len(cells))]
        """The cells under each node."""
        every = tuple(range(self.groups))
        self.kinds = sorted((k for k in kinds if k != every), key=lambda k: (-len(k), k))
        self._of_cell: dict[Groups, list[int]] = {every: list(range(len(cells)))}
        for kind in self.kinds:
            self._add(kind)

    def _add(self, kind: Groups) -> None:
        nodes, leaves, places = self.nodes, self.leaves, []
        for cell, key in enumerate(self.cells):
            name = (kind, tuple([key[g] for g in kind]))
            node = nodes.get(name)
            if node is None:
                nodes[name] = node = len(leaves)
                leaves.append([])
            leaves[node].append(cell)
            places.append(node)
        self._of_cell[kind] = places

    def __len__(self) -> int:
        return len(self.leaves)

    @property
    def width(self) -> int:
        """The number of cells."""
        return len(self.cells)

    @property
    def groups(self) -> int:
        """By how many groups a cell is distinguished."""
        return len(self.cells[0]) if self.cells else 0

    def above(self, cell: int) -> list[int]:
        """The margins that a cell is part of, the finest first."""
        return [self._of_cell[kind][cell] for kind in self.kinds]

    @cached_property
    def lines(self) -> list[Line]:
        """All lines, the finest first."""
        found: list[Line] = []
        for fine, coarse in self._steps():
            children: dict[int, dict[int, None]] = defaultdict(dict)
            for child, parent in zip(self._of_cell[fine], self._of_cell[coarse], strict=True):
                children[parent][child] = None
            found += [Line(parent, tuple(nodes)) for parent, nodes in children.items()]
        return found

    def _steps(self) -> list[tuple[Groups, Groups]]:
        """Pairs of kinds, the finer one with just one group more."""
        kinds = list(self._of_cell)
        return [
            (fine, coarse)
            for fine in kinds
            for coarse in kinds
            if len(fine) == len(coarse) + 1 and set(coarse) < set(fine)
        ]

    @cached_property
    def lines_of(self) -> dict[int, list[Line]]:
        """The lines that each node is part of."""
        found: dict[int, list[Line]] = defaultdict(list)
        for line in self.lines:
            found[line.parent].append(line)
            for child in line.children:
                found[child].append(line)
        return found


def all_kinds(width: int) -> list[Groups]:
    """Every kind of margin of a table by ``width`` groups."""
    return [kind for n in range(width) for kind in combinations(range(width), n)]


def margins_above(key: Key, kinds: Iterable[Groups]) -> list[Margin]:
    """The margins of these kinds that a cell is part of."""
    return [(kind, tuple([key[g] for g in kind])) for kind in kinds]
