"""Learners, their outcomes, and those who need attention."""

from __future__ import annotations

from typing import Final

from dashboards.messages import Text
from dashboards.presets.model import Dashboard, Tile
from dashboards.presets.shared import LEARNERS, NEVER_ACTIVE, SCORES, WITHDRAWAL_RATE
from dashboards.presets.shorthand import (
    BY_CATEGORY,
    BY_CLASS,
    BY_DATE,
    BY_TERM,
    KPI,
    grouped,
    over_time,
    where,
)

_FIGURES: Final = (
    LEARNERS,
    Tile(
        "passRate",
        Text("Pass rate", "उत्तीर्ण दर"),
        Text(
            "Of the enrollments with an outcome, the withdrawn ones included.",
            "परिणाम वाले नामांकनों में से, वापस लिए गए भी।",
        ),
        grouped("kpi", "enrollments", ["enrollments.passRate"]),
        KPI,
        compares=True,
    ),
    WITHDRAWAL_RATE,
    NEVER_ACTIVE,
)

_OUTCOMES: Final = (
    Tile(
        "outcomes",
        Text("Outcomes by course", "पाठ्यक्रम के अनुसार परिणाम"),
        Text("Enrollments with each outcome.", "प्रत्येक परिणाम वाले नामांकन।"),
        grouped("stackedBar", "enrollments", ["enrollments.count"], ["course.code", "outcome"]),
    ),
    Tile(
        "rates",
        Text("Completion and withdrawal", "पूर्णता और वापसी"),
        Text("Rates by category of courses.", "पाठ्यक्रमों की श्रेणी के अनुसार दरें।"),
        grouped(
            "groupedBar",
            "enrollments",
            ["enrollments.completionRate", "enrollments.withdrawalRate", "enrollments.passRate"],
            ["course.category"],
        ),
    ),
    Tile(
        "passRateByTerm",
        Text("Pass rate by term", "सत्र के अनुसार उत्तीर्ण दर"),
        Text(
            "By the term of the course; the withdrawn ones count as not passed.",
            "पाठ्यक्रम के सत्र के अनुसार; वापस लिए गए उत्तीर्ण नहीं गिने जाते।",
        ),
        grouped("bar", "enrollments", ["enrollments.passRate"], ["course.termCode"]),
    ),
    SCORES,
    Tile(
        "classes",
        Text("Students by class", "कक्षा के अनुसार विद्यार्थी"),
        Text("Students on record in each class.", "प्रत्येक कक्षा में दर्ज विद्यार्थी।"),
        grouped("bar", "students", ["students.count"], ["className"]),
    ),
    Tile(
        "useAndScore",
        Text("Use and score", "उपयोग और अंक"),
        Text(
            "Each learner's clicks against the average score.",
            "प्रत्येक शिक्षार्थी के क्लिक और औसत अंक।",
        ),
        grouped(
            "scatter",
            "enrollments",
            ["activity.clicks", "submissions.avgScore"],
            ["student.code", "course.category"],
        ),
    ),
    Tile(
        "withdrawals",
        Text("Withdrawals by week of term", "सत्र के सप्ताह के अनुसार वापसी"),
        Text("When learners give up, by term.", "शिक्षार्थी कब छोड़ते हैं, सत्र के अनुसार।"),
        over_time(
            "cohort",
            "enrollments",
            ("withdrawnOn", "weekOfTerm"),
            ["enrollments.count"],
            dimensions=["course.termCode"],
            filters=[where("status", "eq", "WITHDRAWN")],
        ),
        date="withdrawnOn",
    ),
    Tile(
        "attention",
        Text("Learners to look after", "ध्यान देने योग्य शिक्षार्थी"),
        Text(
            "The lowest average scores below 40, per course.",
            "प्रति पाठ्यक्रम 40 से कम सबसे कम औसत अंक।",
        ),
        grouped(
            "table",
            "enrollments",
            ["submissions.avgScore", "submissions.count", "submissions.lateRate"],
            ["student.code", "student.name", "course.code"],
            having=[{"measure": "submissions.avgScore", "op": "lt", "value": 40}],
            sort=[{"by": "submissions.avgScore", "dir": "asc"}],
            limit=25,
        ),
    ),
)

STUDENTS: Final = Dashboard.of(
    "students",
    (
        Text("Students", "विद्यार्थी"),
        Text(
            "Who learns, with what outcome, and who needs attention.",
            "कौन सीखता है, किस परिणाम के साथ, और किस पर ध्यान देना है।",
        ),
    ),
    (BY_TERM, BY_CATEGORY, BY_CLASS, BY_DATE),
    (*_FIGURES, *_OUTCOMES),
)
