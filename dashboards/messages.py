"""Every word that a chart or a summary says by itself, in each language.

The library is pure, so it has no catalog of translations but this one. Labels of columns
and values of the data come from the caller and are shown as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, Self, get_args

Locale = Literal["en", "hi"]
LOCALES: Final[tuple[Locale, ...]] = get_args(Locale)


@dataclass(frozen=True)
class Text:
    """A text in each language."""

    en: str
    hi: str

    def in_(self, locale: Locale) -> str:
        """Return the text in a language."""
        return self.hi if locale == "hi" else self.en


class Message(StrEnum):
    """A message: its key, and its text in each language. Words in braces are filled in."""

    text: Text

    def __new__(cls, key: str, en: str, hi: str) -> Self:
        """Return the member whose value is the key."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.text = Text(en, hi)
        return member

    NONE = ("none", "Not given", "अनिर्दिष्ट")
    YES = ("yes", "Yes", "हाँ")
    NO = ("no", "No", "नहीं")
    TOTAL = ("total", "Total", "कुल")
    REST = ("rest", "Other ({count})", "अन्य ({count})")
    GOAL = ("goal", "Goal {value}", "लक्ष्य {value}")
    NO_DATA = ("noData", "No data for this question", "इस प्रश्न के लिए कोई डेटा नहीं है")
    NO_VALUE = ("noValue", "No value", "कोई मान नहीं")
    WITHHELD = ("withheld", "Withheld: too few people", "छिपाया गया: बहुत कम लोग")
    POINTS = ("points", "{value} pp", "{value} प्रतिशत अंक")
    QUARTER = ("quarter", "Q{quarter} {year}", "तिमाही {quarter}, {year}")
    WEEK_OF_TERM = ("weekOfTermValue", "Week {week}", "सप्ताह {week}")
    RECORDS = ("records", "Records", "रिकॉर्ड")
    SHARE_OF_FIRST = ("shareOfFirst", "{share} of the first", "पहले का {share}")

    NOTE_SHOWN_FIRST = (
        "note.shownFirst",
        "First {shown} of {all} shown",
        "{all} में से पहले {shown} दिखाए गए",
    )
    NOTE_SHOWN_LARGEST = (
        "note.shownLargest",
        "{shown} of {all} series shown, those with the largest values",
        "{all} में से {shown} शृंखलाएँ दिखाई गईं, सबसे बड़े मानों वाली",
    )
    NOTE_THINNED = (
        "note.thinned",
        "{shown} of {all} points drawn, the highest and lowest along the axis among them",
        "{all} में से {shown} बिंदु बनाए गए, अक्ष के हर भाग के सबसे ऊँचे और सबसे नीचे बिंदु सहित",
    )
    NOTE_TRUNCATED = (
        "note.truncated",
        "The result holds {shown} of {all} rows",
        "परिणाम में {all} में से {shown} पंक्तियाँ हैं",
    )
    NOTE_WITHHELD = (
        "note.withheld",
        "Values withheld because they are about too few people: {count}",
        "बहुत कम लोगों के कारण छिपाए गए मान: {count}",
    )
    NOTE_MISSING = ("note.missing", "Without a value: {count}", "बिना मान के: {count}")
    NOTE_NOTHING_BEFORE = (
        "note.nothingBefore",
        "{label}: no values above 0",
        "{label}: 0 से ऊपर कोई मान नहीं",
    )
    NOTE_BEFORE_FROM = (
        "note.beforeFrom",
        "{label}: no values above 0 before {start}",
        "{label}: {start} से पहले 0 से ऊपर कोई मान नहीं",
    )
    NOTE_UNDRAWN = ("note.undrawn", "Not drawn: {names}", "नहीं दिखाए गए: {names}")

    FILTER_SKIPPED = (
        "filter.skipped",
        "The filter {filter} doesn't apply to {entity}.",
        "{entity}: {filter} का फ़िल्टर लागू नहीं।",
    )

    COMPARE_PERIOD = ("compare.previousPeriod", "Previous period", "पिछली अवधि")
    COMPARE_YEAR = ("compare.previousYear", "Previous year", "पिछला वर्ष")
    COMPARE_TERM = ("compare.previousTerm", "Previous term", "पिछला सत्र")

    SUM_NO_DATA = (
        "summary.noData",
        "There is no data for this question.",
        "इस प्रश्न के लिए कोई डेटा नहीं है।",
    )
    SUM_OVERVIEW = (
        "summary.overview",
        "{measure} by {group}: {count} groups.",
        "{measure}, प्रति {group}: {count} समूह।",
    )
    SUM_OVERVIEW_ONE = ("summary.overviewOne", "{measure} by {group}.", "{measure}, प्रति {group}।")
    SUM_OVERVIEW_TIME = (
        "summary.overviewTime",
        "{measure} by {group}, {first} to {last}.",
        "{measure}, प्रति {group}, {first} से {last} तक।",
    )
    SUM_ALSO = ("summary.also", "{measure}:", "{measure}:")
    SUM_SERIES = ("summary.series", "{count} series: {names}.", "{count} शृंखलाएँ: {names}।")
    SUM_VALUE = ("summary.value", "{measure}: {value}.", "{measure}: {value}।")
    SUM_NO_VALUE = ("summary.noValue", "{measure}: no value.", "{measure}: कोई मान नहीं।")
    SUM_HIGHEST = ("summary.highest", "Highest: {value} ({where}).", "सबसे अधिक: {value} ({where})।")
    SUM_LOWEST = ("summary.lowest", "Lowest: {value} ({where}).", "सबसे कम: {value} ({where})।")
    SUM_ALL_EQUAL = ("summary.allEqual", "All values are {value}.", "सभी मान {value} हैं।")
    SUM_ONLY = ("summary.only", "One value: {value} ({where}).", "एक मान: {value} ({where})।")
    SUM_UP = (
        "summary.up",
        "{series}up from {first} to {last} ({change}).",
        "{series}{first} से बढ़कर {last} ({change})।",
    )
    SUM_DOWN = (
        "summary.down",
        "{series}down from {first} to {last} ({change}).",
        "{series}{first} से घटकर {last} ({change})।",
    )
    SUM_LEVEL = (
        "summary.level",
        "{series}{last} at the end as at the beginning.",
        "{series}अंत में भी आरंभ जितना, {last}।",
    )
    SUM_TOTAL = ("summary.total", "Total: {value}.", "कुल: {value}।")
    SUM_OVERALL = ("summary.overall", "Overall: {value}.", "समग्र: {value}।")
    SUM_GOAL_MET = ("summary.goalMet", "The goal of {goal} is reached.", "{goal} का लक्ष्य पूरा हुआ।")
    SUM_GOAL_MISSED = (
        "summary.goalMissed",
        "The goal of {goal} is not reached.",
        "{goal} का लक्ष्य पूरा नहीं हुआ।",
    )
    SUM_GOAL_SOME = (
        "summary.goalSome",
        "The goal of {goal} is reached by {met} of {all} values.",
        "{all} में से {met} मान {goal} के लक्ष्य तक पहुँचे।",
    )
    SUM_COMPARE_ONE = (
        "summary.compareOne",
        "{label}: {before} (change {change}).",
        "{label}: {before} (अंतर {change})।",
    )
    SUM_COMPARE_MANY = (
        "summary.compareMany",
        "Compared with {label}: {higher} higher, {lower} lower, {equal} equal, "
        "{without} without a counterpart.",
        "{label} की तुलना में: {higher} अधिक, {lower} कम, {equal} बराबर, {without} का जोड़ नहीं।",
    )
    SUM_POINTS = (
        "summary.points",
        "{y} against {x}: {count} points.",
        "{x} के सामने {y}: {count} बिंदु।",
    )
    SUM_RANGE = (
        "summary.range",
        "{measure} from {low} to {high}.",
        "{measure}: {low} से {high} तक।",
    )
    SUM_CORRELATION = ("summary.correlation", "Correlation: {value}.", "सहसंबंध: {value}।")
    SUM_TABLE = (
        "summary.table",
        "A table of {rows} rows and {columns} columns: {names}.",
        "{rows} पंक्तियों और {columns} स्तंभों की तालिका: {names}।",
    )
    SUM_HISTOGRAM = (
        "summary.histogram",
        "Distribution of {measure}, {count} values.",
        "{measure} का वितरण, {count} मान।",
    )


