"""Stretches of a video in whole seconds: sorted, disjoint, half open."""

from __future__ import annotations

from collections.abc import Iterable

from optilearn.enrollment.fields import Intervals


def merged(stretches: Iterable[tuple[int, int]]) -> Intervals:
    """Return the same seconds, sorted, each once; empty stretches are dropped."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(s for s in stretches if s[0] < s[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def clipped(stretches: Intervals, end: int) -> Intervals:
    """Return the part of merged stretches that lies before ``end``."""
    return tuple((a, min(b, end)) for a, b in stretches if a < end)


def without(stretches: Intervals, known: Intervals) -> Intervals:
    """Return the part of merged stretches that merged ``known`` doesn't cover."""
    rest: list[tuple[int, int]] = []
    for start, end in stretches:
        at = start
        for a, b in known:
            if b <= at:
                continue
            if a >= end:
                break
            if a > at:
                rest.append((at, a))
            at = b
        if at < end:
            rest.append((at, end))
    return tuple(rest)


def first(stretches: Intervals, seconds: int) -> Intervals:
    """Return the first so many seconds of merged stretches."""
    found: list[tuple[int, int]] = []
    for start, end in stretches:
        if seconds <= 0:
            break
        found.append((start, min(end, start + seconds)))
        seconds -= end - start
    return tuple(found)


def length(stretches: Intervals) -> int:
    """Return the length of merged stretches in seconds."""
    return sum(end - start for start, end in stretches)
