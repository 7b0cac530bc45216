"""The dates of a series of live classes, without records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from optilearn.core.recurrence.parsing import RuleError, parse_rule
from optilearn.core.recurrence.recurrences import expanded, instant_of

MAX_CLASSES: Final = 200
MAX_SPAN: Final = timedelta(days=366)
"""From the first class to the last."""


@dataclass(frozen=True)
class Dates:
    """A rule in its canonical form, and the instants at which its classes start."""

    rule: str
    starts: tuple[datetime, ...]


def dates_of(rule: str, start: datetime, zone: ZoneInfo) -> Dates:
    """Return the dates of a rule whose first class is at ``start``, a local time without a zone.

    Each class is at the same time of the zone's clock. A start that isn't one of the rule's own
    dates is refused: RFC 5545 would count it as one more. Raises :class:`RuleError` for that, for
    a rule without an end, and for more than a year or 200 classes.
    """
    parsed = parse_rule(rule, start, zone)
    if parsed.ends_at is None:
        raise RuleError(_("Say when the series ends: give the rule COUNT or UNTIL."))
    if parsed.ends_at - instant_of(start, zone) > MAX_SPAN:
        raise RuleError(_("A series can't be longer than a year."))
    last = parsed.ends_at.astimezone(zone).replace(tzinfo=None) + timedelta(days=1)
    found = expanded(parsed.rule, datetime.combine(start.date(), time()), last)
    ahead = ((local, instant_of(local, zone)) for local in found if local >= start)
    inside = ((local, at) for local, at in ahead if at <= parsed.ends_at)
    dates = list(islice(inside, MAX_CLASSES + 1))
    if len(dates) > MAX_CLASSES:
        raise RuleError(_("A series can't have more than 200 classes."))
    if not dates or dates[0][0] != start:
        raise RuleError(_("The first class must be on a date of the rule."))
    # Two times of the night when clocks go forward can be the same instant.
    return Dates(parsed.rule, tuple(dict.fromkeys(at for _local, at in dates)))


def local_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the wall-clock time of an instant; one without a zone is that already."""
    local = moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else moment
    return local.replace(second=0, microsecond=0, fold=0)


def instant(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of a local time, or an instant as it is, at a whole minute."""
    whole = moment.replace(second=0, microsecond=0)
    return whole.astimezone(UTC) if moment.tzinfo else instant_of(whole, zone)


def moved(start: datetime, before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return a class's start moved as another one's, on the wall clock: a week, an hour.

    ``before`` and ``after`` are the other's starts. The time of the day stays the same for all,
    also on the other side of a change of the clocks.
    """
    if start == before:
        return after
    shift = local_of(after, zone) - local_of(before, zone)
    return instant_of(local_of(start, zone) + shift, zone)
