"""Random rows of discussion posts, for the worlds that reports are asked about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from random import Random
from typing import Any, Protocol

Moment = Callable[[], tuple[datetime | None, date | None]]


class World(Protocol):
    """The people and courses of a world."""

    rng: Random
    students: list[int]
    staff: list[int]
    courses: list[int]


def posts(world: World, moment: Moment) -> list[tuple[Any, ...]]:
    """Up to two dozen posts in every state; some are of nobody that is known."""
    rng = world.rng
    return [
        (
            i,
            rng.randint(1, 5),
            rng.choice([*world.students, *world.staff, 801]),
            rng.choice(world.courses),
            rng.choice(["VISIBLE", "VISIBLE", "HIDDEN", "DELETED"]),
            rng.random() < 0.3,
            rng.random() < 0.1,
            *moment(),
        )
        for i in range(1, rng.randint(1, 25))
    ]
