"""The allocation of peer reviewers: 5,000 students, three reviews each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.report import Line, once
from benchmarks.world import World
from optilearn.assessment.peer_reviews.allocation import Existing, Pair, Participant, allocate

_STUDENTS: Final = 5_000
_COUNT: Final = 3
_SEED: Final = 7
_GOAL_SECONDS: Final = 1.0
_GOAL_OF_ONE: Final = 0.1


def measure(world: World) -> Iterator[Line]:
    del world
    people = [Participant(key) for key in range(_STUDENTS)]

    def all_at_once() -> list[Pair]:
        return allocate(people, Existing(), _COUNT, _SEED)

    pairs = all_at_once()
    seconds = min(once(all_at_once) for _ in range(3))
    yield Line(f"{_STUDENTS} submissions, all at once", seconds, _GOAL_SECONDS, 1)

    existing = Existing(open=pairs[::2], done=pairs[1::2])

    def one_more() -> None:
        allocate([*people, Participant(_STUDENTS)], existing, _COUNT, _SEED)

    yield Line("one more", min(once(one_more) for _ in range(3)), _GOAL_OF_ONE, 1)

    half = Existing(closed=pairs[: len(pairs) // 2], excluded=pairs[len(pairs) // 2 :: 3])

    def after_a_break() -> None:
        allocate(people, half, _COUNT, _SEED)

    seconds = min(once(after_a_break) for _ in range(3))
    yield Line("half opened again, half new", seconds, _GOAL_SECONDS, 1)
