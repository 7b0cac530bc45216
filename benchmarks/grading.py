"""The totals of a gradebook: 60 items, 500 students, rules that drop."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from benchmarks.report import Line, once
from benchmarks.world import World
from optilearn.assessment.gradebook.totals.calculation import Gradebook, Group, Item, Mark, Rules

_STUDENTS: Final = 500
_ITEMS: Final = 60
_GOAL_SECONDS: Final = 0.1


def measure(world: World) -> Iterator[Line]:
    del world
    rng = random.Random(7)
    groups = tuple(Group(key, Decimal(20), drop_lowest=1, drop_highest=1) for key in range(5))
    items = [Item(key, key % 5, Decimal(rng.choice([5, 10, 25, 100]))) for key in range(_ITEMS)]
    sheets = [
        {
            item.key: Mark(Decimal(rng.randint(0, int(item.possible) * 100)) / 100)
            for item in items
            if rng.random() < 0.9
        }
        for _ in range(_STUDENTS)
    ]
    for is_weighted, name in ((True, "weighted groups"), (False, "by points")):
        book = Gradebook(Rules(groups, is_weighted=is_weighted), items)

        def add_up(book: Gradebook = book) -> None:
            for marks in sheets:
                book.totals(marks)

        add_up()
        seconds = min(once(add_up) for _ in range(5))
        yield Line(f"a gradebook of 500 x 60, {name}", seconds, _GOAL_SECONDS, 1)
