"""Numbers, dates and sizes in English and Hindi, by Babel.

Instants are shown in the institution's zone. The server formats everything that a page shows, as
browsers differ from Babel and from each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal
from django.utils import translation
from django.utils.translation import gettext as _

from optilearn.core.clock import now
from optilearn.core.tenancy.context import current_institution_id
from optilearn.institutions.selectors import institution_by_id

Number = int | float | Decimal
_LOCALES: Final = {"en": Locale("en", "IN"), "hi": Locale("hi", "IN")}
_NBSP: Final = "\u00a0"
_SIZES: Final = ("B", "kB", "MB", "GB", "TB")
_RECENT: Final = timedelta(days=6)


def locale() -> Locale:
    """Return Babel's locale of the reader."""
    return _LOCALES.get((translation.get_language() or "en")[:2], _LOCALES["en"])


_zone: Final[ContextVar[ZoneInfo | None]] = ContextVar("optilearn_page_zone", default=None)


@contextmanager
def in_zone(name: str) -> Iterator[None]:
    """Show instants of the block in this zone: a page finds its institution's once."""
    token = _zone.set(ZoneInfo(name))
    try:
        yield
    finally:
        _zone.reset(token)


def zone() -> ZoneInfo:
    """Return the zone of the page, else of the institution in force; UTC outside every one."""
    if (found := _zone.get()) is not None:
        return found
    number = current_institution_id()
    return ZoneInfo("UTC" if number is None else institution_by_id(number).time_zone)


def today() -> date:
    """The day that it is in the institution."""
    return now().astimezone(zone()).date()


def day(value: date | datetime | None) -> str:
    """A day: ``29 Nov 2026``."""
    if value is None:
        return "—"
    if isinstance(value, datetime):
        value = value.astimezone(zone()).date()
    return format_date(value, "d MMM y", locale=locale())


def instant(value: datetime | str | None) -> str:
    """A day and a time: ``29 Nov 2026, 08:00``."""
    moment = parsed(value)
    if moment is None:
        return "—"
    return format_datetime(moment, "d MMM y, HH:mm", tzinfo=zone(), locale=locale())


def clock(value: datetime | str | None) -> str:
    """The time alone today, with the day at other times."""
    moment = parsed(value)
    if moment is None:
        return "—"
    local = moment.astimezone(zone())
    if local.date() == now().astimezone(zone()).date():
        text = format_datetime(moment, "HH:mm", tzinfo=zone(), locale=locale())
        return _("today %(time)s") % {"time": text}
    return instant(moment)


def ago(value: datetime | str | None) -> str:
    """A distance in time: ``3 hours ago``, ``in 2 days``; days that are far are named."""
    moment = parsed(value)
    if moment is None:
        return "—"
    span = moment - now()
    if abs(span) > _RECENT:
        return day(moment)
    return format_timedelta(span, add_direction=True, locale=locale())


def number(value: Number | None, digits: int = 2) -> str:
    """A number, grouped by thousands as reports have it: ``1,234,567.8``; rounded to ``digits``."""
    if value is None:
        return "—"
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=locale())


def percent(value: Number | None) -> str:
    """A share as a percentage: 0.734 is ``73.4 %``."""
    return "—" if value is None else f"{number(value * 100, 1)}{_NBSP}%"


def size(value: int | None) -> str:
    """A number of bytes in the unit that reads best: ``4.2 MB``."""
    if value is None:
        return "—"
    amount, unit = float(value), 0
    while abs(amount) >= 999.5 and unit < len(_SIZES) - 1:
        amount, unit = amount / 1_000, unit + 1
    return f"{number(amount, 1 if unit else 0)}{_NBSP}{_SIZES[unit]}"


def parsed(value: datetime | str | None) -> datetime | None:
    """An instant that may have come as text."""
    if value is None or value == "":
        return None
    return datetime.fromisoformat(value) if isinstance(value, str) else value
