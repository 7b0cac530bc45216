"""Instants as the standard's answers write them."""

from __future__ import annotations

from datetime import UTC, datetime


def whole(moment: datetime) -> datetime:
    """To the millisecond, so that what an answer shows is what is compared."""
    return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)


def shown(moment: datetime) -> str:
    """ISO 8601 in UTC, with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
