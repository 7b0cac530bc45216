"""Choosing what to hide of a table where a minimum is set, over reading its cells once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

from benchmarks.report import Line, paired
from benchmarks.world import World
from reports.engine.disclosure.counts import Counts
from reports.engine.disclosure.lattice import Key, all_kinds
from reports.engine.disclosure.protect import Shape, protect

_SMALLEST = 5
_GOALS = {1_000: 0.005, 10_000: 0.030}
"""Seconds, by the number of cells."""
_TABLES = ((1_000,), (40, 25), (10, 10, 10), (10_000,), (100, 100))


def measure(_world: World) -> Iterator[Line]:
    for sizes in _TABLES:
        for share in (0.0, 0.01, 0.1):
            cells, columns = _table(sizes, share)
            shape = Shape(cells, all_kinds(len(sizes)), lambda _place: {})
            ours, read = paired(
                lambda s=shape, c=columns: _hide(s, c), lambda c=cells: [tuple(k) for k in c]
            )
            what = f"hiding: {' x '.join(map(str, sizes))}, {share:.0%} small"
            yield Line(what, ours, read, 0, allowance=_GOALS[len(cells)])


Columns = tuple[tuple[list[int], list[int], list[int]], tuple[list[int], list[int], list[int]]]


def _table(sizes: tuple[int, ...], share: float) -> tuple[list[Key], Columns]:
    """Cells of up to 200 people, some of fewer than five, about a third of whom count."""
    chance = random.Random(7)
    cells: list[Key] = list(product(*([f"v{i:04d}" for i in range(size)] for size in sizes)))
    people = [
        chance.randint(1, 4) if chance.random() < share else chance.randint(40, 200) for _ in cells
    ]
    some = [min(n, max(0, round(chance.gauss(n / 3, 2)))) for n in people]
    others = [n - m for n, m in zip(people, some, strict=True)]
    return cells, ((people, people, [0] * len(cells)), (some, some, others))


def _hide(shape: Shape, columns: Columns) -> None:
    universe, part = (Counts.of_columns(three) for three in columns)
    protect(shape, universe, {1: part}, _SMALLEST, 0)
