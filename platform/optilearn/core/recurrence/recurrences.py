"""Instances of RFC 5545 rules on the institution's clock, and on its school calendar.

A rule is stored in a canonical form that begins anew from any of its own instances: its times are
stated (BYHOUR, BYMINUTE), and what DTSTART would imply (the weekday, the day of the month). So the
next instance is found from the last one at the same cost after ten years. dateutil expands rules;
times are local, so that 08:00 stays 08:00 when the clocks change. A time that the clocks skip is
the same time after the change (02:30 is 03:30), and one that comes twice is the first (RFC 5545,
section 3.3.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from optilearn.core.recurrence.school_calendar import SchoolCalendar, Span

HORIZON: Final = timedelta(days=366 * 9)
"""The longest pause between two instances: 29 February is left out for eight years around 2100."""
_MAX_CANDIDATES: Final = 20_000


@dataclass(frozen=True)
class Recurrence:
    """A rule in its canonical form, and the days on which it holds."""

    rule: str
    """``FREQ=WEEKLY;BYDAY=MO;BYHOUR=8;BYMINUTE=0;BYSECOND=0``."""
    ends_at: datetime | None = None
    """The last instant at which an instance may be."""
    only_in_terms: bool = False
    skips_holidays: bool = False
    nth_in_term: int | None = None
    """1 is the first instance in each term, -1 the last one; None: all."""

    def after(
        self, anchor: datetime, moment: datetime, zone: ZoneInfo, calendar: SchoolCalendar
    ) -> datetime | None:
        """Return the first instance after ``moment``, in UTC; None if there is none in nine years.

        ``anchor`` is an earlier instance, or the instant from which the rule counts.
        """
        # Instances are at whole minutes: no seconds, so that equal questions are asked once.
        minute = moment.replace(second=0, microsecond=0)
        return _after(self, anchor.astimezone(zone).date(), minute, zone, calendar)

    def instances(
        self, anchor: datetime, moment: datetime, zone: ZoneInfo, calendar: SchoolCalendar
    ) -> Iterator[datetime]:
        """Yield the instances after ``moment``, in UTC."""
        found = self.after(anchor, moment, zone, calendar)
        while found is not None:
            yield found
            found = self.after(found, found, zone, calendar)


@lru_cache(maxsize=4_096)
def _after(
    recurrence: Recurrence,
    start: date,
    moment: datetime,
    zone: ZoneInfo,
    calendar: SchoolCalendar,
) -> datetime | None:
    latest = _latest(recurrence, moment, zone, calendar)
    # From the beginning of the anchor's day, in which it lies even if the clocks moved it.
    first, last = datetime.combine(start, time()), latest.astimezone(zone).replace(tzinfo=None)
    for number, local in enumerate(expanded(recurrence.rule, first, last)):
        instant = instant_of(local, zone)
        if number > _MAX_CANDIDATES:
            return None
        if recurrence.ends_at is not None and instant > recurrence.ends_at:
            return None
        if instant > moment and _holds(recurrence, local, calendar):
            return instant
    return None


def _latest(
    recurrence: Recurrence, moment: datetime, zone: ZoneInfo, calendar: SchoolCalendar
) -> datetime:
    """Return the instant after which no instance is looked for: the end of the last known term."""
    if recurrence.only_in_terms or recurrence.nth_in_term is not None:
        if not calendar.terms:
            return moment
        last = max(term[1] for term in calendar.terms)
        return instant_of(datetime.combine(last, time(23, 59, 59)), zone)
    return moment + HORIZON


def expanded(rule: str, first: datetime, last: datetime) -> Iterable[datetime]:
    """Return the local instances of a rule that counts from ``first``, up to ``last``.

    Without a last one dateutil goes on to the year 9999 where a rule has no instance.
    """
    instances: Iterable[datetime] = rrulestr(f"{rule};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=first)
    return instances


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of a local time, in UTC."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _holds(recurrence: Recurrence, local: datetime, calendar: SchoolCalendar) -> bool:
    day = local.date()
    if recurrence.skips_holidays and calendar.is_holiday(day):
        return False
    if not recurrence.only_in_terms and recurrence.nth_in_term is None:
        return True
    term = calendar.term_of(day)
    if term is None:
        return False
    if recurrence.nth_in_term is None:
        return True
    return local == _nth_of(recurrence, term, calendar)


@lru_cache(maxsize=1_024)
def _nth_of(recurrence: Recurrence, term: Span, calendar: SchoolCalendar) -> datetime | None:
    """Return the n-th instance in a term."""
    first, last = (datetime.combine(day, time()) for day in term)
    inside = [
        local
        for local in expanded(recurrence.rule, first, last + timedelta(days=1))
        if calendar.term_of(local.date()) == term
        and not (recurrence.skips_holidays and calendar.is_holiday(local.date()))
    ]
    n = recurrence.nth_in_term or 1
    place = n - 1 if n > 0 else n
    return inside[place] if -len(inside) <= place < len(inside) else None


def parts_of(rule: str) -> dict[str, str]:
    """Return the parts of a rule by name: ``{"FREQ": "WEEKLY", "BYDAY": "MO"}``."""
    return dict(part.split("=", 1) for part in rule.split(";"))
