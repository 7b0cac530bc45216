"""Moments in requests: those that every part of the product can handle."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Final

from django.utils.translation import gettext as _
from pydantic import AfterValidator, AwareDatetime, Field

FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""PostgreSQL keeps years that Python can't read, and a zone takes the year 9999 to 10000."""


def within(moment: datetime) -> datetime:
    """Return the moment, local or aware. Raises ``ValueError`` outside the years 1900 to 2199."""
    if not FIRST <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < LAST:
        raise ValueError(_("Choose a time between the years 1900 and 2199."))
    return moment


Instant = Annotated[AwareDatetime, AfterValidator(within)]
"""An instant with its zone."""
LocalOrInstant = Annotated[datetime, AfterValidator(within)]
"""A local time, or an instant."""
Day = Annotated[date, Field(ge=FIRST.date(), lt=LAST.date())]
"""A day of the calendar."""
