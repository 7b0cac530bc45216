"""The problems that a validator reports; a browser reads the file all the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MAX_PROBLEMS: Final = 200
"""More than these aren't listed: somebody has to read them."""


class Code(StrEnum):
    """A kind of problem."""

    NOT_WEBVTT = "NOT_WEBVTT"
    BAD_UTF8 = "BAD_UTF8"
    NUL_CHARACTER = "NUL_CHARACTER"
    NO_BLANK_AFTER_HEADER = "NO_BLANK_AFTER_HEADER"
    NO_CUES = "NO_CUES"
    NO_TIMINGS = "NO_TIMINGS"
    NO_BLANK_BEFORE_CUE = "NO_BLANK_BEFORE_CUE"
    LATE_STYLE = "LATE_STYLE"
    LATE_REGION = "LATE_REGION"
    BAD_TIMINGS = "BAD_TIMINGS"
    SHORT_HOURS = "SHORT_HOURS"
    TIGHT_ARROW = "TIGHT_ARROW"
    END_NOT_AFTER_START = "END_NOT_AFTER_START"
    STARTS_BEFORE_PREVIOUS = "STARTS_BEFORE_PREVIOUS"
    DUPLICATE_ID = "DUPLICATE_ID"
    UNKNOWN_SETTING = "UNKNOWN_SETTING"
    BAD_SETTING = "BAD_SETTING"
    REPEATED_SETTING = "REPEATED_SETTING"
    UNKNOWN_TAG = "UNKNOWN_TAG"
    UNOPENED_TAG = "UNOPENED_TAG"
    UNCLOSED_TAG = "UNCLOSED_TAG"
    MISPLACED_RT = "MISPLACED_RT"
    NO_ANNOTATION = "NO_ANNOTATION"
    BAD_TAG_TIMESTAMP = "BAD_TAG_TIMESTAMP"
    TAG_TIMESTAMP_OUTSIDE = "TAG_TIMESTAMP_OUTSIDE"
    BARE_AMPERSAND = "BARE_AMPERSAND"
    TOO_MANY = "TOO_MANY"


MESSAGES: Final = {
    Code.NOT_WEBVTT: "The first line must be WEBVTT, alone or followed by a space and a note.",
    Code.BAD_UTF8: "This is not valid UTF-8. Save the file as UTF-8.",
    Code.NUL_CHARACTER: "There is a NUL character here.",
    Code.NO_BLANK_AFTER_HEADER: "There must be a blank line after the header.",
    Code.NO_CUES: "The file has no cue that can be shown.",
    Code.NO_TIMINGS: "This block has no timings, so it is left out.",
    Code.NO_BLANK_BEFORE_CUE: "There must be a blank line before a cue.",
    Code.LATE_STYLE: "STYLE must come before the first cue; here it is left out.",
    Code.LATE_REGION: "REGION must come before the first cue; here it is left out.",
    Code.BAD_TIMINGS: (
        "These timings can't be read, so the cue is left out."
        " Write them as 00:01:02.500 --> 00:01:04.000."
    ),
    Code.SHORT_HOURS: "Write hours with two digits or more.",
    Code.TIGHT_ARROW: "Write a space before and after the arrow.",
    Code.END_NOT_AFTER_START: "The cue ends before it begins, so it is never shown.",
    Code.STARTS_BEFORE_PREVIOUS: "The cue begins before the one above it.",
    Code.DUPLICATE_ID: "An earlier cue has the same identifier.",
    Code.UNKNOWN_SETTING: "There is no such setting.",
    Code.BAD_SETTING: "This setting's value can't be used.",
    Code.REPEATED_SETTING: "The setting is repeated; the last one counts.",
    Code.UNKNOWN_TAG: "There is no such tag.",
    Code.UNOPENED_TAG: "This closes a tag that isn't open here.",
    Code.UNCLOSED_TAG: "A tag of this cue is never closed.",
    Code.MISPLACED_RT: "An rt tag belongs directly into a ruby tag.",
    Code.NO_ANNOTATION: "A v or lang tag needs a name after it.",
    Code.BAD_TAG_TIMESTAMP: "This timestamp can't be read.",
    Code.TAG_TIMESTAMP_OUTSIDE: "A timestamp in a cue must lie within it, after the one before.",
    Code.BARE_AMPERSAND: "Write & as &amp;.",
    Code.TOO_MANY: "There are more problems; they are not listed.",
}


@dataclass(frozen=True)
class Problem:
    """A problem at a line and a column, both counted from 1 (columns in characters)."""

    line: int
    column: int
    code: Code

    @property
    def message(self) -> str:
        """In English."""
        return MESSAGES[self.code]


@dataclass
class Report:
    """Collects problems, in the order in which they are met."""

    found: list[Problem] = field(default_factory=list)

    def add(self, code: Code, line: int, column: int = 1) -> None:
        """Note a problem, unless there are too many already."""
        if len(self.found) < MAX_PROBLEMS:
            self.found.append(Problem(line, column, code))
        elif len(self.found) == MAX_PROBLEMS:
            self.found.append(Problem(line, column, Code.TOO_MANY))

    @property
    def is_full(self) -> bool:
        """True if no more problems are recorded."""
        return len(self.found) > MAX_PROBLEMS

    def in_order(self) -> tuple[Problem, ...]:
        """By place."""
        return tuple(sorted(self.found, key=lambda p: (p.line, p.column)))
