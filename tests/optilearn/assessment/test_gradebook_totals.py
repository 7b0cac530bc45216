"""Totals of a gradebook: published numbers, an independent brute force, and what always holds."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from optilearn.assessment.gradebook.totals.calculation import (
    Gradebook,
    Group,
    Item,
    Mark,
    Rules,
    Totals,
)
from optilearn.assessment.gradebook.totals.letters import STANDARD

SEEDS = range(300)


def one_group(marks: str, *, low: int = 0, high: int = 0, never: Iterable[int] = ()) -> Totals:
    """Totals of marks as ``points/possible``; ``-`` is ungraded and ``EX`` excused."""
    pairs = [text.split("/") for text in marks.split()]
    items = [
        Item(key, 1, Decimal(pair[1]), is_never_dropped=key in set(never))
        for key, pair in enumerate(pairs)
    ]
    rules = Rules((Group(1, Decimal(100), low, high),), is_weighted=True)
    return Gradebook(rules, items).totals({n: _mark(pair[0]) for n, pair in enumerate(pairs)})


def _mark(text: str) -> Mark:
    if text == "EX":
        return Mark(is_excused=True)
    return Mark() if text == "-" else Mark(Decimal(text))


@pytest.mark.parametrize(
    ("marks", "low", "high", "current", "final"),
    [
        pytest.param("90/150 5/10 20/25", 1, 0, "71.43", "71.43", id="the best total, not percent"),
        pytest.param("10/10 0/20 0/30", 1, 0, "33.33", "33.33", id="canvas-lms#166"),
        pytest.param("100/100 42/91 14/55 1/38", 2, 1, "46.15", "46.15", id="#2299 Albert"),
        pytest.param("100/100 42/91 14/55 3/38", 2, 1, "46.15", "46.15", id="#2299 Carl"),
        pytest.param("8/10 4/10", 5, 0, "80.00", "80.00", id="one is always left"),
        pytest.param("8/10 4/10", 1, 1, "80.00", "80.00", id="no highest if none would be left"),
        pytest.param("1/10 8/10 9/10", 1, 1, "80.00", "80.00", id="both"),
        pytest.param("5/10 -/10 EX/10", 0, 0, "50.00", "25.00", id="ungraded and excused"),
        pytest.param("5/10 -/10 3/10", 1, 0, "50.00", "40.00", id="ungraded leaves first"),
        pytest.param("EX/10 EX/20", 1, 0, None, None, id="all excused"),
        pytest.param("-/10", 0, 0, None, "0.00", id="none graded"),
        pytest.param("12/10", 0, 0, "120.00", "120.00", id="above the maximum"),
        pytest.param("2.01/200", 0, 0, "1.01", "1.01", id="1.005 is rounded half up"),
        pytest.param("", 1, 1, None, None, id="no items"),
    ],
)
def test_published_and_simple_totals(
    marks: str, low: int, high: int, current: str | None, final: str | None
) -> None:
    found = one_group(marks, low=low, high=high)
    shown = [
        None if one.percent is None else str(one.percent) for one in (found.current, found.final)
    ]
    assert shown == [current, final]


def test_what_is_never_dropped_counts_while_others_are_chosen() -> None:
    found = one_group("0/10 4/10 9/10", low=1, never=[0]).final
    assert (found.percent, found.groups[0].dropped.lowest) == (Decimal("45.00"), (1,))


def _weights(*groups: tuple[str, str, str]) -> Decimal | None:
    """The total of groups as (weight, points, possible)."""
    rules = Rules(
        tuple(Group(key, Decimal(weight)) for key, (weight, _p, _q) in enumerate(groups)),
        is_weighted=True,
    )
    items = [Item(key, key, Decimal(possible)) for key, (_w, _p, possible) in enumerate(groups)]
    marks = {key: _mark(points) for key, (_w, points, _q) in enumerate(groups)}
    return Gradebook(rules, items).totals(marks).current.percent


@pytest.mark.parametrize(
    ("groups", "percent"),
    [
        ([("40", "8", "10"), ("60", "5", "10")], "62.00"),
        ([("40", "8", "10"), ("20", "5", "10")], "70.00"),  # 60 used: scaled up
        ([("80", "8", "10"), ("40", "5", "10")], "84.00"),  # 120: not scaled down
        ([("40", "8", "10"), ("60", "-", "10")], "80.00"),  # nothing graded: left out
        ([("40", "8", "10"), ("60", "5", "0")], "80.00"),  # nothing possible: left out
        ([("50", "1", "3"), ("50", "1", "3")], "33.33"),  # not rounded before weighting
        ([("50", "2", "3"), ("50", "2", "3")], "66.67"),
    ],
)
def test_weights_of_groups(groups: list[tuple[str, str, str]], percent: str) -> None:
    assert _weights(*groups) == Decimal(percent)


def test_extra_credit_adds_points_alone() -> None:
    rules = Rules((Group(1),))
    items = [Item(1, 1, Decimal(10)), Item(2, 1, Decimal(5), is_extra=True)]
    book = Gradebook(rules, items)
    assert book.totals({1: _mark("8"), 2: _mark("3")}).final.percent == Decimal("110.00")
    assert book.totals({1: _mark("8")}).final.percent == Decimal("80.00")
    assert book.totals({2: _mark("3")}).current.percent is None


def test_by_points_a_group_without_possible_points_counts() -> None:
    items = [Item(1, 1, Decimal(10)), Item(2, 2, Decimal(0))]
    found = Gradebook(Rules((Group(1), Group(2))), items).totals({1: _mark("5"), 2: _mark("2")})
    assert found.current.percent == Decimal("70.00")


def test_letters_go_by_the_rounded_percent() -> None:
    rules = Rules((Group(1),), letters=STANDARD)
    book = Gradebook(rules, [Item(1, 1, Decimal(10_000))])
    found = {points: book.totals({1: _mark(points)}).final for points in ("9399.5", "9399.4", "0")}
    letters = {points: (str(total.percent), total.letter) for points, total in found.items()}
    assert letters == {
        "9399.5": ("94.00", "A"),
        "9399.4": ("93.99", "A-"),
        "0": ("0.00", "F"),
    }
    assert {name: STANDARD.percent_of(name) for name in ("A", "A-", "C", "F")} == {
        "A": 100,
        "A-": 93,
        "C": 76,
        "F": 60,
    }


class _World:
    """A random course and student."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.is_weighted = rng.random() < 0.5
        self.groups = tuple(
            Group(key, Decimal(rng.choice([0, 20, 35, 50])), rng.randint(0, 2), rng.randint(0, 2))
            for key in range(rng.randint(1, 3))
        )
        maximums = [10] if rng.random() < 0.3 else [0, 1, 5, 10, 38, 91, 150]
        self.items = [
            Item(
                key,
                rng.randrange(len(self.groups)),
                Decimal(rng.choice(maximums)),
                is_extra=rng.random() < 0.1,
                is_never_dropped=rng.random() < 0.15,
            )
            for key in range(rng.randint(0, 7))
        ]
        self.marks = {
            item.key: Mark(Decimal(rng.randint(0, 1 + int(item.possible) * 4)) / 4)
            for item in self.items
            if rng.random() < 0.9
        }
        for key in [key for key in self.marks if rng.random() < 0.1]:
            self.marks[key] = Mark(is_excused=True)
        self.rng = rng

    @property
    def book(self) -> Gradebook:
        return Gradebook(Rules(self.groups, is_weighted=self.is_weighted), self.items)


