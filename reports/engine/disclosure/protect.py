"""Choosing what to hide of a table: what is small, and what would reveal it.

Small tables are hidden cell by cell (:mod:`.choose`). A large one is hidden by a simpler rule
that asks for no solver: every subtotal of something hidden is hidden itself, so that only the
grand total reveals of hidden cells, and it is hidden too if that is too much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reports.engine.disclosure.choose import Chooser
from reports.engine.disclosure.counts import Counts
from reports.engine.disclosure.lattice import Groups, Key, Lattice, Margin, margins_above
from reports.engine.disclosure.line import OneLine, Side
from reports.engine.disclosure.program import Budget

MAX_GROUPS: Final = 3
MAX_CELLS: Final = 300
"""Tables by more groups or with more cells are large."""
MAX_PROGRAMS: Final = 16
"""A table for which more programs would have to be solved is large too."""

_MAX_MORE: Final = 3
"""The cells that are hidden besides before the grand total is."""

_ROOT: Final[Margin] = ((), ())


@dataclass(frozen=True)
class Protected:
    """The hidden parts of one aggregate: cells by their places, margins by what they are."""

    cells: frozenset[int] = frozenset()
    margins: frozenset[Margin] = frozenset()


@dataclass(frozen=True)
class Shape:
    """A table: the key of each cell, its kinds of margins, and what is known of margins.

    ``known`` gives, for one aggregate's place, people and others of the margins counted.
    """

    cells: Sequence[Key]
    kinds: Sequence[Groups]
    known: Callable[[int], Mapping[Margin, tuple[int, int]]]
    forced: Protected = Protected()
    """The cells that are hidden in any case."""


def protect(
    shape: Shape, universe: Counts, parts: Mapping[int, Counts], smallest: int, place: int
) -> tuple[Protected, Protected]:
    """Choose what to hide of counts of all rows of an entity, and of aggregates over some of them.

    ``universe`` counts all rows in each cell; it and the ``parts`` go by their places in the
    answer. All parts are hidden together: one could be had from the others.
    """
    is_small = any(c.is_small_anywhere(smallest) for c in (universe, *parts.values()))
    if not is_small and shape.forced == Protected():
        return Protected(), Protected()
    some = {n: counts for n, counts in parts.items() if any(counts.others)}
    groups = len(shape.cells[0])
    if groups <= MAX_GROUPS and len(shape.cells) <= MAX_CELLS:
        found = _cell_by_cell(shape, {place: universe} | some, smallest, place)
        if found is not None:
            return found
    every = _simply(shape, universe, [universe], shape.forced.cells, smallest)
    if not some:
        return every, every
    given = frozenset(every.cells)
    return every, _simply(shape, universe, list(some.values()), given, smallest)


def _cell_by_cell(
    shape: Shape, counts: Mapping[int, Counts], smallest: int, place: int
) -> tuple[Protected, Protected] | None:
    """Choose cell by cell; return None if that would take too long."""
    # In an order of their own: a table and the same one turned are hidden alike.
    order = sorted(range(len(shape.cells)), key=lambda i: repr(shape.cells[i]))
    lattice = Lattice([shape.cells[i] for i in order], shape.kinds)
    over = {}
    for number, one in counts.items():
        known = {
            lattice.nodes[margin]: about
            for margin, about in shape.known(number).items()
            if margin in lattice.nodes
        }
        over[number] = one.chosen(order).over(lattice, known)
    universe, budget = over.pop(place), Budget(MAX_PROGRAMS)
    places = {cell: place for place, cell in enumerate(order)}
    forced = {lattice.nodes[m] for m in shape.forced.margins if m in lattice.nodes}
    given = frozenset(forced | {places[cell] for cell in shape.forced.cells})
    found = Chooser(lattice, universe, (universe,), given, smallest, budget).hidden()
    parts = found
    if found is not None and over:
        some = tuple(over.values())
        parts = Chooser(lattice, universe, some, found, smallest, budget).hidden()
    if found is None or parts is None:
        return None
    return _named(lattice, found, order), _named(lattice, parts, order)


def _named(lattice: Lattice, nodes: frozenset[int], order: Sequence[int]) -> Protected:
    margins = frozenset(margin for margin, node in lattice.nodes.items() if node in nodes)
    return Protected(frozenset(order[n] for n in nodes if n < lattice.width), margins)


def _simply(
    shape: Shape,
    universe: Counts,
    parts: Sequence[Counts],
    given: frozenset[int],
    smallest: int,
) -> Protected:
    """Hide by the rule for large tables; cells of ``given`` are hidden in any case."""
    cells = set(given)
    for counts in parts:
        cells |= counts.small(smallest)
    margins = [kind for kind in shape.kinds if kind]
    chosen = set(cells)
    for _more in range(_MAX_MORE):
        if _is_root_open(shape, universe, parts, (chosen, given), smallest):
            closed = _above(shape, chosen, margins) | shape.forced.margins
            return Protected(frozenset(chosen), frozenset(closed))
        more = _one_more(shape, universe, parts, chosen)
        if more is None:
            break
        chosen.add(more)
    closed = _above(shape, cells, margins) | shape.forced.margins
    return Protected(frozenset(cells), frozenset({_ROOT, *closed}))


def _above(shape: Shape, cells: Iterable[int], kinds: Sequence[Groups]) -> set[Margin]:
    return {margin for i in cells for margin in margins_above(shape.cells[i], kinds)}


def _one_more(
    shape: Shape, universe: Counts, parts: Sequence[Counts], chosen: set[int]
) -> int | None:
    """The cell about the fewest people that hides something of every part; None if none is."""
    people = universe.people
    shown = [i for i, n in enumerate(people) if n and i not in chosen]
    revealing = [i for i in shown if all(c.people[i] and c.others[i] for c in parts)]
    candidates = revealing or shown
    if not candidates:
        return None
    least = min([people[i] for i in candidates])
    return min((i for i in candidates if people[i] == least), key=lambda i: repr(shape.cells[i]))


def _is_root_open(
    shape: Shape,
    universe: Counts,
    parts: Sequence[Counts],
    hidden: tuple[set[int], frozenset[int]],
    smallest: int,
) -> bool:
    """Return True if the grand total leaves every small number open.

    A subtotal is as open as its cells: it has their room, and what is hidden with it.
    """
    chosen, given = hidden
    if not chosen:
        return True
    cells = sorted(chosen)
    shown = [i for i in range(len(shape.cells)) if i not in chosen]
    if not all(counts.is_blurred(cells, shown, smallest) for counts in (universe, *parts)):
        return False
    is_universe = parts[0] is universe
    unsized = frozenset(cells) if is_universe else given
    size = sum(universe.rows[i] for i in unsized)
    rows = sum(universe.rows[i] for i in cells)
    for counts in parts:
        total = sum(counts.rows[i] for i in cells)
        line = OneLine(counts.rows, universe.rows, total, rows, unsized, size, smallest)
        sides: tuple[tuple[Side, Sequence[int]], ...] = (
            ("in", counts.people),
            ("out", counts.others),
        )
        for side, people in sides:
            small = ([i] for i in cells if 0 < people[i] < smallest)
            if not all(line.is_open(inside, side) for inside in small):
                return False
    return True
