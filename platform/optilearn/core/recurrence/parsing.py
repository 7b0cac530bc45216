"""Reading an RFC 5545 rule that somebody wrote, into its canonical form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from optilearn.core.http.instants import within
from optilearn.core.recurrence.recurrences import HORIZON, expanded, instant_of

_FREQUENCIES: Final = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FORMS: Final = {
    "FREQ": "|".join(_FREQUENCIES),
    "INTERVAL": r"[1-9]\d{0,2}",
    "COUNT": r"[1-9]\d{0,3}",
    "UNTIL": r"\d{8}(T\d{6}Z?)?",
    "BYMONTH": r"(1[0-2]|[1-9])(,(1[0-2]|[1-9]))*",
    "BYMONTHDAY": r"-?([12]\d|3[01]|[1-9])(,-?([12]\d|3[01]|[1-9]))*",
    "BYDAY": r"(-?[1-5])?(MO|TU|WE|TH|FR|SA|SU)(,(-?[1-5])?(MO|TU|WE|TH|FR|SA|SU))*",
    "BYSETPOS": r"-?[1-9]\d?(,-?[1-9]\d?)*",
    "BYHOUR": r"(1?\d|2[0-3])(,(1?\d|2[0-3]))*",
    "BYMINUTE": r"[1-5]?\d",
    "BYSECOND": r"0",
    "WKST": "|".join(_DAYS),
}
_ORDER: Final = (
    *("FREQ", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST"),
    *("BYHOUR", "BYMINUTE", "BYSECOND"),
)
_LONGEST: Final = {"DAILY": 999, "WEEKLY": 416, "MONTHLY": 96, "YEARLY": 8}
"""The largest interval of each frequency: eight years."""
_SHORTEST_MONTH: Final = 28
_HOURS: Final = 24


class RuleError(ValueError):
    """The rule can't be used; the message says why, for the reader."""


@dataclass(frozen=True)
class ParsedRule:
    """A canonical rule, and its end if it had one."""

    rule: str
    ends_at: datetime | None


def parse_rule(text: str, start: datetime, zone: ZoneInfo) -> ParsedRule:
    """Parse a rule whose first instance is at ``start`` (a local time without a zone) or later.

    ``COUNT`` becomes the instant of its last instance. The 29th, 30th and 31st of a month are the
    last day of a shorter one. Raises :class:`RuleError`.
    """
    parts = _split(text)
    _refuse_what_is_too_often(parts)
    _refuse_long_intervals(parts)
    _state_times(parts, start)
    _state_days(parts, start)
    _clamp_days(parts)
    until, count = parts.pop("UNTIL", ""), parts.pop("COUNT", "")
    if until and count:
        raise RuleError(_("Give the rule UNTIL or COUNT, not both."))
    rule = ";".join(f"{name}={parts[name]}" for name in _ORDER if name in parts)
    ends_at = _until(until, zone) if until else None
    first = datetime.combine(start.date(), time())
    found = list(islice(_expanded(rule, first, start), int(count or 1)))
    if not found:
        raise RuleError(_("This rule has no date."))
    if count and len(found) < int(count):
        raise RuleError(_("So many times take longer than nine years. Leave COUNT out."))
    if count:
        ends_at = instant_of(found[-1], zone)
    return ParsedRule(rule, ends_at)


