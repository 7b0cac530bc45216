"""List revenue from enrollments, by currency: amounts of two currencies are never added."""

from __future__ import annotations

from typing import Final

from dashboards.messages import Text
from dashboards.presets.model import Dashboard, Tile
from dashboards.presets.shared import WITHDRAWAL_RATE
from dashboards.presets.shorthand import (
    BY_CATEGORY,
    BY_DATE,
    BY_TERM,
    KPI,
    grouped,
    largest,
    over_time,
    where,
)

_PRICED: Final = [where("listPrice", "isNotNull")]
"""An enrollment in a course without a price brings no amount, not one of 0."""

_AMOUNTS: Final = (
    Tile(
        "total",
        Text("List revenue", "सूची राजस्व"),
        Text("In each currency.", "प्रत्येक मुद्रा में।"),
        grouped("table", "revenue", ["revenue.listRevenue"], ["currency"], filters=_PRICED),
        (4, 4),
    ),
    Tile(
        "byMonth",
        Text("List revenue by month", "मासिक सूची राजस्व"),
        Text("Against the same month a year before.", "पिछले वर्ष के उसी महीने की तुलना में।"),
        over_time(
            "line",
            "revenue",
            ("enrolledOn", "month"),
            ["revenue.listRevenue"],
            dimensions=["currency"],
            filters=_PRICED,
            compare={"to": "previousYear"},
        ),
        (8, 4),
    ),
    Tile(
        "byCategory",
        Text("List revenue by category", "श्रेणी के अनुसार सूची राजस्व"),
        Text("In each currency.", "प्रत्येक मुद्रा में।"),
        grouped(
            "groupedBar",
            "revenue",
            ["revenue.listRevenue"],
            ["course.category", "currency"],
            filters=_PRICED,
        ),
    ),
    Tile(
        "byCourse",
        Text("List revenue by course", "पाठ्यक्रम के अनुसार सूची राजस्व"),
        Text("The twenty courses with the most.", "सबसे अधिक वाले बीस पाठ्यक्रम।"),
        grouped(
            "bar",
            "revenue",
            ["revenue.listRevenue"],
            ["course.code", "currency"],
            filters=_PRICED,
            sort=largest("revenue.listRevenue"),
            limit=20,
        ),
    ),
)

_ENROLLMENTS: Final = (
    Tile(
        "enrollments",
        Text("Enrollments", "नामांकन"),
        Text("What list revenue is made from.", "जिनसे सूची राजस्व बनता है।"),
        grouped("kpi", "enrollments", ["enrollments.count"]),
        KPI,
        compares=True,
    ),
    WITHDRAWAL_RATE,
    Tile(
        "enrollmentsByCategory",
        Text("Enrollments by category", "श्रेणी के अनुसार नामांकन"),
        Text("In each term.", "प्रत्येक सत्र में।"),
        grouped(
            "stackedBar",
            "enrollments",
            ["enrollments.count"],
            ["course.termCode", "course.category"],
        ),
    ),
    Tile(
        "enrollmentsByMonth",
        Text("Enrollments by month", "मासिक नामांकन"),
        Text("Of each category of courses.", "पाठ्यक्रमों की प्रत्येक श्रेणी के।"),
        over_time(
            "stackedBar",
            "enrollments",
            ("enrolledOn", "month"),
            ["enrollments.count"],
            dimensions=["course.category"],
        ),
    ),
    Tile(
        "withdrawalsByMonth",
        Text("Withdrawals by month", "मासिक वापसी"),
        Text("Enrollments given up.", "छोड़े गए नामांकन।"),
        over_time(
            "bar",
            "enrollments",
            ("withdrawnOn", "month"),
            ["enrollments.count"],
            filters=[where("status", "eq", "WITHDRAWN")],
        ),
        date="withdrawnOn",
    ),
)

REVENUE: Final = Dashboard.of(
    "revenue",
    (
        Text("Revenue", "राजस्व"),
        Text("List revenue from enrollments.", "नामांकनों से सूची राजस्व।"),
    ),
    (BY_TERM, BY_CATEGORY, BY_DATE),
    (*_AMOUNTS, *_ENROLLMENTS),
)
