"""Details of providers' answers in a form to store: short, without e-mail addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_ADDRESS: Final = re.compile(r"<?[^\s<>]*@[^\s<>]*>?")
_SPACE: Final = re.compile(r"\s+")
_MAX_ROWS: Final = 200
_LONGEST_WAIT: Final = 86_400.0


def plain(text: str) -> str:
    """At most 200 characters on one line; addresses of people are left out."""
    return _SPACE.sub(" ", _ADDRESS.sub("…", text)).strip()[:_MAX_ROWS]


def seconds_of(retry_after: str | None) -> float | None:
    """Parse ``Retry-After`` to seconds, at most a day; None if it is unusable.

    It is a number of seconds or a date (RFC 9110 §10.2.3).
    """
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            at = parsedate_to_datetime(retry_after)
        except (ValueError, OverflowError):
            return None
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        seconds = (at - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT) if seconds == seconds else None  # noqa: PLR0124 - NaN isn't itself
