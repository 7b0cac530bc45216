"""Timestamps and timings lines (WebVTT, "collect a WebVTT timestamp")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WHITESPACE: Final = "\t\n\f\r "
"""ASCII whitespace; U+00A0 and its like are text."""
DIGITS: Final = frozenset("0123456789")
"""ASCII digits only: Devanagari ones are text here."""
MAX_HOURS: Final = 10**9
"""Hours may have any number of digits; beyond this a player couldn't tell them apart."""


@dataclass
class Scanner:
    """A place in a line."""

    text: str
    at: int = 0

    def skip_whitespace(self) -> int:
        """Go past ASCII whitespace; how much there was."""
        start = self.at
        while self.at < len(self.text) and self.text[self.at] in WHITESPACE:
            self.at += 1
        return self.at - start

    def digits(self) -> str:
        """Return the ASCII digits from here on."""
        start = self.at
        while self.at < len(self.text) and self.text[self.at] in DIGITS:
            self.at += 1
        return self.text[start : self.at]

    def take(self, expected: str) -> bool:
        """Go past this text if it stands here."""
        found = self.text.startswith(expected, self.at)
        self.at += len(expected) if found else 0
        return found

    def sees(self, expected: str) -> bool:
        """Return True if this text comes next."""
        return self.text.startswith(expected, self.at)


@dataclass(frozen=True)
class Timestamp:
    """A moment in milliseconds, and whether its author wrote hours of one digit."""

    milliseconds: int
    has_short_hours: bool = False


def timestamp(scan: Scanner) -> Timestamp | None:
    """Return the timestamp from here on; None if there is none that a browser takes."""
    first = scan.digits()
    if not first or not scan.take(":"):
        return None
    second = scan.digits()
    hours, minutes, seconds = "", first, second
    if len(first) != 2 or int(first) > 59 or scan.sees(":"):
        if not scan.take(":"):
            return None
        hours, minutes, seconds = first, second, scan.digits()
    if not scan.take("."):
        return None
    fraction = scan.digits()
    if (len(minutes), len(seconds), len(fraction)) != (2, 2, 3):
        return None
    if int(minutes) > 59 or int(seconds) > 59:
        return None
    whole = (_hours(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return Timestamp(whole * 1_000 + int(fraction), has_short_hours=len(hours) == 1)


def _hours(digits: str) -> int:
    digits = digits.lstrip("0")
    if not digits:
        return 0
    return min(int(digits), MAX_HOURS) if len(digits) < 12 else MAX_HOURS


@dataclass(frozen=True)
class Timings:
    """A timings line, up to its settings."""

    start: Timestamp
    end: Timestamp
    settings_at: int
    """The start of the settings, from 0."""
    is_tight: bool
    """True if the arrow lacks a space before or after it."""


def timings(line: str) -> Timings | int:
    """Return the timings of a line, or where (from 0) reading them failed."""
    scan = Scanner(line)
    scan.skip_whitespace()
    start = timestamp(scan)
    if start is None:
        return scan.at
    before = scan.skip_whitespace()
    if not scan.take("-->"):
        return scan.at
    after = scan.skip_whitespace()
    end = timestamp(scan)
    if end is None:
        return scan.at
    return Timings(start, end, scan.at, is_tight=not (before and after))
