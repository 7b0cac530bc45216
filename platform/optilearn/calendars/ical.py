"""Writing iCalendar (RFC 5545, with the names of RFC 7986), without records.

By hand, because a maintained library takes four times the feed's budget for 500 events
(docs/benchmarks.md); two of them read what is written here in the tests. Moments are in UTC, which
every program shows on its reader's clock and which no change of the clocks moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
_OCTETS: Final = 75
"""Of a line, without its end (RFC 5545, 3.1)."""
_SPECIAL: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Event:
    """An event: at a moment, between two, or whole days to ``ends``, which is the last one."""

    uid: str
    sequence: int
    changed_at: datetime
    starts: datetime | date
    ends: datetime | date | None = None
    summary: str = ""
    description: str = ""
    category: str = ""
    is_cancelled: bool = False


def calendar(name: str, events: Iterable[Event]) -> bytes:
    """Return a calendar of that name. The same events make the same bytes."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//OptiLearn//Calendar//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    for event in events:
        lines += _lines(event)
    lines.append("END:VCALENDAR")
    return b"".join(map(_folded, lines))


def _lines(event: Event) -> list[str]:
    changed = _utc(event.changed_at)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{changed}",
        f"LAST-MODIFIED:{changed}",
        f"SEQUENCE:{event.sequence}",
    ]
    if isinstance(event.starts, datetime):
        lines.append(f"DTSTART:{_utc(event.starts)}")
        if isinstance(event.ends, datetime):
            lines.append(f"DTEND:{_utc(event.ends)}")
    else:
        after = (event.ends or event.starts) + timedelta(days=1)  # DTEND is exclusive
        lines.append(f"DTSTART;VALUE=DATE:{event.starts:%Y%m%d}")
        lines.append(f"DTEND;VALUE=DATE:{after:%Y%m%d}")
    for key, value in (("SUMMARY", event.summary), ("DESCRIPTION", event.description)):
        if value:
            lines.append(f"{key}:{_text(value)}")
    if event.category:
        lines.append(f"CATEGORIES:{event.category}")
    lines.append(f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}")
    # A due date doesn't make its reader busy, a live class does.
    is_busy = isinstance(event.ends, datetime) and not event.is_cancelled
    lines.append(f"TRANSP:{'OPAQUE' if is_busy else 'TRANSPARENT'}")
    lines.append("END:VEVENT")
    return lines


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).translate(_SPECIAL)


def _folded(line: str) -> bytes:
    """The line with its end; a long one goes on behind a space. No letter is cut in two."""
    rest = line.encode()
    if len(rest) <= _OCTETS:
        return rest + b"\r\n"
    parts: list[bytes] = []
    while rest:
        size = min(len(rest), _OCTETS - (1 if parts else 0))
        while size < len(rest) and rest[size] & 0xC0 == 0x80:  # inside a letter of UTF-8
            size -= 1
        parts.append(rest[:size])
        rest = rest[size:]
    return b"\r\n ".join(parts) + b"\r\n"
