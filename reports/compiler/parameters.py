"""The values of a statement: collected while compiling, bound when it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reports.language.report import Condition, Constant, Relative, Shift


@dataclass(frozen=True)
class Edge:
    """One end of a relative range of dates; known only when the snapshot is."""

    relative: Relative
    side: Literal["from", "to"]
    as_instant: bool


@dataclass(frozen=True)
class Instant:
    """A date or time that stands for an instant, in the institution's zone if it has none.

    A day stands for its first moment; with ``is_after`` for the first one after it.
    """

    value: Constant
    is_after: bool = False


@dataclass(frozen=True)
class FirstWeekday:
    """The days after Monday on which the institution's week starts."""


@dataclass(frozen=True)
class Today:
    """The local day on which the snapshot was taken."""


@dataclass(frozen=True)
class Zone:
    """The name of the institution's time zone."""


@dataclass(frozen=True)
class Counterparts:
    """The buckets that hold a day that has an earlier one by ``shifts``.

    ``ranges`` are the conditions that say which days are asked about. ``wanted`` is what is to
    be known: the buckets that have one, those that have none, or whether there is any at all.
    """

    shifts: tuple[Shift, ...]
    bucket: str
    ranges: tuple[Condition, ...]
    wanted: Literal["having", "lacking", "any"] = "any"


Late = float | Edge | Instant | FirstWeekday | Today | Zone | Counterparts


class Parameters:
    """Names for the values of one statement; the same value has one name."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, object], str] = {}
        self._values: dict[str, Constant | Late] = {}

    def add(self, value: Constant | Late) -> str:
        """The placeholder that stands for ``value``."""
        key = (type(value).__name__, value)
        name = self._names.get(key)
        if name is None:
            name = f"p{len(self._names)}"
            self._names[key] = name
            self._values[name] = value
        return f"${name}"

    @property
    def values(self) -> dict[str, Constant | Late]:
        """All values by name."""
        return dict(self._values)