def _best_of_worst(
    world: _World, groups: Sequence[Group], ungraded: Decimal | None
) -> Fraction | None:
    """By trying all sets: the best that the lowest can make of the worst of the highest."""
    mandatory: list[tuple[Fraction, Fraction]] = []
    options: list[list[list[tuple[Fraction, Fraction]]]] = []
    for group in groups:
        free = []
        for item in world.items:
            mark = world.marks.get(item.key, Mark(ungraded))
            if item.group != group.key or mark.is_excused or mark.points is None:
                continue
            pair = (Fraction(mark.points), Fraction(0 if item.is_extra else item.possible))
            stays = item.is_extra or item.is_never_dropped or not item.possible
            (mandatory if stays else free).append(pair)
        low = max(0, min(group.drop_lowest, len(free) - 1))
        high = 0 if low + group.drop_highest >= len(free) else group.drop_highest
        lows = []
        for left in itertools.combinations(range(len(free)), len(free) - low):
            sets = itertools.combinations(left, len(left) - high)
            lows.append([[free[n] for n in kept] for kept in sets])
        options.append(lows)  # type: ignore[arg-type]
    ratios = []
    for by_low in itertools.product(*options):
        worst = []
        for kept_sets in itertools.product(*by_low):
            pairs = mandatory + [pair for kept in kept_sets for pair in kept]  # type: ignore[misc]
            possible = sum(pair[1] for pair in pairs)
            if possible:
                worst.append(Fraction(sum(pair[0] for pair in pairs)) / possible)
        if worst:
            ratios.append(min(worst))
    return max(ratios) if ratios else None


def _expected(world: _World, ungraded: Decimal | None) -> Decimal | None:
    if not world.is_weighted:
        ratio = _best_of_worst(world, world.groups, ungraded)
    else:
        parts = [(group.weight, _best_of_worst(world, [group], ungraded)) for group in world.groups]
        used = [(Fraction(weight), part) for weight, part in parts if part is not None and weight]
        weights = sum((weight for weight, _part in used), Fraction(0))
        ratio = sum(w * part for w, part in used) / min(weights, Fraction(100)) if weights else None
    if ratio is None:
        return None
    scaled = ratio * 10_000
    exact = Decimal(scaled.numerator * 10) / Decimal(scaled.denominator) / 10
    if scaled.denominator == 2:  # a tie, exactly
        exact = Decimal(scaled.numerator) / 2
    return (exact.quantize(Decimal(1), ROUND_HALF_UP) / 100).quantize(Decimal("0.01"))


@pytest.mark.parametrize("seed", SEEDS)
def test_it_is_what_trying_all_sets_finds(seed: int) -> None:
    world = _World(seed)
    found = world.book.totals(world.marks)
    assert found.current.percent == _expected(world, None)
    assert found.final.percent == _expected(world, Decimal(0))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_better_mark_never_lowers_a_total(seed: int) -> None:
    world = _World(seed)
    graded = [key for key, mark in world.marks.items() if mark.points is not None]
    if not graded:
        return
    before = world.book.totals(world.marks)
    key = world.rng.choice(graded)
    mark = world.marks[key]
    assert mark.points is not None
    better = mark._replace(points=mark.points + Decimal(world.rng.randint(1, 80)) / 4)
    after = world.book.totals(world.marks | {key: better})
    for old, new in ((before.current, after.current), (before.final, after.final)):
        assert (old.percent is None) == (new.percent is None)
        assert (new.percent or 0) >= (old.percent or 0)
