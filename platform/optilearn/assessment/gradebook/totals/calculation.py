"""A student's total in a course: one pure function of rules, items and marks.

Marks are exact: hundredths of a point as integers, ratios as fractions; only what is shown is
rounded, half up, to two places. A better mark never lowers a total (tests hold that).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from optilearn.assessment.gradebook.totals.dropping import Choice, Pool, choose
from optilearn.assessment.gradebook.totals.letters import LetterScheme

_SCALE: Final = 100
_WHOLE: Final = Fraction(100)


class Item(NamedTuple):
    """Something that is graded, as far as totals need it."""

    key: int
    group: int
    possible: Decimal
    is_extra: bool = False
    """Its points count, its possible points don't; it is never dropped."""
    is_never_dropped: bool = False


class Mark(NamedTuple):
    """A student's mark for an item: after deductions; None if it isn't graded."""

    points: Decimal | None = None
    is_excused: bool = False


@dataclass(frozen=True)
class Group:
    """Items that share a weight and rules for dropping. ``weight`` is a percent of the total."""

    key: int
    weight: Decimal = Decimal(0)
    drop_lowest: int = 0
    drop_highest: int = 0


@dataclass(frozen=True)
class Rules:
    """A course adds up by the weights of groups, or as all points over all possible ones."""

    groups: tuple[Group, ...]
    is_weighted: bool = False
    letters: LetterScheme | None = None


@dataclass(frozen=True, slots=True)
class GroupTotal:
    """A group's part of a total."""

    group: Group
    points: int
    """In hundredths, as ``possible``."""
    possible: int
    ratio: Fraction | None
    """Points over possible points; None if nothing counts or nothing is possible."""
    dropped: Choice


@dataclass(frozen=True, slots=True)
class Total:
    """A student's total; ``percent`` is rounded to two places, None where nothing counts."""

    percent: Decimal | None
    letter: str | None
    groups: tuple[GroupTotal, ...]
    weights: Decimal = Decimal(0)
    """The sum of the weights that were used; below 100 they were scaled up to it."""


@dataclass(frozen=True, slots=True)
class Totals:
    """``current`` leaves ungraded work out; in ``final`` it counts as 0."""

    current: Total
    final: Total


class _Counted(NamedTuple):
    """An item of a group, its possible points in hundredths."""

    key: int
    possible: int
    is_fixed: bool


class Gradebook:
    """The rules and items of a course, ready to add up the marks of its students."""

    def __init__(self, rules: Rules, items: Iterable[Item]) -> None:
        self.rules = rules
        self._items: dict[int, list[_Counted]] = {group.key: [] for group in rules.groups}
        for item in items:
            possible = 0 if item.is_extra else _hundredths(item.possible)
            is_fixed = item.is_never_dropped or item.is_extra or possible == 0
            self._items[item.group].append(_Counted(item.key, possible, is_fixed))
        self._keys = [item.key for found in self._items.values() for item in found]

    def totals(self, marks: Mapping[int, Mark]) -> Totals:
        """Both totals of a student's marks by item; an item without a mark isn't graded."""
        points = {k: None if m.points is None else _hundredths(m.points) for k, m in marks.items()}
        excused = {key for key, mark in marks.items() if mark.is_excused}
        current = self._total(points, excused, None)
        are_graded = all(points.get(key) is not None or key in excused for key in self._keys)
        return Totals(current, current if are_graded else self._total(points, excused, 0))

    def _total(
        self, points: Mapping[int, int | None], excused: AbstractSet[int], ungraded: int | None
    ) -> Total:
        pools = [self._pool(group, points, excused, ungraded) for group in self.rules.groups]
        alone = [choose([pool])[0] for pool in pools] if self.rules.is_weighted else None
        chosen = alone or choose(pools)
        groups = tuple(map(_group_total, self.rules.groups, pools, chosen))
        weights = Decimal(0)
        if self.rules.is_weighted:
            ratio, weights = _weighted(groups)
        else:
            ratio = _by_points(groups)
        percent = None if ratio is None else _percent(ratio)
        letters = self.rules.letters
        letter = letters.letter_of(percent) if letters and percent is not None else None
        return Total(percent, letter, groups, weights)

    def _pool(
        self,
        group: Group,
        points: Mapping[int, int | None],
        excused: AbstractSet[int],
        ungraded: int | None,
    ) -> Pool:
        """The marks of a group that count: neither excused nor, in the current total, ungraded."""
        marks, fixed_points, fixed_possible = [], 0, 0
        for key, possible, is_fixed in self._items[group.key]:
            if key in excused:
                continue
            found = points.get(key)
            if found is None:
                found = ungraded
            if found is None:
                continue
            if is_fixed:
                fixed_points += found
                fixed_possible += possible
            else:
                marks.append((found, possible, key))
        return Pool(marks, group.drop_lowest, group.drop_highest, fixed_points, fixed_possible)


def _group_total(group: Group, pool: Pool, dropped: Choice) -> GroupTotal:
    points, possible = pool.fixed_points, pool.fixed_possible
    gone = {*dropped.lowest, *dropped.highest}
    for found, maximum, key in pool.marks:
        if key not in gone:
            points += found
            possible += maximum
    ratio = Fraction(points, possible) if possible else None
    return GroupTotal(group, points, possible, ratio, dropped)


def _weighted(groups: Sequence[GroupTotal]) -> tuple[Fraction | None, Decimal]:
    """The weighted ratio, and the weights used: below 100 they are scaled up, never down.

    A group with nothing possible is left out, even if it has points.
    """
    used = [one for one in groups if one.ratio is not None and one.group.weight]
    weights = sum((one.group.weight for one in used), Decimal(0))
    if not weights:
        return None, weights
    total = sum((one.ratio or 0) * Fraction(one.group.weight) for one in used)
    return Fraction(total) / min(_WHOLE, Fraction(weights)), weights


def _by_points(groups: Sequence[GroupTotal]) -> Fraction | None:
    possible = sum(one.possible for one in groups)
    return Fraction(sum(one.points for one in groups), possible) if possible else None


def _percent(ratio: Fraction) -> Decimal:
    """A ratio as a percent with two places, half up, of the exact value."""
    return points_of(half_up(ratio * 100 * _SCALE))


def half_up(value: Fraction) -> int:
    """The nearest whole number; of two as near the larger."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _hundredths(points: Decimal) -> int:
    """Points, which have two places at most, in hundredths."""
    return int(points * _SCALE)


def points_of(hundredths: int) -> Decimal:
    """Hundredths of a point as points."""
    return Decimal(hundredths).scaleb(-2)
