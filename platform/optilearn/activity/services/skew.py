"""Correction of the clock skew of devices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for every moment before it: no event is that old."""


def utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC; those that UTC has no date for are as old as can be."""
    try:
        return max(moment.astimezone(UTC), BEGINNING)
    except OverflowError:
        return BEGINNING


def shift_of(sent_at: datetime | None, received_at: datetime) -> timedelta:
    """Return how far the sender's clock is behind ours (negative: ahead), from its time of sending.

    The time on the way counts as skew; it is short beside what this corrects.
    """
    return received_at - utc(sent_at) if sent_at else timedelta(0)


def corrected(occurred_at: datetime, shift: timedelta, received_at: datetime) -> datetime:
    """Return the moment by our clock: never before 1970, never in the future.

    Order and distances of events that were sent together stay as they are, up to that bound.
    """
    try:
        moment = utc(occurred_at) + shift
    except OverflowError:
        return received_at if shift > timedelta(0) else BEGINNING
    return min(max(moment, BEGINNING), received_at)
