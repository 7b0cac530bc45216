"""The rules "drop lowest" and "drop highest": the marks of a group that they leave out.

Dropping the lowest single percents isn't best where maximums differ: of 90/150, 5/10 and 20/25
the one to drop is 90/150. Canvas keeps the set with the best points over possible points
(``lib/grade_calculator.rb``), and then drops the highest of that set, by which a better mark may
lower the total (instructure/canvas-lms#2299). Here the total is the best that the choice of the
lowest can make of the worst that the choice of the highest can: it is Canvas' where all maximums
are the same or only one of the rules is used, and no better mark ever lowers it.

At a ratio ``q`` each mark is worth ``points - q * possible``. What is left after the ``low``
smallest and the ``high`` largest of these are gone adds up to zero at exactly one ``q``, the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

Scored = tuple[int, int, int]
"""A mark that may be dropped: points and possible points in hundredths, and the item's key."""


@dataclass(slots=True)
class Pool:
    """The marks of a group that count, and how many of its lowest and highest are dropped.

    Of those that are never dropped (extra credit among them) only the sums matter. One mark is
    always left: ``lowest`` is cut to that, and ``highest`` is none where nothing would be left.
    """

    marks: Sequence[Scored]
    lowest: int = 0
    highest: int = 0
    fixed_points: int = 0
    fixed_possible: int = 0

    def __post_init__(self) -> None:
        count = len(self.marks)
        self.lowest = max(0, min(self.lowest, count - 1))
        if self.lowest + self.highest >= count:
            self.highest = 0

    @property
    def has_order(self) -> bool:
        """True if the order of marks is the same at every ratio."""
        return not (self.lowest or self.highest) or len({mark[1] for mark in self.marks}) < 2

    @property
    def sums(self) -> tuple[int, int]:
        """Points and possible points of all marks, none dropped."""
        points = sum([mark[0] for mark in self.marks], self.fixed_points)
        return points, sum([mark[1] for mark in self.marks], self.fixed_possible)

    def ordered(self, above: int, below: int) -> list[tuple[int, int, int, int]]:
        """Marks after their worth at the ratio ``above / below``, the smallest first."""
        return sorted([(p * below - above * q, p, q, key) for p, q, key in self.marks])

    def counting(self, above: int, below: int) -> tuple[int, int]:
        """Points and possible points of all that is left at a ratio."""
        points, possible = self.sums
        if self.lowest or self.highest:
            order = self.ordered(above, below)
            for _worth, points_lost, possible_lost, _key in order[: self.lowest]:
                points -= points_lost
                possible -= possible_lost
            for _worth, points_lost, possible_lost, _key in order[len(order) - self.highest :]:
                points -= points_lost
                possible -= possible_lost
        return points, possible

    def choice(self, above: int, below: int) -> Choice:
        """The keys that are dropped at a ratio."""
        if not (self.lowest or self.highest):
            return _NOTHING
        order = self.ordered(above, below)
        highest = order[len(order) - self.highest :] if self.highest else ()
        return Choice(
            tuple(one[3] for one in order[: self.lowest]), tuple(one[3] for one in highest)
        )


class Choice(NamedTuple):
    """The keys that a pool drops."""

    lowest: tuple[int, ...] = ()
    highest: tuple[int, ...] = ()


_NOTHING: Final = Choice()


def choose(pools: Sequence[Pool]) -> list[Choice]:
    """Return the keys that each pool drops, chosen for the total of all pools together.

    One pool: the rule of a group by itself. Several: of a course whose groups have no weights,
    as there the total is the sum of all points over the sum of all possible points.
    """
    above, below = (0, 1) if all(pool.has_order for pool in pools) else _total(pools)
    return [pool.choice(above, below) for pool in pools]


def _total(pools: Sequence[Pool]) -> tuple[int, int]:
    """The ratio at which all that counts is worth nothing, as numerator and denominator; exact.

    Newton's steps on a falling line of finitely many pieces, held between two bounds: the piece
    that has the root is found at the latest when the bounds are inside it.
    """
    points, possible = (sum(column) for column in zip(*[p.sums for p in pools], strict=True))
    ratio = Fraction(points, possible) if possible else Fraction(0)
    low: Fraction | None = None
    high: Fraction | None = None
    while True:
        points = possible = 0
        for pool in pools:
            counted = pool.counting(ratio.numerator, ratio.denominator)
            points += counted[0]
            possible += counted[1]
        if possible <= 0 or points * ratio.denominator == ratio.numerator * possible:
            return ratio.numerator, ratio.denominator
        following = Fraction(points, possible)
        if following > ratio:
            low = ratio
        else:
            high = ratio
        if low is not None and high is not None and not low < following < high:
            following = (low + high) / 2
        ratio = following
