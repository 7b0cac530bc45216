"""The settings that shape the statements besides the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from reports.contracts import ScopeKind

Size = Literal["usual", "large"]
"""``usual``: sums fit in doubles, squares in 128 bits; ``large``: sums fit in 128 bits."""


@dataclass(frozen=True)
class Settings:
    """The settings that shape the statements besides the report: all part of the cache key."""

    kind: ScopeKind
    first_weekday: int
    """ISO: 1 is Monday."""
    cap: int | None
    """The most rows that are wanted; None: all."""
    terms: tuple[tuple[date, date], ...] = ()
    """First and last day of each term, in order of their start."""
    year_month: int = 9
    """The month in which the academic year begins."""
    counts_people: bool = False
    """True if each value comes with the number of people it is about."""
    smallest: int = 0
    """About how few people a number may be; 0: any."""
    noise_below: int = 0
    """The smallest group, where numbers about people have noise; 0: they have none."""
    size: Size = "usual"
    """The size of the numbers whose deviation is wanted."""