MONTHS: Final[Mapping[Locale, tuple[str, ...]]] = MappingProxyType(
    {
        "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
        "hi": (
            "जन॰",
            "फ़र॰",
            "मार्च",
            "अप्रैल",
            "मई",
            "जून",
            "जुल॰",
            "अग॰",
            "सित॰",
            "अक्तू॰",
            "नव॰",
            "दिस॰",
        ),
    }
)

WEEKDAYS: Final[Mapping[Locale, tuple[str, ...]]] = MappingProxyType(
    {
        "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        "hi": ("सोम", "मंगल", "बुध", "गुरु", "शुक्र", "शनि", "रवि"),
    }
)

BUCKETS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "hour": Text("Hour", "घंटा"),
        "day": Text("Day", "दिन"),
        "week": Text("Week", "सप्ताह"),
        "month": Text("Month", "महीना"),
        "quarter": Text("Quarter", "तिमाही"),
        "year": Text("Year", "वर्ष"),
        "hourOfDay": Text("Hour of the day", "दिन का घंटा"),
        "dayOfWeek": Text("Day of the week", "सप्ताह का दिन"),
        "dayOfMonth": Text("Day of the month", "महीने का दिन"),
        "monthOfYear": Text("Month of the year", "वर्ष का महीना"),
        "term": Text("Term", "सत्र"),
        "weekOfTerm": Text("Week of term", "सत्र का सप्ताह"),
        "academicYear": Text("Academic year", "शैक्षणिक वर्ष"),
    }
)

UNITS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "%": Text("%", "%"),
        "points": Text("points", "अंक"),
        "days": Text("days", "दिन"),
        "hours": Text("hours", "घंटे"),
        "minutes": Text("minutes", "मिनट"),
        "seconds": Text("seconds", "सेकंड"),
    }
)
"""Units that a label doesn't say by itself; "Clicks (clicks)" would be silly."""


def say(locale: Locale, message: Message, **words: object) -> str:
    """The message in the language, its words filled in."""
    return message.text.in_(locale).format(**words)
