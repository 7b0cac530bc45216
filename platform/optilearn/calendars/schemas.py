"""Schemas of the calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from pydantic import Field

from optilearn.calendars.entries import EntryKind
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.envelope import CamelSchema
from optilearn.core.http.instants import Day
from optilearn.core.http.pages import StrictQuery

MAX_DAYS: Final = 400


class CalendarQuery(StrictQuery):
    """The days that are asked for, in the institution's zone."""

    from_: Day | None = Field(None, alias="from", description="The first day; today if left out.")
    to: Day | None = Field(None, description="The last day; four weeks later if left out.")

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day. Raises ``AppError`` for none, and for too many."""
        first = self.from_ or (min(today, self.to) if self.to else today)
        last = self.to or first + timedelta(days=28)
        if last < first:
            raise _refused(_("The first day must not be after the last one."), "/from")
        if (last - first).days > MAX_DAYS:
            raise _refused(_("Ask for at most %(days)d days.") % {"days": MAX_DAYS}, "/to")
        return first, last


def _refused(message: str, path: str) -> AppError:
    return AppError(ErrorCode.VALIDATION_ERROR, message, [{"path": path}])


class EntryOut(CamelSchema):
    """An entry of a calendar: a moment, or whole days."""

    id: str = Field(description="Stays the same when the entry moves.")
    kind: EntryKind
    title: str
    at: datetime | None = Field(description="The moment; null for whole days.")
    ends_at: datetime | None = Field(description="The end of a live class.")
    starts_on: date | None
    ends_on: date | None = Field(description="The last day.")
    course_id: int | None
    course_title: str
    lesson_id: int | None
    assignment_id: int | None
    live_class_id: int | None
    requirement_id: int | None
    student_id: int | None = Field(description="The student whose date it is.")
    is_done: bool = Field(description="It was submitted or met already, or the class is over.")


class FeedOut(CamelSchema):
    """The state of a feed. Its address is shown only when it is made."""

    is_active: bool
    created_at: datetime | None


class NewFeed(CamelSchema):
    """The address of a feed: whoever has it can read the calendar."""

    url: str
    webcal_url: str = Field(description="The same for a link that opens the calendar program.")
