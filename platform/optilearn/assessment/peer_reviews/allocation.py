"""The allocation of reviewers to work, without records. Rules: docs/peer-review.md#allocation.

The same input has the same result. What chance decides, the seed decides.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

_MASK: Final = 2**64 - 1
_ByLoad = dict[int, dict[int, None]]
"""Reviewers by their numbers of open reviews, in an order that is always the same."""


@dataclass(frozen=True)
class Participant:
    """A student who has submitted: author of some work, and a reviewer of others'."""

    key: int
    group: int | None = None
    """Students of one group share their work; null: the student's own."""
    reviews: bool = True
    """False: only their work is there, as of who has left their group."""
    is_reviewed: bool = True
    """False: their work is reviewed as that of another one of their group."""


@dataclass(frozen=True)
class Pair:
    """A reviewer and an author, by their keys."""

    reviewer: int
    author: int


@dataclass(frozen=True)
class Existing:
    """The reviews that there are."""

    open: Collection[Pair] = ()
    """Assigned, and not submitted yet."""
    done: Collection[Pair] = ()
    """Submitted; they count for the author."""
    closed: Collection[Pair] = ()
    """Assigned once, and closed while somebody was away: the first to be assigned again."""
    excluded: Collection[Pair] = ()
    """Submitted, and left out by a manager: the author needs another reviewer."""
    filled_in: Collection[int] = ()
    """Authors of work that managers have reviewed, once for each review."""


def may_review(reviewer: Participant, author: Participant) -> bool:
    """Return True if the reviewer may be given the author's work: the one place that says so."""
    if reviewer.key == author.key:
        return False
    return reviewer.group is None or reviewer.group != author.group


def allocate(
    participants: Iterable[Participant], existing: Existing, count: int, seed: int
) -> list[Pair]:
    """Return the pairs to assign, so that each work has ``count`` reviews or all it can have.

    Reviewers with the fewest open reviews come first, then those with the fewest in sum. Where
    nothing is assigned yet and no groups are in the way, the numbers of two reviewers differ by
    at most one. Assigning the result and asking again returns nothing.
    """
    plan = _Plan({one.key: one for one in participants}, existing, count, seed)
    plan.assign_again(existing.closed)
    plan.assign_rest()
    plan.balance()
    return list(plan.assigned)


def mixed(*numbers: int) -> int:
    """Return 64 bits that look random, and are the same for the same numbers (SplitMix64)."""
    state = 0
    for number in numbers:
        state = (state + (number & _MASK) + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


@dataclass
class _Plan:
    people: dict[int, Participant]
    existing: Existing
    count: int
    seed: int
    assigned: dict[Pair, None] = field(default_factory=dict)
    """In the order of assigning."""

    def __post_init__(self) -> None:
        old = self.existing
        self.pairs = {*old.open, *old.done, *old.excluded}
        reviewers = [key for key, one in self.people.items() if one.reviews]
        self.open = dict.fromkeys(reviewers, 0)
        self.total = dict.fromkeys(reviewers, 0)
        authors = [key for key, one in self.people.items() if one.is_reviewed]
        self.missing = dict.fromkeys(authors, self.count)
        for pair in old.open:
            if pair.reviewer in self.open:
                self.open[pair.reviewer] += 1
        for pair in self.pairs:
            if pair.reviewer in self.total:
                self.total[pair.reviewer] += 1
        for author in (*(pair.author for pair in (*old.open, *old.done)), *old.filled_in):
            if author in self.missing:
                self.missing[author] -= 1

    def assign_again(self, closed: Collection[Pair]) -> None:
        """Assign what was closed while somebody was away, as far as it is still needed."""
        for pair in sorted(closed, key=lambda one: mixed(self.seed, one.author, one.reviewer)):
            if pair.reviewer in self.open and self.missing.get(pair.author, 0) > 0:
                self._try(pair.reviewer, pair.author)

    def assign_rest(self) -> None:
        """Assign the reviewers with the smallest loads to all work that lacks some."""
        loads = [self._load(key) for key in self.open]
        heapq.heapify(loads)
        lacking = [key for key, missing in self.missing.items() if missing > 0]
        for author in sorted(lacking, key=lambda key: (-self.missing[key], mixed(self.seed, key))):
            passed: list[tuple[int, int, int, int]] = []
            while self.missing[author] > 0 and loads:
                place = heapq.heappop(loads)
                reviewer = place[-1]
                passed.append(self._load(reviewer) if self._try(reviewer, author) else place)
            for place in passed:
                heapq.heappush(loads, place)

    def balance(self) -> None:
        """Move new reviews from those who have many to those who have at least two less."""
        by_load: _ByLoad = defaultdict(dict)
        for key in sorted(self.open, key=lambda key: mixed(self.seed, key)):
            by_load[self.open[key]][key] = None
        new: dict[int, list[int]] = defaultdict(list)
        for pair in self.assigned:
            new[pair.reviewer].append(pair.author)
        for giver in sorted(new, key=lambda key: (-self.open[key], mixed(self.seed, key))):
            while (moved := self._relief(giver, new[giver], by_load)) is not None:
                author, taker = moved
                self._move(author, giver, taker, by_load)
                new[giver].remove(author)
                new[taker].append(author)

    def _relief(
        self, giver: int, authors: Sequence[int], by_load: _ByLoad
    ) -> tuple[int, int] | None:
        """An author of the giver's, and who could review that work instead."""
        for load in range(min(by_load, default=0), self.open[giver] - 1):
            for taker in by_load.get(load, ()):
                for author in authors:
                    if self._fits(taker, author):
                        return author, taker
        return None

    def _move(self, author: int, giver: int, taker: int, by_load: _ByLoad) -> None:
        for key, step in ((giver, -1), (taker, 1)):
            del by_load[self.open[key]][key]
            if not by_load[self.open[key]]:
                del by_load[self.open[key]]
            self.open[key] += step
            self.total[key] += step
            by_load[self.open[key]][key] = None
        old, pair = Pair(giver, author), Pair(taker, author)
        self.pairs.remove(old)
        self.pairs.add(pair)
        del self.assigned[old]
        self.assigned[pair] = None

    def _load(self, reviewer: int) -> tuple[int, int, int, int]:
        """The reviewer's place among all; ties are broken anew after each review."""
        total = self.total[reviewer]
        return self.open[reviewer], total, mixed(self.seed, reviewer, total), reviewer

    def _fits(self, reviewer: int, author: int) -> bool:
        is_new = Pair(reviewer, author) not in self.pairs
        return is_new and may_review(self.people[reviewer], self.people[author])

    def _try(self, reviewer: int, author: int) -> bool:
        if not self._fits(reviewer, author):
            return False
        pair = Pair(reviewer, author)
        self.pairs.add(pair)
        self.assigned[pair] = None
        self.open[reviewer] += 1
        self.total[reviewer] += 1
        self.missing[author] -= 1
        return True