def _split(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").rstrip(";").split(";"):
        name, separator, value = part.partition("=")
        if not separator or name in parts:
            raise RuleError(_("Write the rule like FREQ=WEEKLY;BYDAY=MO."))
        if name not in _FORMS:
            raise RuleError(_("{name} can't be part of this rule.").format(name=name))
        parts[name] = value
    if "FREQ" not in parts:
        raise RuleError(_("Write the rule like FREQ=WEEKLY;BYDAY=MO."))
    if parts["FREQ"] in {"SECONDLY", "MINUTELY"}:
        raise RuleError(_("Choose times that are at least an hour apart."))
    for name, value in parts.items():
        if not re.fullmatch(_FORMS[name], value):
            raise RuleError(_("{value} is no value of {name}.").format(value=value, name=name))
    return parts


def _refuse_what_is_too_often(parts: dict[str, str]) -> None:
    """An hour's rule becomes the hours of a day: HOURLY;INTERVAL=6 is BYHOUR=0,6,12,18."""
    if parts["FREQ"] != "HOURLY":
        return
    every = int(parts.pop("INTERVAL", "1"))
    if _HOURS % every:
        raise RuleError(_("Choose a number of hours that divides 24."))
    parts["FREQ"] = "DAILY"
    parts.setdefault("BYHOUR", f"*{every}")


def _refuse_long_intervals(parts: dict[str, str]) -> None:
    if int(parts.get("INTERVAL", "1")) > _LONGEST[parts["FREQ"]]:
        raise RuleError(_("Choose an interval of at most eight years."))


def _state_times(parts: dict[str, str], start: datetime) -> None:
    hours = parts.get("BYHOUR", str(start.hour))
    if hours.startswith("*"):
        every = int(hours[1:])
        hours = ",".join(map(str, range(start.hour % every, _HOURS, every)))
    chosen = sorted({int(hour) for hour in hours.split(",")})
    if "BYSETPOS" in parts and len(chosen) > 1:
        raise RuleError(_("With BYSETPOS, choose one hour."))
    parts["BYHOUR"] = ",".join(map(str, chosen))
    parts.setdefault("BYMINUTE", str(start.minute))
    parts["BYSECOND"] = "0"


def _state_days(parts: dict[str, str], start: datetime) -> None:
    """State the days that the first instance would imply, and the week's begin."""
    frequency = parts["FREQ"]
    if frequency in {"DAILY", "WEEKLY"} and re.search(r"\d", parts.get("BYDAY", "")):
        raise RuleError(_("The first or last weekday belongs to a month: use FREQ=MONTHLY."))
    if frequency == "WEEKLY":
        parts.setdefault("BYDAY", _DAYS[start.weekday()])
        parts.setdefault("WKST", "MO")
        return
    if frequency in {"MONTHLY", "YEARLY"} and not {"BYDAY", "BYMONTHDAY"} & parts.keys():
        parts["BYMONTHDAY"] = str(start.day)
        if frequency == "YEARLY":
            parts.setdefault("BYMONTH", str(start.month))


def _clamp_days(parts: dict[str, str]) -> None:
    """The 31st of a shorter month is its last day (RFC 7529 calls it ``SKIP=BACKWARD``)."""
    day = parts.get("BYMONTHDAY", "")
    if parts["FREQ"] not in {"MONTHLY", "YEARLY"} or {"BYDAY", "BYSETPOS"} & parts.keys():
        return
    if not re.search(r"(?<![-\d])(29|30|31)", day):
        return
    is_one_month = parts["FREQ"] == "MONTHLY" or re.fullmatch(r"\d+", parts.get("BYMONTH", ""))
    if not is_one_month or "," in day:
        raise RuleError(_("The 29th, 30th or 31st needs a rule of its own, by FREQ=MONTHLY."))
    hours = parts["BYHOUR"].split(",")
    if len(hours) > 1:
        raise RuleError(_("On the 29th, 30th or 31st, choose one hour."))
    days = range(_SHORTEST_MONTH, int(day) + 1)
    parts |= {"BYMONTHDAY": ",".join(map(str, days)), "BYSETPOS": "-1"}


def _until(text: str, zone: ZoneInfo) -> datetime:
    """Return the last instant: a date's end, a local time, or an instant in UTC."""
    try:
        if text.endswith("Z"):
            return within(datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC))
        if "T" in text:
            local = datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - made aware below
        else:
            day = datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - likewise
            local = datetime.combine(day, time(23, 59, 59))
        return within(instant_of(local, zone))
    except (ValueError, OverflowError) as error:
        raise RuleError(_("{value} is no date.").format(value=text)) from error


def _expanded(rule: str, first: datetime, start: datetime) -> Iterator[datetime]:
    """Yield the instances from ``start`` on, within the horizon."""
    yield from (one for one in expanded(rule, first, start + HORIZON) if one >= start)
