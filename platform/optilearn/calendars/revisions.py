"""The published versions of a feed's entries, by which programs see changes (RFC 5545, 3.8.7).

Without records. A revision has no text of its entry, only a digest of it: a feed holds nothing that
the calendar doesn't.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from optilearn.calendars.entries import Entry

CANCELLED_FOR: Final = timedelta(days=90)
"""An entry that is gone stays cancelled so long, for programs that are away for a while."""


@dataclass(frozen=True)
class Revision:
    """The newest published version of an entry."""

    digest: str
    sequence: int
    """From 0; one more with each change (RFC 5545, 3.8.7.4)."""
    changed_at: datetime
    starts: str
    """The entry's moment or first day, in ISO 8601."""
    ends: str
    """Its last moment or last day; for a moment the same."""
    is_cancelled: bool = False


Revisions = dict[str, Revision]
"""By the ids of entries."""


def revised(known: Revisions, entries: Iterable[Entry], today: date, now: datetime) -> Revisions:
    """Return what is published now, by what was published before.

    Entries that are gone are cancelled if they were still to come; those of the past are left
    out, as when they leave the feed's window.
    """
    found = {entry.id: _revision(known.get(entry.id), entry, now) for entry in entries}
    for name in known.keys() - found.keys():
        if (gone := _cancelled(known[name], today, now)) is not None:
            found[name] = gone
    return found


def _revision(known: Revision | None, entry: Entry, now: datetime) -> Revision:
    digest, starts = _digest(entry), _starts(entry)
    if known is None:
        return Revision(digest, 0, now, starts, _ends(entry))
    if known.digest == digest and not known.is_cancelled:
        return known
    return Revision(digest, known.sequence + 1, now, starts, _ends(entry))


def _cancelled(known: Revision, today: date, now: datetime) -> Revision | None:
    if known.is_cancelled:
        return known if now - known.changed_at < CANCELLED_FOR else None
    if _is_over(known.ends, today, now):
        return None
    return replace(known, sequence=known.sequence + 1, changed_at=now, is_cancelled=True)


def _is_over(ends: str, today: date, now: datetime) -> bool:
    """Return True if a moment is past on the clock, or a day on the school's calendar."""
    if "T" in ends:
        return datetime.fromisoformat(ends) < now
    return date.fromisoformat(ends) < today


def _starts(entry: Entry) -> str:
    if entry.at is not None:
        return entry.at.astimezone(UTC).isoformat()
    return "" if entry.starts_on is None else entry.starts_on.isoformat()


def _ends(entry: Entry) -> str:
    if entry.at is not None:
        return (entry.ends_at or entry.at).astimezone(UTC).isoformat()
    return "" if entry.ends_on is None else entry.ends_on.isoformat()


def _digest(entry: Entry) -> str:
    parts = [entry.title, entry.course_title, _starts(entry), str(entry.ends_on)]
    if entry.ends_at is not None:
        parts.append(entry.ends_at.astimezone(UTC).isoformat())
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=9).hexdigest()


def from_json(value: dict[str, Any]) -> Revisions:
    """Read revisions as the database has them."""
    return {
        name: Revision(digest, sequence, datetime.fromisoformat(at), starts, ends, cancelled)
        for name, (digest, sequence, at, starts, ends, cancelled) in value.items()
    }


def to_json(revisions: Revisions) -> dict[str, Any]:
    """Write them for the database."""
    return {
        name: [
            one.digest,
            one.sequence,
            one.changed_at.isoformat(),
            one.starts,
            one.ends,
            one.is_cancelled,
        ]
        for name, one in revisions.items()
    }
