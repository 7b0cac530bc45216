"""A measurement in words: what, over which floor, against which goal."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One measurement. ``goal`` is the largest ratio that is good, or the smallest if ``least``."""

    what: str
    value: float
    floor: float
    goal: float
    unit: str = "s"
    least: bool = False
    allowance: float = 0.0
    """The allowance of the goal besides the ratio, in the same unit."""

    @property
    def ratio(self) -> float:
        return self.floor / self.value if self.least else self.value / self.floor

    @property
    def met(self) -> bool:
        if self.least:
            return self.ratio >= self.goal
        return self.value <= self.goal * self.floor + self.allowance

    def __str__(self) -> str:
        sign = "≥" if self.least else "≤"
        verdict = "met" if self.met else "MISSED"
        granted = f" + {self.allowance:g} {self.unit}" if self.allowance else ""
        return (
            f"{self.what:<58} {self.value:>10.4g} {self.unit} / {self.floor:>10.4g} {self.unit}"
            f" = {self.ratio:>7.2f}x  (goal {sign} {self.goal:g}x{granted}: {verdict})"
        )


def once(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median_of(work: Callable[[], object], runs: int = 7) -> float:
    """The median of several runs after one that warms up."""
    work()
    return statistics.median(once(work) for _ in range(runs))


def paired(
    first: Callable[[], object], second: Callable[[], object], runs: int = 7
) -> tuple[float, float]:
    """Medians of two pieces of work whose runs alternate, so that a busy moment hits both."""
    first(), second()
    times = [(once(first), once(second)) for _ in range(runs)]
    return statistics.median(t[0] for t in times), statistics.median(t[1] for t in times)
