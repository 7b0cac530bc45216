"""Periods of requirements and their due dates, without records.

A due date is a day, so no clock and no change of clocks moves it; a requirement that is due on
29 February is due on the 28th in other years (``core.recurrence``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from optilearn.core.recurrence.parsing import RuleError, parse_rule
from optilearn.core.recurrence.recurrences import HORIZON, expanded

_DAYS: Final = ZoneInfo("UTC")
"""The zone of rules about days: none has a change of clocks in it."""
MIN_GAP: Final = timedelta(days=7)
"""Each date is an obligation of everybody, so a rule that never ends costs so much a week."""
_LOOKED_AT: Final = 60
"""Dates of a rule that are compared with ``MIN_GAP``."""
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """One time that a requirement has to be met."""

    number: int
    starts_on: date | None
    """A completion before this day doesn't count; None: each does."""
    due_on: date


@dataclass(frozen=True)
class Schedule:
    """The due dates of a requirement: ``first_due_on`` and those of the rule after it."""

    first_due_on: date
    rule: str = ""
    """Canonical; empty: due once."""
    ends_on: date | None = None
    first_period: int = 0

    def periods_until(self, today: date) -> list[Period]:
        """Return the periods up to the first that is due on that day or later, if there is one.

        At most as many as weeks have passed, whatever the rule: see ``MIN_GAP``.
        """
        found: list[Period] = []
        for period in self._periods(today):
            found.append(period)
            if period.due_on >= today:
                break
        return found

    def _periods(self, today: date) -> Iterator[Period]:
        starts_on = self._first_start()
        for number, due_on in enumerate(self._dates(today), self.first_period):
            yield Period(number, starts_on, due_on)
            starts_on = due_on + _ONE_DAY

    def _first_start(self) -> date | None:
        """The first period is as long as the second; before one that stays alone all counts."""
        first = list(islice(self._dates(self.first_due_on), 2))
        if len(first) == 1:
            return None
        return first[0] - (first[1] - first[0]) + _ONE_DAY

    def _dates(self, today: date) -> Iterator[date]:
        if not self.rule:
            yield self.first_due_on
            return
        last = datetime.combine(max(today, self.first_due_on), time()) + HORIZON
        if self.ends_on is not None:
            last = min(last, datetime.combine(self.ends_on, time()))
        for moment in expanded(self.rule, datetime.combine(self.first_due_on, time()), last):
            yield moment.date()


def schedule_of(rule: str, first_due_on: date, *, first_period: int = 0) -> Schedule:
    """Read a rule that somebody wrote; ``first_due_on`` must be one of its dates.

    Raises :class:`RuleError` for that, for a rule that can't be used, for COUNT (a due date that
    is moved would begin to count anew), and for dates less than a week apart.
    """
    if not rule:
        return Schedule(first_due_on, first_period=first_period)
    parts = {part.partition("=")[0].strip() for part in rule.upper().split(";")}
    if "COUNT" in parts:
        raise RuleError(_("Say by UNTIL when it ends, not by COUNT."))
    if parts & {"BYHOUR", "BYMINUTE", "BYSECOND"}:
        raise RuleError(_("A due date is a whole day: leave the time out."))
    parsed = parse_rule(rule, datetime.combine(first_due_on, time()), _DAYS)
    ends_on = None if parsed.ends_at is None else parsed.ends_at.date()
    found = Schedule(first_due_on, parsed.rule, ends_on, first_period)
    dates = list(islice(found._dates(first_due_on), _LOOKED_AT))  # noqa: SLF001 - of this module
    if not dates or dates[0] != first_due_on:
        raise RuleError(_("The due date must be a date of the rule."))
    if any(later - earlier < MIN_GAP for earlier, later in pairwise(dates)):
        raise RuleError(_("Choose due dates that are at least a week apart."))
    return found
