"""Days and times as readers write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

_MONTHS: Final = {
    "en": "January February March April May June July August September October November December",
    # Not Django's, whose Hindi months are misspelt.
    "hi": "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
}
_DAYS: Final = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "hi": "सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार",
}
MONTHS: Final = {locale: names.split() for locale, names in _MONTHS.items()}
DAYS: Final = {locale: names.split() for locale, names in _DAYS.items()}
_WITHOUT_TIME: Final = {"datetime": "date", "full": "weekday", "time": "date"}
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


def written(value: object, *, style: str, zone: ZoneInfo, locale: str) -> str:
    """Format an ISO 8601 text, a date or an instant for a reader; return other values as they are.

    A date has no zone: it stays the same day in every style. Raises ``ValueError`` for a
    style that isn't in ``STYLES``.
    """
    if style not in STYLES:
        raise ValueError(f"There is no style {style!r}; there are {', '.join(STYLES)}.")
    moment = _moment(value)
    if moment is None:
        return "" if value is None else str(value)
    if not isinstance(moment, datetime):
        return STYLES[_WITHOUT_TIME.get(style, style)](moment, locale)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return STYLES[style](moment.astimezone(zone), locale)


def _moment(value: object) -> datetime | date | None:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _date(day: date, locale: str) -> str:
    return f"{day.day} {MONTHS[locale][day.month - 1]} {day.year}"


def _short(day: date, locale: str) -> str:
    return f"{day.day} {MONTHS[locale][day.month - 1]}"


def _weekday(day: date, locale: str) -> str:
    return f"{DAYS[locale][day.weekday()]}, {_date(day, locale)}"


def _time(moment: date, locale: str) -> str:
    return f"{moment:%H:%M}"


def _datetime(moment: date, locale: str) -> str:
    return f"{_date(moment, locale)}, {_time(moment, locale)}"


def _full(moment: date, locale: str) -> str:
    return f"{_weekday(moment, locale)}, {_time(moment, locale)}"


STYLES: Final[Mapping[str, Callable[[date, str], str]]] = {
    "datetime": _datetime,
    "date": _date,
    "short": _short,
    "weekday": _weekday,
    "time": _time,
    "full": _full,
}
"""``30 November 2026, 23:59``; ``30 November 2026``; ``30 November``;
``Monday, 30 November 2026``; ``23:59``; ``Monday, 30 November 2026, 23:59``."""
