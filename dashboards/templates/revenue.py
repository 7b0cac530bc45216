"""Templates about prices and list revenue; amounts of two currencies are never added."""

from __future__ import annotations

from typing import Final

from dashboards.messages import Text
from dashboards.presets.shorthand import grouped, over_time, where
from dashboards.templates.model import Template, listed, template

_PRICED: Final = [where("listPrice", "isNotNull")]
_AMOUNT: Final = ["revenue.listRevenue"]

REVENUE: Final[tuple[Template, ...]] = (
    template(
        "revenueByCurrency",
        "AF",
        Text("List revenue", "सूची राजस्व"),
        Text("In each currency.", "प्रत्येक मुद्रा में।"),
        grouped("table", "revenue", _AMOUNT, ["currency"], filters=_PRICED),
    ),
    template(
        "revenueByMonth",
        "AF",
        Text("List revenue by month", "मासिक सूची राजस्व"),
        Text("By the day of enrollment.", "नामांकन के दिन के अनुसार।"),
        over_time(
            "line",
            "revenue",
            ("enrolledOn", "month"),
            _AMOUNT,
            dimensions=["currency"],
            filters=_PRICED,
        ),
    ),
    template(
        "revenueByYear",
        "F",
        Text("List revenue by year", "वार्षिक सूची राजस्व"),
        Text("By the day of enrollment.", "नामांकन के दिन के अनुसार।"),
        over_time(
            "bar",
            "revenue",
            ("enrolledOn", "year"),
            _AMOUNT,
            dimensions=["currency"],
            filters=_PRICED,
        ),
    ),
    template(
        "revenueByCourse",
        "F",
        Text("List revenue by course", "पाठ्यक्रम के अनुसार सूची राजस्व"),
        Text("In each currency.", "प्रत्येक मुद्रा में।"),
        grouped("table", "revenue", _AMOUNT, ["course.code", "currency"], filters=_PRICED),
    ),
    template(
        "revenueByCategory",
        "F",
        Text("List revenue by category", "श्रेणी के अनुसार सूची राजस्व"),
        Text("In each currency.", "प्रत्येक मुद्रा में।"),
        grouped("groupedBar", "revenue", _AMOUNT, ["course.category", "currency"], filters=_PRICED),
    ),
    template(
        "revenueByTerm",
        "F",
        Text("List revenue by term", "सत्र के अनुसार सूची राजस्व"),
        Text("In each currency.", "प्रत्येक मुद्रा में।"),
        grouped("groupedBar", "revenue", _AMOUNT, ["course.termCode", "currency"], filters=_PRICED),
    ),
    template(
        "revenueByClass",
        "F",
        Text("List revenue by class", "कक्षा के अनुसार सूची राजस्व"),
        Text("In each currency.", "प्रत्येक मुद्रा में।"),
        grouped(
            "groupedBar", "revenue", _AMOUNT, ["student.className", "currency"], filters=_PRICED
        ),
    ),
    template(
        "withdrawnRevenue",
        "F",
        Text("List revenue of withdrawn enrollments", "वापस लिए गए नामांकनों का सूची राजस्व"),
        Text("May have to be paid back.", "लौटाना पड़ सकता है।"),
        grouped(
            "table",
            "revenue",
            _AMOUNT,
            ["course.code", "currency"],
            filters=[*_PRICED, where("enrollment.status", "eq", "WITHDRAWN")],
        ),
    ),
    template(
        "paidEnrollments",
        "F",
        Text("Enrollments in priced courses", "मूल्य वाले पाठ्यक्रमों में नामांकन"),
        Text("By course and status.", "पाठ्यक्रम और स्थिति के अनुसार।"),
        grouped(
            "stackedBar",
            "enrollments",
            ["count"],
            ["course.code", "status"],
            filters=[where("course.listPrice", "isNotNull")],
        ),
    ),
    template(
        "freeEnrollments",
        "F",
        Text("Enrollments without a price", "बिना मूल्य के नामांकन"),
        Text("In courses that have none.", "जिन पाठ्यक्रमों का मूल्य नहीं है।"),
        grouped(
            "bar",
            "enrollments",
            ["count"],
            ["course.code"],
            filters=[where("course.listPrice", "isNull")],
        ),
    ),
    template(
        "coursePrices",
        "F",
        Text("Prices of courses", "पाठ्यक्रमों के मूल्य"),
        Text("Those that have one.", "जिनका मूल्य है।"),
        listed(
            "courses",
            ["code", "title", "listPrice", "currency"],
            filters=_PRICED,
            sort=[{"by": "code", "dir": "asc"}],
        ),
    ),
    template(
        "averagePrice",
        "F",
        Text("Average price by category", "श्रेणी के अनुसार औसत मूल्य"),
        Text("In each currency.", "प्रत्येक मुद्रा में।"),
        grouped(
            "table",
            "courses",
            [{"key": "averagePrice", "field": "listPrice", "agg": "avg"}],
            ["category", "currency"],
            filters=_PRICED,
        ),
    ),
    template(
        "seats",
        "F",
        Text("Seats of courses", "पाठ्यक्रमों की सीटें"),
        Text("Courses with a limit.", "सीमा वाले पाठ्यक्रम।"),
        listed(
            "courses",
            ["code", "title", "maxEnrollments"],
            filters=[where("maxEnrollments", "isNotNull")],
            sort=[{"by": "maxEnrollments", "dir": "desc"}],
        ),
    ),
    template(
        "withdrawalRateByCategory",
        "F",
        Text("Withdrawal rate by category", "श्रेणी के अनुसार वापसी दर"),
        Text("Withdrawn enrollments of all.", "सभी नामांकनों में से वापस लिए गए।"),
        grouped("bar", "enrollments", ["withdrawalRate", "count"], ["course.category"]),
    ),
)
