"""The numbers of rows and people of each cell of a table, for one aggregate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.engine.disclosure.lattice import Lattice


@dataclass(frozen=True)
class Counts:
    """One aggregate over the cells of a table, or over all its nodes: a list for each number.

    ``rows`` are those with a value, ``people`` theirs, ``others`` the people of the rows that
    the aggregate passes over.
    """

    rows: Sequence[int]
    people: Sequence[int]
    others: Sequence[int]

    @classmethod
    def of_columns(cls, columns: Sequence[Sequence[int | None]]) -> Counts:
        """From three columns of an answer, in which nothing is NULL or 0."""
        rows, people, others = ([n or 0 for n in column] for column in columns)
        return cls(rows, people, others)

    def chosen(self, places: Sequence[int]) -> Counts:
        """Those of some cells, in their order."""
        rows, people, others = (
            [values[place] for place in places] for values in (self.rows, self.people, self.others)
        )
        return Counts(rows, people, others)

    def is_blurred(self, hidden: Sequence[int], shown: Sequence[int], smallest: int) -> bool:
        """Return True if the sum of hidden places, had from their total, is about enough people.

        People may count in several places, so one place must have enough by itself; where
        nothing else is shown, the sum is the total itself.
        """
        return all(
            not any(values[i] > 0 for i in hidden)
            or max([values[i] for i in hidden]) >= smallest
            or not any(values[i] for i in shown)
            for values in (self.people, self.others)
        )

    def over(self, lattice: Lattice, known: Mapping[int, tuple[int, int]]) -> Counts:
        """The same for the margins too.

        ``known`` holds people and others of those that were counted; of another margin the sum
        of its cells is taken, which may count a person twice.
        """
        margins = lattice.leaves[lattice.width :]
        rows, people, others = (
            [*values, *(sum([values[leaf] for leaf in leaves]) for leaves in margins)]
            for values in (self.rows, self.people, self.others)
        )
        for node, (inside, outside) in known.items():
            people[node], others[node] = inside, outside
        return Counts(rows, people, others)

    def small(self, smallest: int) -> set[int]:
        """The places that are about few people, or pass few over."""
        found = {i for i, n in enumerate(self.people) if 0 < n < smallest}
        return found | {i for i, n in enumerate(self.others) if 0 < n < smallest}

    def is_small_anywhere(self, smallest: int) -> bool:
        """Return True if there is any such place."""
        return any(0 < n < smallest for n in self.people) or any(
            0 < n < smallest for n in self.others
        )
