"""Intervals of presence from what clients report, without records.

A report belongs to a connection: a page or device of a person. A connection is open from a JOIN
to the next LEAVE of its own; another JOIN of an open one, and a LEAVE of a closed one, say nothing
new. A person is present while one of their connections is open. Who never leaves stays until the
class ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class Change(StrEnum):
    """Coming or leaving."""

    JOIN = "JOIN"
    LEAVE = "LEAVE"


class Result(StrEnum):
    """Attendance by the time in the room."""

    PRESENT = "PRESENT"
    PARTIAL = "PARTIAL"
    ABSENT = "ABSENT"


@dataclass(frozen=True)
class Report:
    """A report of a connection, by our clock; ``number`` orders those of one instant."""

    connection: UUID
    change: str
    at: datetime
    number: int = 0


@dataclass(frozen=True)
class Span:
    """A time: of a class, or an unbroken one of a person in the room."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Its length."""
        return self.end - self.start


def held_span(
    starts_at: datetime, ends_at: datetime, started_at: datetime | None, ended_at: datetime
) -> Span:
    """Return the time that students had to be there.

    From the later of the plan and the host's start to the earlier of the plan and the host's end:
    nobody has to come early or stay longer, or be where no class was. A class that was held
    outside its plan counts as it was held.
    """
    start, end = max(starts_at, started_at or starts_at), min(ends_at, ended_at)
    if start >= end:
        start, end = started_at or starts_at, ended_at
    return Span(start, max(start, end))


def stays_of(reports: Iterable[Report], span: Span) -> list[Span]:
    """Return one person's merged stays within the span, in their order, whatever the reports'."""
    pieces = sorted(
        (max(start, span.start), min(span.end if end is None else end, span.end))
        for start, end in _opened(reports)
    )
    merged: list[Span] = []
    for start, end in pieces:
        if start >= end:
            continue
        if merged and start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, end))
        else:
            merged.append(Span(start, end))
    return merged


def present_since(reports: Iterable[Report]) -> datetime | None:
    """Return the moment since which one person has been in the room; None if they aren't in it."""
    pieces = sorted(
        ((start, end) for start, end in _opened(reports)), key=lambda piece: piece[0], reverse=True
    )
    since = min((start for start, end in pieces if end is None), default=None)
    if since is None:
        return None
    # What ended while another connection was open, or as it opened, is part of the same stay.
    for start, end in pieces:
        if end is not None and start < since <= end:
            since = start
    return since


def result_of(stays: Sequence[Span], span: Span, percent: int) -> Result:
    """Return the attendance: PRESENT with at least ``percent`` of the class, to the microsecond."""
    total = sum((stay.length for stay in stays), timedelta())
    if not total:
        return Result.ABSENT
    return Result.PRESENT if total * 100 >= span.length * percent else Result.PARTIAL


def _opened(reports: Iterable[Report]) -> list[tuple[datetime, datetime | None]]:
    """Return the times for which connections were open; None: until now."""
    since: dict[UUID, datetime] = {}
    pieces: list[tuple[datetime, datetime | None]] = []
    for report in sorted(reports, key=lambda one: (one.at, one.number)):
        if report.change == Change.JOIN:
            since.setdefault(report.connection, report.at)
        elif report.connection in since:
            pieces.append((since.pop(report.connection), report.at))
    return [*pieces, *((start, None) for start in since.values())]
