"""How many rows and people each node of a table is about, for one aggregate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.engine.disclosure.lattice import Lattice


@dataclass(frozen=True)
class About:
    """Whom one aggregate is about in one group: its rows with a value, and their people.

    ``others`` are the people of the rows that it passes over.
    """

    rows: int = 0
    people: int = 0
    others: int = 0


@dataclass(frozen=True)
class Counts:
    """One aggregate over a whole table.

    ``cells`` stand in the lattice's order. ``known`` holds margins whose people were counted;
    of another margin the sum of its cells is taken, which may count a person twice.
    """

    lattice: Lattice
    cells: Sequence[About]
    known: Mapping[int, About]

    def at(self, cell: int | None) -> About:
        """Whom a cell is about; nobody, where there is no such cell."""
        return About() if cell is None else self.cells[cell]

    def rows(self, node: int) -> int:
        """How many rows the node is about."""
        return sum(self.cells[leaf].rows for leaf in self.lattice.leaves[node])

    def people(self, node: int) -> int:
        """How many people the node is about, at most."""
        about = self._about(node)
        if about is not None:
            return about.people
        return sum(self.cells[leaf].people for leaf in self.lattice.leaves[node])

    def others(self, node: int) -> int:
        """How many people the rows that it passes over are about, at most."""
        about = self._about(node)
        if about is not None:
            return about.others
        return sum(self.cells[leaf].others for leaf in self.lattice.leaves[node])

    def _about(self, node: int) -> About | None:
        return self.cells[node] if node < self.lattice.width else self.known.get(node)
