"""The allocation of reviewers: fair, repeatable, never oneself, no pair twice."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from optilearn.assessment.peer_reviews.allocation import (
    Existing,
    Pair,
    Participant,
    allocate,
    may_review,
)

COUNTS = st.integers(0, 6)
SEEDS = st.integers(0, 2**62)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Participant], Existing]:
    """Students, and reviews between some of them and others who have left."""
    size = draw(st.integers(0, 12))
    groups = draw(st.booleans())
    people = [
        Participant(key, draw(st.integers(0, 3)) if groups else None) for key in range(1, size + 1)
    ]
    keys = st.integers(1, size + 2)
    drawn = draw(st.lists(st.tuples(keys, keys, st.integers(0, 3)), unique_by=lambda one: one[:2]))
    parts: dict[int, list[Pair]] = {kind: [] for kind in range(4)}
    for reviewer, author, kind in drawn:
        if reviewer != author:
            parts[kind].append(Pair(reviewer, author))
    filled_in = draw(st.lists(keys, max_size=3))
    return people, Existing(parts[0], parts[1], parts[2], parts[3], filled_in)


def by(pairs: list[Pair]) -> Counter[int]:
    return Counter(pair.reviewer for pair in pairs)


def of(pairs: list[Pair]) -> Counter[int]:
    return Counter(pair.author for pair in pairs)


@given(st.integers(0, 40), COUNTS, SEEDS)
def test_all_at_once_everybody_has_and_writes_the_same_number(
    size: int, count: int, seed: int
) -> None:
    pairs = allocate(map(Participant, range(size)), Existing(), count, seed)
    each = min(count, max(size - 1, 0))
    assert len(set(pairs)) == len(pairs)
    assert all(pair.reviewer != pair.author for pair in pairs)
    assert set(of(pairs).values()) <= {each}
    assert set(by(pairs).values()) <= {each}
    assert len(pairs) == size * each


@given(histories(), COUNTS, SEEDS)
def test_what_is_assigned_fits_what_there_is(
    history: tuple[list[Participant], Existing], count: int, seed: int
) -> None:
    people, existing = history
    pairs = allocate(people, existing, count, seed)
    there = {one.key: one for one in people}
    assert len(set(pairs)) == len(pairs)
    assert not {*existing.open, *existing.done, *existing.excluded} & set(pairs)
    assert all(may_review(there[pair.reviewer], there[pair.author]) for pair in pairs)


@given(histories(), COUNTS, SEEDS)
def test_work_has_as_many_reviews_as_it_can(
    history: tuple[list[Participant], Existing], count: int, seed: int
) -> None:
    people, existing = history
    new = of(allocate(people, existing, count, seed))
    used = {*existing.open, *existing.done, *existing.excluded}
    had = of([*existing.open, *existing.done]) + Counter(existing.filled_in)
    for author in people:
        could = sum(
            may_review(one, author) and Pair(one.key, author.key) not in used for one in people
        )
        assert new[author.key] == min(could, max(0, count - had[author.key]))


@given(histories(), COUNTS, SEEDS)
def test_asking_again_assigns_nothing_and_the_same_seed_the_same(
    history: tuple[list[Participant], Existing], count: int, seed: int
) -> None:
    people, existing = history
    pairs = allocate(people, existing, count, seed)
    assert pairs == allocate(people, existing, count, seed)
    now = Existing(
        [*existing.open, *pairs],
        existing.done,
        [pair for pair in existing.closed if pair not in pairs],
        existing.excluded,
        existing.filled_in,
    )
    assert allocate(people, now, count, seed) == []


@given(st.integers(2, 30), st.integers(1, 4), SEEDS)
def test_work_that_comes_one_by_one_burdens_nobody_much(size: int, count: int, seed: int) -> None:
    pairs: list[Pair] = []
    for number in range(1, size + 1):
        new = allocate(map(Participant, range(number)), Existing(open=pairs), count, seed)
        pairs += new
        assert set(of(pairs).values()) <= {min(count, number - 1)}
    assert max(by(pairs).values()) <= count + 2


def test_the_fewest_open_reviews_come_first() -> None:
    people = [Participant(key) for key in (1, 2, 3, 4)]
    existing = Existing(
        open=[Pair(1, 2), Pair(3, 2), Pair(1, 3), Pair(2, 3)],
        done=[Pair(2, 1), Pair(3, 1), Pair(4, 1)],
    )
    assert allocate(people, existing, 1, 7) == [Pair(2, 4)] or allocate(people, existing, 1, 7) == [
        Pair(3, 4)
    ]


def test_a_closed_review_is_the_first_to_be_opened_again() -> None:
    people = [Participant(key) for key in range(1, 30)]
    for reviewer in range(2, 30):
        pairs = allocate(people, Existing(closed=[Pair(reviewer, 1)]), 1, 7)
        assert Pair(reviewer, 1) in pairs


def test_seeds_have_no_favorites() -> None:
    """Over many seeds each of ten students reviews the first one's work about as often."""
    people = [Participant(key) for key in range(10)]
    chosen: Counter[int] = Counter()
    for seed in range(900):
        chosen.update(
            pair.reviewer for pair in allocate(people, Existing(), 1, seed) if pair.author == 0
        )
    assert set(chosen) == set(range(1, 10))
    assert min(chosen.values()) > 60
    assert max(chosen.values()) < 150


def test_nobody_reviews_their_own_group() -> None:
    people = [Participant(key, key % 2) for key in range(6)]
    pairs = allocate(people, Existing(), 3, 7)
    assert len(pairs) == 18
    assert all(pair.reviewer % 2 != pair.author % 2 for pair in pairs)
