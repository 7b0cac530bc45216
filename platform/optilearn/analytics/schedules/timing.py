"""The recurrence of a schedule's row, on its institution's clock and calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from optilearn.analytics.models import Schedule
from optilearn.core.recurrence.recurrences import Recurrence
from optilearn.core.recurrence.school_calendar import SchoolCalendar
from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import holiday_spans, institution_by_id, term_spans


@dataclass(frozen=True)
class Clock:
    """The institution's zone and calendar."""

    zone: ZoneInfo
    calendar: SchoolCalendar

    @classmethod
    def in_force(cls) -> Clock:
        """Read those of the institution in force. Three queries."""
        zone = ZoneInfo(institution_by_id(require_institution_id()).time_zone)
        return cls(zone, SchoolCalendar.of(term_spans(), holiday_spans()))

    def upcoming(self, schedule: Schedule, moment: datetime, count: int = 10) -> list[datetime]:
        """Return the next instances of a schedule after a moment, in UTC."""
        recurrence = recurrence_of(schedule)
        first = max(moment, schedule.starts_at - timedelta(microseconds=1))
        found = recurrence.instances(schedule.starts_at, first, self.zone, self.calendar)
        return list(islice(found, count))

    def holds(self, schedule: Schedule, moment: datetime) -> bool:
        """Return True if a moment is an instance by the calendar of now."""
        found = recurrence_of(schedule).instances(
            moment, moment - timedelta(minutes=1), self.zone, self.calendar
        )
        return next(found, None) == moment

    def next_of(self, schedule: Schedule, anchor: datetime, moment: datetime) -> datetime | None:
        """Return the first instance after a moment; ``anchor`` is an earlier one."""
        return recurrence_of(schedule).after(anchor, moment, self.zone, self.calendar)


def recurrence_of(schedule: Schedule) -> Recurrence:
    """Return the recurrence of a schedule with the trigger TIME."""
    return Recurrence(
        rule=schedule.rule,
        ends_at=schedule.ends_at,
        only_in_terms=schedule.only_in_terms,
        skips_holidays=schedule.skips_holidays,
        nth_in_term=schedule.nth_in_term,
    )
