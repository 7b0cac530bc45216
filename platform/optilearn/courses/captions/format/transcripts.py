"""Transcripts have each line once: YouTube's captions roll, so most lines are in three cues.

A cue shows the line before and the one that is being said, and another cue of a moment holds the
finished line. A transcript wants each line where it was said first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

Cue = dict[str, Any]


def transcript_cues(cues: Iterable[Mapping[str, Any]]) -> list[Cue]:
    """Return the cues in the order of their times, without the lines that only stay on the screen.

    Captions that merely say something twice are left as they are.
    """
    ordered = [dict(cue) for cue in sorted(cues, key=lambda cue: (cue["start"], cue["end"]))]
    lines = [_lines(cue["text"]) for cue in ordered]
    repeated = [_repeated(*pair) for pair in pairwise([[], *lines])]
    if not _rolls(lines, repeated):
        return ordered
    said: list[Cue] = []
    for cue, own, known in zip(ordered, lines, repeated, strict=True):
        if own[known:]:
            said.append(cue | {"text": "\n".join(own[known:])})
        elif said and own:
            said[-1]["end"] = max(said[-1]["end"], cue["end"])
    return said


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _repeated(before: list[str], after: list[str]) -> int:
    """Return the number of lines that a cue begins with and the one before ends with."""
    longest = min(len(before), len(after))
    return next((n for n in range(longest, 0, -1) if before[-n:] == after[:n]), 0)


def _rolls(lines: list[list[str]], repeated: list[int]) -> bool:
    """Return True if lines stay while others come, in most of the cues."""
    moves = any(0 < known < len(own) for own, known in zip(lines, repeated, strict=True))
    return moves and 2 * sum(map(bool, repeated)) >= len(lines) - 1
