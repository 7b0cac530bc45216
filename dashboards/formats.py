"""Values as a reader sees them: one formatter for axes, labels, hover texts and summaries."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from dashboards.messages import BUCKETS, MONTHS, UNITS, WEEKDAYS, Locale, Message, say
from reports.contracts import Cell, Column, Result, rounded

NBSP = "\u00a0"
MINUS = "\u2212"
BINS = "bins"
"""The kind of a group that is a range of numbers."""
Number = int | float
_PERCENT_WORDS = ("percent", "प्रतिशत")
_COMPARED = {
    "previousPeriod": Message.COMPARE_PERIOD,
    "previousYear": Message.COMPARE_YEAR,
    "previousTerm": Message.COMPARE_TERM,
}


def number_of(value: Cell) -> Number | None:
    """A cell as a number to draw; None where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, int):
        return value
    drawn = float(value)
    return drawn if math.isfinite(drawn) else None


def escaped(text: str) -> str:
    """Text that a chart shows letter by letter (the renderer reads a little HTML)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shortened(text: str, maximum: int) -> str:
    """At most ``maximum`` characters, the cut marked."""
    return text if len(text) <= maximum else text[: maximum - 1].rstrip() + "…"


@dataclass(frozen=True)
class Formatter:
    """Values in a reader's language.

    Digits are grouped by thousands with a comma in both languages; a fraction whose format
    is ``percent`` is written as ``12.3 %``.
    """

    locale: Locale
    zone: str = "UTC"
    """The reader's time zone: instants are shown in it."""

    def say(self, message: Message, **words: object) -> str:
        """A message in the reader's language."""
        return say(self.locale, message, **words)

    def cell(self, value: Cell, column: Column) -> str:
        """One cell, as its column's format says."""
        if value is None:
            return self.say(Message.NO_VALUE)
        drawn = number_of(value)
        if drawn is not None:
            return self.number(value, column)
        return self._other(value, column)

    def number(self, value: Cell, column: Column) -> str:
        """A number with its percent sign, if it has one."""
        drawn = number_of(value)
        if drawn is None:
            return self.say(Message.NO_VALUE)
        if column.format == "percent":
            return f"{plain(drawn * 100, 1)}{NBSP}%"
        if column.unit == "%":
            return f"{plain(drawn)}{NBSP}%"
        return plain(drawn)

    def compared(self, result: Result) -> str:
        """Return the label of a comparison: its own, or in the reader's language."""
        label = result.compare.label if result.compare else ""
        asked = result.definition.get("compare") or {}
        message = _COMPARED.get(str(asked.get("to")))
        if message is not None and (self.locale != "en" or not label):
            return self.say(message)
        return label[:1].upper() + label[1:]

    def change(self, before: Cell, after: Cell, column: Column) -> str:
        """From one value to another: ``+12 (+3.1 %)``; a rate changes in points only."""
        first, last = number_of(before), number_of(after)
        if first is None or last is None:
            return self.say(Message.NO_VALUE)
        sign = "" if last < first else "+"
        if column.format == "percent" or column.unit == "%":
            scale = 100 if column.format == "percent" else 1
            points = plain(round((last - first) * scale, 9), 1)
            return self.say(Message.POINTS, value=f"{sign}{points}")
        text = f"{sign}{self.number(last - first, column)}"
        if first <= 0:
            return text
        return f"{text}, {sign}{plain((last - first) / first * 100, 1)}{NBSP}%"

    def group(self, value: Cell, column: Column, bucket: str | None = None) -> str:
        """The value of a group: a bucket by its name, bins as a range, NULL as "(none)".

        ``bucket`` is the kind of time bucket, or :data:`BINS`.
        """
        if value is None:
            return self.say(Message.NONE)
        if bucket == BINS:
            return _bin(str(value))
        if bucket is not None:
            return self._bucket(value, bucket)
        return self.cell(value, column)

    def label(self, column: Column) -> str:
        """The column's label with its unit, where the label doesn't say it."""
        unit = self.unit(column)
        return f"{column.label} ({unit})" if unit and unit not in column.label else column.label

    def unit(self, column: Column) -> str:
        """The unit to be shown: a measure of time or marks, a currency; else nothing."""
        if not column.unit or column.format in {"percent", "text"}:
            return ""
        if column.unit == "%" and any(w in column.label.lower() for w in _PERCENT_WORDS):
            return ""
        if len(column.unit) == 3 and column.unit.isupper():  # a currency
            return column.unit
        known = UNITS.get(column.unit)
        return known.in_(self.locale) if known is not None else ""

    def bucket_name(self, bucket: str) -> str:
        """The name of a kind of bucket: "Week"."""
        return bucket_name(bucket, self.locale)

    def day(self, value: date) -> str:
        """``3 Mar 2014``."""
        return f"{value.day} {self._month(value)}"

    def _month(self, value: date) -> str:
        return f"{MONTHS[self.locale][value.month - 1]} {value.year}"

    def _bucket(self, value: Cell, bucket: str) -> str:
        if isinstance(value, datetime):
            return self._moment(value)
        if isinstance(value, date):
            return self._period(value, bucket)
        return self._part(value, bucket) if isinstance(value, int) else str(value)

    def _part(self, value: int, bucket: str) -> str:
        if bucket == "dayOfWeek" and 1 <= value <= 7:
            return WEEKDAYS[self.locale][value - 1]
        if bucket == "monthOfYear" and 1 <= value <= 12:
            return MONTHS[self.locale][value - 1]
        if bucket == "hourOfDay":
            return f"{value:02d}:00"
        if bucket == "weekOfTerm":
            return self.say(Message.WEEK_OF_TERM, week=value)
        return str(value)

    def _period(self, value: date, bucket: str) -> str:
        if bucket == "year":
            return str(value.year)
        if bucket == "quarter":
            return self.say(Message.QUARTER, quarter=(value.month + 2) // 3, year=value.year)
        return self._month(value) if bucket == "month" else self.day(value)

    def _moment(self, value: datetime) -> str:
        local = value.astimezone(ZoneInfo(self.zone)) if value.tzinfo else value
        return f"{self.day(local)} {local:%H:%M}"

    def _other(self, value: Cell, column: Column) -> str:
        if isinstance(value, bool):
            return self.say(Message.YES if value else Message.NO)
        if isinstance(value, datetime):
            return self._moment(value)
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, tuple):
            return ", ".join(column.text(one) for one in value)
        return column.text(str(value))


def bucket_name(bucket: str, locale: Locale) -> str:
    """The name of a kind of bucket: "Week"."""
    known = BUCKETS.get(bucket)
    return known.in_(locale) if known is not None else bucket


def plain(value: Number, places: int | None = None) -> str:
    """A number with grouped digits; at most two decimals, none where there are many digits."""
    if isinstance(value, int):
        return f"{value:,}".replace("-", MINUS)
    decimals = _places(value) if places is None else places
    text = f"{rounded(value, decimals):,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return ("0" if text in {"-0", ""} else text).replace("-", MINUS)


def _places(value: float) -> int:
    size = abs(value)
    if size >= 10_000:
        return 0
    if size >= 1_000:
        return 1
    if size == 0 or size >= 0.1:
        return 2
    return min(2 - math.floor(math.log10(size)), 12)


def _bin(text: str) -> str:
    """``[0,40)`` as ``0 – <40``, the closed last one as ``80 – 100``."""
    if text[:1] != "[" or text[-1:] not in {")", "]"} or text.count(",") != 1:
        return text
    low, high = text[1:-1].split(",")
    below = "<" if text.endswith(")") else ""
    try:
        return f"{plain(float(low))} – {below}{plain(float(high))}"
    except ValueError:
        return text
