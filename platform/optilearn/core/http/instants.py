"""Moments in requests: those that every part of the product can handle."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from django.utils.translation import gettext as _
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""PostgreSQL keeps years that Python can't read, and a zone takes the year 9999 to 10000."""


def within(moment: datetime) -> datetime:
    """Return the moment, local or aware. Raises ``ValueError`` outside the years 1900 to 2199."""
    if not FIRST <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < LAST:
        raise ValueError(_("Choose a time between the years 1900 and 2199."))
    return moment


def _written(value: Any) -> Any:
    """Refuse a number: seconds or milliseconds since 1970 are a mistake more often than a date."""
    is_number = isinstance(value, int | float) or (isinstance(value, str) and _is_number(value))
    if is_number:
        raise ValueError(_("Write it as ISO 8601, like 2026-04-13T09:00:00Z."))
    return value


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None


_NUMBER: Final = re.compile(r"[+-]?[0-9]*[.,]?[0-9]*(?:[eE][+-]?[0-9]+)?")

Instant = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(within)]
"""An instant with its zone."""
LocalOrInstant = Annotated[datetime, BeforeValidator(_written), AfterValidator(within)]
"""A local time, or an instant."""
Day = Annotated[date, BeforeValidator(_written), Field(ge=FIRST.date(), lt=LAST.date())]
"""A day of the calendar."""
