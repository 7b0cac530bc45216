"""Days that somebody typed, as instants on the institution's clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from optilearn.web.formatting import zone


def end_of_day(text: str) -> str | None:
    """Return the instant at which a day ends; anything else as it is, for the schema to refuse."""
    if not text:
        return None
    try:
        following = date.fromisoformat(text) + timedelta(days=1)
    except (ValueError, OverflowError):
        return text
    return datetime.combine(following, time(), zone()).isoformat()


def last_day(moment: datetime | None) -> str:
    """Return the day before which an instant ends, as a form has it; empty for none."""
    if moment is None:
        return ""
    return (moment.astimezone(zone()) - timedelta(microseconds=1)).date().isoformat()
