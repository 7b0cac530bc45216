"""Every word that a chart or a summary says by itself, in each language.

The library is pure, so it has no catalogue of translations but this one. Labels of columns
and values of the data come from the caller and are shown as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, get_args

Locale = Literal["en", "hi"]
LOCALES: Final[tuple[Locale, ...]] = get_args(Locale)


class Message(StrEnum):
    """The key of a message; the words in braces are filled in."""

    NONE = "none"
    YES = "yes"
    NO = "no"
    TOTAL = "total"
    REST = "rest"
    GOAL = "goal"
    NO_DATA = "noData"
    NO_VALUE = "noValue"
    WITHHELD = "withheld"
    POINTS = "points"
    QUARTER = "quarter"
    WEEK_OF_TERM = "weekOfTermValue"
    RECORDS = "records"
    SHARE_OF_FIRST = "shareOfFirst"

    NOTE_SHOWN_FIRST = "note.shownFirst"
    NOTE_SHOWN_LARGEST = "note.shownLargest"
    NOTE_TRUNCATED = "note.truncated"
    NOTE_WITHHELD = "note.withheld"
    NOTE_MISSING = "note.missing"
    NOTE_UNDRAWN = "note.undrawn"

    FILTER_SKIPPED = "filter.skipped"

    COMPARE_PERIOD = "compare.previousPeriod"
    COMPARE_YEAR = "compare.previousYear"
    COMPARE_TERM = "compare.previousTerm"

    SUM_NO_DATA = "summary.noData"
    SUM_OVERVIEW = "summary.overview"
    SUM_OVERVIEW_ONE = "summary.overviewOne"
    SUM_OVERVIEW_TIME = "summary.overviewTime"
    SUM_ALSO = "summary.also"
    SUM_SERIES = "summary.series"
    SUM_VALUE = "summary.value"
    SUM_NO_VALUE = "summary.noValue"
    SUM_HIGHEST = "summary.highest"
    SUM_LOWEST = "summary.lowest"
    SUM_ALL_EQUAL = "summary.allEqual"
    SUM_ONLY = "summary.only"
    SUM_UP = "summary.up"
    SUM_DOWN = "summary.down"
    SUM_LEVEL = "summary.level"
    SUM_TOTAL = "summary.total"
    SUM_OVERALL = "summary.overall"
    SUM_GOAL_MET = "summary.goalMet"
    SUM_GOAL_MISSED = "summary.goalMissed"
    SUM_GOAL_SOME = "summary.goalSome"
    SUM_COMPARE_ONE = "summary.compareOne"
    SUM_COMPARE_MANY = "summary.compareMany"
    SUM_POINTS = "summary.points"
    SUM_RANGE = "summary.range"
    SUM_CORRELATION = "summary.correlation"
    SUM_TABLE = "summary.table"
    SUM_HISTOGRAM = "summary.histogram"


_EN: Final[Mapping[Message, str]] = {
    Message.NONE: "Not given",
    Message.YES: "Yes",
    Message.NO: "No",
    Message.TOTAL: "Total",
    Message.REST: "Other ({count})",
    Message.GOAL: "Goal {value}",
    Message.NO_DATA: "No data for this question",
    Message.NO_VALUE: "No value",
    Message.WITHHELD: "Withheld: too few people",
    Message.POINTS: "{value} pp",
    Message.QUARTER: "Q{quarter} {year}",
    Message.WEEK_OF_TERM: "Week {week}",
    Message.RECORDS: "Records",
    Message.SHARE_OF_FIRST: "{share} of the first",
    Message.NOTE_SHOWN_FIRST: "First {shown} of {all} shown",
    Message.NOTE_SHOWN_LARGEST: "{shown} of {all} series shown, those with the largest values",
    Message.NOTE_TRUNCATED: "The result holds {shown} of {all} rows",
    Message.NOTE_WITHHELD: "Values withheld because they are about too few people: {count}",
    Message.NOTE_MISSING: "Without a value: {count}",
    Message.NOTE_UNDRAWN: "Not drawn: {names}",
    Message.FILTER_SKIPPED: "{entity}: not restricted by the filter {filter}.",
    Message.COMPARE_PERIOD: "Previous period",
    Message.COMPARE_YEAR: "Previous year",
    Message.COMPARE_TERM: "Previous term",
    Message.SUM_NO_DATA: "There is no data for this question.",
    Message.SUM_OVERVIEW: "{measure} by {group}: {count} groups.",
    Message.SUM_OVERVIEW_ONE: "{measure} by {group}.",
    Message.SUM_OVERVIEW_TIME: "{measure} by {group}, {first} to {last}.",
    Message.SUM_ALSO: "{measure}:",
    Message.SUM_SERIES: "{count} series: {names}.",
    Message.SUM_VALUE: "{measure}: {value}.",
    Message.SUM_NO_VALUE: "{measure}: no value.",
    Message.SUM_HIGHEST: "Highest: {value} ({where}).",
    Message.SUM_LOWEST: "Lowest: {value} ({where}).",
    Message.SUM_ALL_EQUAL: "All values are {value}.",
    Message.SUM_ONLY: "One value: {value} ({where}).",
    Message.SUM_UP: "{series}up from {first} to {last} ({change}).",
    Message.SUM_DOWN: "{series}down from {first} to {last} ({change}).",
    Message.SUM_LEVEL: "{series}{last} at the end as at the beginning.",
    Message.SUM_TOTAL: "Total: {value}.",
    Message.SUM_OVERALL: "Overall: {value}.",
    Message.SUM_GOAL_MET: "The goal of {goal} is reached.",
    Message.SUM_GOAL_MISSED: "The goal of {goal} is not reached.",
    Message.SUM_GOAL_SOME: "The goal of {goal} is reached by {met} of {all} values.",
    Message.SUM_COMPARE_ONE: "{label}: {before} (change {change}).",
    Message.SUM_COMPARE_MANY: (
        "Compared with {label}: {higher} higher, {lower} lower, {equal} equal, "
        "{without} without a counterpart."
    ),
    Message.SUM_POINTS: "{y} against {x}: {count} points.",
    Message.SUM_RANGE: "{measure} from {low} to {high}.",
    Message.SUM_CORRELATION: "Correlation: {value}.",
    Message.SUM_TABLE: "A table of {rows} rows and {columns} columns: {names}.",
    Message.SUM_HISTOGRAM: "Distribution of {measure}, {count} values.",
}

_HI: Final[Mapping[Message, str]] = {
    Message.NONE: "अनिर्दिष्ट",
    Message.YES: "हाँ",
    Message.NO: "नहीं",
    Message.TOTAL: "कुल",
    Message.REST: "अन्य ({count})",
    Message.GOAL: "लक्ष्य {value}",
    Message.NO_DATA: "इस प्रश्न के लिए कोई डेटा नहीं है",
    Message.NO_VALUE: "कोई मान नहीं",
    Message.WITHHELD: "छिपाया गया: बहुत कम लोग",
    Message.POINTS: "{value} प्रतिशत अंक",
    Message.QUARTER: "तिमाही {quarter}, {year}",
    Message.WEEK_OF_TERM: "सप्ताह {week}",
    Message.RECORDS: "रिकॉर्ड",
    Message.SHARE_OF_FIRST: "पहले का {share}",
    Message.NOTE_SHOWN_FIRST: "{all} में से पहले {shown} दिखाए गए",
    Message.NOTE_SHOWN_LARGEST: "{all} में से {shown} शृंखलाएँ दिखाई गईं, सबसे बड़े मानों वाली",
    Message.NOTE_TRUNCATED: "परिणाम में {all} में से {shown} पंक्तियाँ हैं",
    Message.NOTE_WITHHELD: "बहुत कम लोगों के कारण छिपाए गए मान: {count}",
    Message.NOTE_MISSING: "बिना मान के: {count}",
    Message.NOTE_UNDRAWN: "नहीं दिखाए गए: {names}",
    Message.FILTER_SKIPPED: "{entity}: {filter} का फ़िल्टर लागू नहीं।",
    Message.COMPARE_PERIOD: "पिछली अवधि",
    Message.COMPARE_YEAR: "पिछला वर्ष",
    Message.COMPARE_TERM: "पिछला सत्र",
    Message.SUM_NO_DATA: "इस प्रश्न के लिए कोई डेटा नहीं है।",
    Message.SUM_OVERVIEW: "{measure}, प्रति {group}: {count} समूह।",
    Message.SUM_OVERVIEW_ONE: "{measure}, प्रति {group}।",
    Message.SUM_OVERVIEW_TIME: "{measure}, प्रति {group}, {first} से {last} तक।",
    Message.SUM_ALSO: "{measure}:",
    Message.SUM_SERIES: "{count} शृंखलाएँ: {names}।",
    Message.SUM_VALUE: "{measure}: {value}।",
    Message.SUM_NO_VALUE: "{measure}: कोई मान नहीं।",
    Message.SUM_HIGHEST: "सबसे अधिक: {value} ({where})।",
    Message.SUM_LOWEST: "सबसे कम: {value} ({where})।",
    Message.SUM_ALL_EQUAL: "सभी मान {value} हैं।",
    Message.SUM_ONLY: "एक मान: {value} ({where})।",
    Message.SUM_UP: "{series}{first} से बढ़कर {last} ({change})।",
    Message.SUM_DOWN: "{series}{first} से घटकर {last} ({change})।",
    Message.SUM_LEVEL: "{series}अंत में भी आरंभ जितना, {last}।",
    Message.SUM_TOTAL: "कुल: {value}।",
    Message.SUM_OVERALL: "समग्र: {value}।",
    Message.SUM_GOAL_MET: "{goal} का लक्ष्य पूरा हुआ।",
    Message.SUM_GOAL_MISSED: "{goal} का लक्ष्य पूरा नहीं हुआ।",
    Message.SUM_GOAL_SOME: "{all} में से {met} मान {goal} के लक्ष्य तक पहुँचे।",
    Message.SUM_COMPARE_ONE: "{label}: {before} (अंतर {change})।",
    Message.SUM_COMPARE_MANY: (
        "{label} की तुलना में: {higher} अधिक, {lower} कम, {equal} बराबर, {without} का जोड़ नहीं।"
    ),
    Message.SUM_POINTS: "{x} के सामने {y}: {count} बिंदु।",
    Message.SUM_RANGE: "{measure}: {low} से {high} तक।",
    Message.SUM_CORRELATION: "सहसंबंध: {value}।",
    Message.SUM_TABLE: "{rows} पंक्तियों और {columns} स्तंभों की तालिका: {names}।",
    Message.SUM_HISTOGRAM: "{measure} का वितरण, {count} मान।",
}

MESSAGES: Final[Mapping[Locale, Mapping[Message, str]]] = MappingProxyType({"en": _EN, "hi": _HI})

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

BUCKETS: Final[Mapping[Locale, Mapping[str, str]]] = MappingProxyType(
    {
        "en": {
            "hour": "Hour",
            "day": "Day",
            "week": "Week",
            "month": "Month",
            "quarter": "Quarter",
            "year": "Year",
            "hourOfDay": "Hour of the day",
            "dayOfWeek": "Day of the week",
            "dayOfMonth": "Day of the month",
            "monthOfYear": "Month of the year",
            "term": "Term",
            "weekOfTerm": "Week of term",
            "academicYear": "Academic year",
        },
        "hi": {
            "hour": "घंटा",
            "day": "दिन",
            "week": "सप्ताह",
            "month": "महीना",
            "quarter": "तिमाही",
            "year": "वर्ष",
            "hourOfDay": "दिन का घंटा",
            "dayOfWeek": "सप्ताह का दिन",
            "dayOfMonth": "महीने का दिन",
            "monthOfYear": "वर्ष का महीना",
            "term": "सत्र",
            "weekOfTerm": "सत्र का सप्ताह",
            "academicYear": "शैक्षणिक वर्ष",
        },
    }
)

UNITS: Final[Mapping[Locale, Mapping[str, str]]] = MappingProxyType(
    {
        "en": {
            "%": "%",
            "points": "points",
            "days": "days",
            "hours": "hours",
            "minutes": "minutes",
            "seconds": "seconds",
        },
        "hi": {
            "%": "%",
            "points": "अंक",
            "days": "दिन",
            "hours": "घंटे",
            "minutes": "मिनट",
            "seconds": "सेकंड",
        },
    }
)
"""Units that a label doesn't tell by itself; "Clicks (clicks)" would be silly."""


def say(locale: Locale, message: Message, **words: object) -> str:
    """The message in the language, its words filled in."""
    return MESSAGES[locale][message].format(**words)
