"""The times of a schedule as a form has them, and as the rule that is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WORKING: Final = "MO,TU,WE,TH,FR"
_TIME_PARTS: Final = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND", "WKST"})
EVERY: Final = (
    "WEEK", "DAY", "WEEKDAY", "SCHOOLDAY", "MONTHDAY", "MONTHLAST", "FIRSTWEEKDAY", "LASTWEEKDAY",
    "TERMSTART", "TERMEND", "RULE",
)  # fmt: skip
"""The ways to say when; ``RULE`` is whatever the others can't say."""

_NAMED: Final[Mapping[str, str]] = {
    "DAY": "FREQ=DAILY",
    "WEEKDAY": f"FREQ=WEEKLY;BYDAY={_WORKING}",
    "MONTHLAST": "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FIRSTWEEKDAY": f"FREQ=MONTHLY;BYDAY={_WORKING};BYSETPOS=1",
    "LASTWEEKDAY": f"FREQ=MONTHLY;BYDAY={_WORKING};BYSETPOS=-1",
    "TERMSTART": "FREQ=DAILY",
    "TERMEND": "FREQ=DAILY",
    "SCHOOLDAY": f"FREQ=WEEKLY;BYDAY={_WORKING}",
}
"""The rules of those that need nothing more to be said."""


@dataclass(frozen=True)
class Every:
    """The days of a schedule, as somebody chose them."""

    kind: str = "WEEK"
    days: tuple[str, ...] = ("MO",)
    weeks: str = "1"
    month_day: str = "1"
    rule: str = ""

    def to_rule(self) -> str:
        """Return the rule of RFC 5545, without the time of the day."""
        if self.kind == "WEEK":
            weeks = f";INTERVAL={self.weeks}" if self.weeks not in {"", "1"} else ""
            days = f";BYDAY={','.join(self.days)}" if self.days else ""
            return f"FREQ=WEEKLY{weeks}{days}"
        if self.kind == "MONTHDAY":
            return f"FREQ=MONTHLY;BYMONTHDAY={self.month_day}"
        return _NAMED.get(self.kind, self.rule)


@dataclass(frozen=True)
class Calendar:
    """The part that the school's calendar has in it."""

    in_terms: bool = False
    skips_holidays: bool = False
    nth: int | None = None


@dataclass(frozen=True)
class Times:
    """Days and calendar together."""

    every: Every = field(default_factory=Every)
    calendar: Calendar = field(default_factory=Calendar)

    def timing(self) -> dict[str, Any]:
        """Return the rule and the calendar as the API has them."""
        calendar = self.calendar
        if self.every.kind == "SCHOOLDAY":
            calendar = Calendar(in_terms=True, skips_holidays=True)
        if self.every.kind in {"TERMSTART", "TERMEND"}:
            nth = 1 if self.every.kind == "TERMSTART" else -1
            calendar = Calendar(skips_holidays=calendar.skips_holidays, nth=nth)
        return {
            "rule": self.every.to_rule(),
            "onlyInTerms": calendar.in_terms,
            "skipsHolidays": calendar.skips_holidays,
            "nthInTerm": calendar.nth,
        }


_FIXED: Final = {
    _NAMED[kind]: kind for kind in ("DAY", "WEEKDAY", "MONTHLAST", "FIRSTWEEKDAY", "LASTWEEKDAY")
}
"""The rules that have a name."""


def times_of(timing: Mapping[str, Any]) -> Times:
    """Return the choices that say a stored rule; ``RULE`` for one that they can't say."""
    rule = str(timing["rule"])
    calendar = Calendar(timing["onlyInTerms"], timing["skipsHolidays"], timing["nthInTerm"])
    plain = ";".join(p for p in rule.split(";") if p.partition("=")[0] not in _TIME_PARTS)
    every = _every_of(plain, rule)
    if any("," in part for part in rule.split(";") if part.startswith("BYHOUR=")):
        every = Every("RULE", rule=rule)
    if every.kind == "WEEKDAY" and calendar == Calendar(in_terms=True, skips_holidays=True):
        every = Every("SCHOOLDAY")
    if every.kind == "DAY" and calendar.nth in {1, -1} and not calendar.in_terms:
        every = Every("TERMSTART" if calendar.nth == 1 else "TERMEND")
        calendar = Calendar(skips_holidays=calendar.skips_holidays)
    return Times(every, calendar)


def _every_of(plain: str, rule: str) -> Every:
    parts = dict(part.split("=", 1) for part in plain.split(";") if "=" in part)
    names = parts.keys()
    if plain in _FIXED:
        return Every(_FIXED[plain])
    days = parts.get("BYDAY", "").split(",")
    if parts.get("FREQ") == "WEEKLY" and names <= {"FREQ", "INTERVAL", "BYDAY"}:
        if set(days) <= set(DAYS):
            return Every("WEEK", days=tuple(days), weeks=parts.get("INTERVAL", "1"))
    elif names == {"FREQ", "BYMONTHDAY"} and parts["BYMONTHDAY"].isdigit():
        return Every("MONTHDAY", month_day=parts["BYMONTHDAY"])
    elif names == {"FREQ", "BYMONTHDAY", "BYSETPOS"} and parts["BYMONTHDAY"].startswith("28,29"):
        return Every("MONTHDAY", month_day=parts["BYMONTHDAY"].rsplit(",", 1)[-1])
    return Every("RULE", rule=rule)
