"""Recurrences in words, in the language in force."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from optilearn.core.recurrence.recurrences import Recurrence, parts_of
from optilearn.notifications.rendering.dates import DAYS, MONTHS

_CODES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WORKING: Final = "MO,TU,WE,TH,FR"


def describe(recurrence: Recurrence, zone: ZoneInfo) -> str:
    """Return the rule as a sentence: ``Every Monday at 08:00, in term time``."""
    parts = parts_of(recurrence.rule)
    days = _days(recurrence, parts)
    if days is None:
        return _("By the rule {rule}").format(rule=recurrence.rule)
    text = _("{days} at {times}").format(days=days, times=_joined(_times(parts)))
    if "BYMONTH" in parts and parts["FREQ"] != "YEARLY":
        months = [_month(int(number)) for number in parts["BYMONTH"].split(",")]
        text = _("{text}, in {months}").format(text=text, months=_joined(months))
    for clause in _clauses(recurrence, zone):
        text = f"{text}, {clause}"
    return text


def _clauses(recurrence: Recurrence, zone: ZoneInfo) -> list[str]:
    found: list[str] = []
    n = recurrence.nth_in_term
    if n is not None:
        found.append(_nth_clause(n))
    elif recurrence.only_in_terms and not _are_school_days(recurrence):
        found.append(_("in term time"))
    if recurrence.skips_holidays and not _are_school_days(recurrence):
        found.append(_("not on holidays"))
    if recurrence.ends_at is not None:
        last = recurrence.ends_at.astimezone(zone)
        found.append(_("until {date}").format(date=_date(last)))
    return found


def _nth_clause(n: int) -> str:
    if n == 1:
        return _("only the first time in each term")
    if n == -1:
        return _("only the last time in each term")
    if n < 0:
        return _("only time {n} from the end of each term").format(n=-n)
    return _("only time {n} in each term").format(n=n)


def _are_school_days(recurrence: Recurrence) -> bool:
    parts = parts_of(recurrence.rule)
    return (
        recurrence.only_in_terms
        and recurrence.skips_holidays
        and recurrence.nth_in_term is None
        and parts.get("BYDAY") == _WORKING
        and parts["FREQ"] in {"DAILY", "WEEKLY"}
        and "INTERVAL" not in parts
    )


def _days(recurrence: Recurrence, parts: dict[str, str]) -> str | None:
    """Return the days in words; None for a rule that has no simple words."""
    if _are_school_days(recurrence):
        return _("Every school day")
    every = int(parts.get("INTERVAL", "1"))
    match parts["FREQ"]:
        case "DAILY" | "WEEKLY" if "BYSETPOS" not in parts and "BYMONTHDAY" not in parts:
            return _weekly(parts, every)
        case "MONTHLY":
            return _monthly(parts, every)
        case "YEARLY" if every == 1:
            return _yearly(parts)
    return None


def _weekly(parts: dict[str, str], every: int) -> str | None:
    days = parts.get("BYDAY", "")
    if parts["FREQ"] == "DAILY" and every > 1:
        if days:
            return None
        return _("Every {n} days").format(n=every)
    if not days or len(days.split(",")) == len(_CODES):
        names = "" if every > 1 else _("Every day")
    elif days == _WORKING and every == 1:
        names = _("Every weekday")
    else:
        names = _joined([_day(code) for code in sorted(days.split(","), key=_CODES.index)])
        if every == 1:
            return _("Every {days}").format(days=names)
    if every == 1:
        return names
    listed = names or _("every day")
    return _("Every {n} weeks on {days}").format(n=every, days=listed)


def _monthly(parts: dict[str, str], every: int) -> str | None:
    day = _day_of_month(parts)
    if day is None:
        return None
    if every == 1:
        return _("Every month on {day}").format(day=day)
    return _("Every {n} months on {day}").format(n=every, day=day)


def _day_of_month(parts: dict[str, str]) -> str | None:
    days, numbers, place = (parts.get(n, "") for n in ("BYDAY", "BYMONTHDAY", "BYSETPOS"))
    if days and numbers:
        return None
    if days:
        return _weekday_of_month(days, place)
    if place:
        return _clamped(numbers) if place == "-1" else None
    if numbers == "-1":
        return _("the last day")
    if "-" in numbers:
        return None
    return _("day {numbers}").format(numbers=_joined(numbers.split(",")))


def _weekday_of_month(days: str, place: str) -> str | None:
    single = re.fullmatch(r"(-?\d)?([A-Z]{2})", days)
    if single and (number := single[1] or place) and not (single[1] and place):
        return _nth(number, _day(single[2]))
    if days == _WORKING and place:
        return _nth(place, _("weekday"))
    return None


def _clamped(numbers: str) -> str | None:
    """Return the words for ``28,29,30,31``, of which the last one counts."""
    last = numbers.rsplit(",", 1)[-1]
    return _("day {number} (or the last day)").format(number=last)


def _nth(number: str, noun: str) -> str | None:
    pattern = {
        "1": _("the first {day}"),
        "2": _("the second {day}"),
        "3": _("the third {day}"),
        "4": _("the fourth {day}"),
        "5": _("the fifth {day}"),
        "-1": _("the last {day}"),
    }.get(number)
    return None if pattern is None else pattern.format(day=noun)


def _yearly(parts: dict[str, str]) -> str | None:
    months = parts.get("BYMONTH", "")
    day = _day_of_month(parts)
    if not months.isdigit() or day is None:
        return None
    return _("Every year in {month} on {day}").format(month=_month(int(months)), day=day)


def _times(parts: dict[str, str]) -> list[str]:
    minute = int(parts["BYMINUTE"])
    return [f"{int(hour):02}:{minute:02}" for hour in parts["BYHOUR"].split(",")]


def _joined(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("{all_but_last} and {last}").format(all_but_last=", ".join(words[:-1]), last=words[-1])


def _language() -> str:
    language = (get_language() or "en").split("-")[0]
    return language if language in DAYS else "en"


def _day(code: str) -> str:
    return DAYS[_language()][_CODES.index(code)]


def _month(number: int) -> str:
    return MONTHS[_language()][number - 1]


def _date(moment: datetime | date) -> str:
    return f"{moment.day} {_month(moment.month)} {moment.year}"
