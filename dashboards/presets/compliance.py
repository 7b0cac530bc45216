"""Requirements, certificates, presence, and work that is due and not done."""

from __future__ import annotations

from typing import Final

from dashboards.messages import Text
from dashboards.presets.model import Dashboard, Tile
from dashboards.presets.shared import LATE_RATE, NEVER_ACTIVE, NO_EVENTS
from dashboards.presets.shorthand import (
    BY_CATEGORY,
    BY_CLASS,
    BY_DATE,
    BY_TERM,
    KPI,
    grouped,
    largest,
    over_time,
    where,
)

_PAST_DUE: Final = [
    where("dueOn", "olderThan", {"n": 1, "unit": "day"}),
    {"metric": "submissions.count", "op": "eq", "value": 0},
]

_REQUIREMENTS: Final = (
    Tile(
        "complianceRate",
        Text("Requirements met", "पूरी की गई आवश्यकताएँ"),
        Text("Of all requirements, for each person.", "प्रत्येक व्यक्ति की सभी आवश्यकताओं में से।"),
        grouped(
            "gauge",
            "compliance",
            ["compliance.complianceRate"],
            chart={"type": "gauge", "goal": 0.95},
        ),
        (4, 4),
    ),
    Tile(
        "overdueRequirements",
        Text("Overdue requirements", "बकाया आवश्यकताएँ"),
        Text("Past their due date and not done.", "नियत तारीख़ बीती, पर पूरी नहीं।"),
        grouped(
            "bar",
            "compliance",
            ["compliance.overdue"],
            ["requirement"],
            sort=largest("compliance.overdue"),
        ),
        (8, 4),
    ),
    Tile(
        "dueByMonth",
        Text("Requirements by due month", "नियत महीने के अनुसार आवश्यकताएँ"),
        Text("By status.", "स्थिति के अनुसार।"),
        over_time(
            "stackedBar",
            "compliance",
            ("dueOn", "month"),
            ["compliance.count"],
            dimensions=["status"],
        ),
    ),
    Tile(
        "certificates",
        Text("Certificates", "प्रमाणपत्र"),
        Text("Issued, expired and revoked.", "जारी, समाप्त और निरस्त।"),
        grouped(
            "kpi",
            "certificates",
            ["certificates.issued", "certificates.expired", "certificates.revoked"],
        ),
    ),
    Tile(
        "presence",
        Text("Presence in live classes", "लाइव कक्षाओं में उपस्थिति"),
        Text("By week.", "साप्ताहिक।"),
        over_time("line", "attendance", ("heldOn", "week"), ["attendance.presentRate"]),
    ),
)

_OWED: Final = (
    Tile(
        "pastDue",
        Text("Assignments nobody handed in", "असाइनमेंट जो किसी ने नहीं दिए"),
        Text("Past their due date, without any submission.", "नियत तारीख़ बीती, कोई प्रस्तुति नहीं।"),
        grouped("kpi", "assignments", ["assignments.count"], filters=_PAST_DUE),
        KPI,
    ),
    LATE_RATE,
    Tile(
        "unscored",
        Text("Submissions without a score", "बिना अंक की प्रस्तुतियाँ"),
        Text("Handed in and not marked.", "जमा हुईं, पर जाँची नहीं गईं।"),
        grouped("kpi", "submissions", ["submissions.count"], filters=[where("score", "isNull")]),
        KPI,
    ),
    NEVER_ACTIVE,
    Tile(
        "lateByCourse",
        Text("Late submissions by course", "पाठ्यक्रम के अनुसार विलंबित प्रस्तुतियाँ"),
        Text("Of the submissions to the course.", "पाठ्यक्रम की प्रस्तुतियों में से।"),
        grouped(
            "bar",
            "submissions",
            ["submissions.lateRate"],
            ["course.code"],
            sort=largest("submissions.lateRate"),
        ),
    ),
    Tile(
        "neverActiveByCourse",
        Text("Never active, by course", "पाठ्यक्रम के अनुसार कभी सक्रिय नहीं"),
        Text("Enrollments without any recorded event.", "बिना किसी दर्ज गतिविधि के नामांकन।"),
        grouped("bar", "enrollments", ["enrollments.count"], ["course.code"], filters=[NO_EVENTS]),
    ),
    Tile(
        "pastDueList",
        Text("Assignments past due", "नियत तारीख़ बीते असाइनमेंट"),
        Text("Those without any submission, oldest first.", "बिना प्रस्तुति वाले, सबसे पुराने पहले।"),
        {
            "version": 1,
            "entity": "assignments",
            "mode": "rows",
            "columns": ["course.code", "title", "kind", "dueOn"],
            "filters": _PAST_DUE,
            "sort": [{"by": "dueOn", "dir": "asc"}],
            "limit": 50,
            "chart": {"type": "table"},
        },
        (12, 5),
    ),
)

COMPLIANCE: Final = Dashboard.of(
    "compliance",
    (Text("Compliance", "अनुपालन"), Text("What is due and not done.", "क्या देय है और पूरा नहीं।")),
    (BY_TERM, BY_CATEGORY, BY_CLASS, BY_DATE),
    (*_OWED, *_REQUIREMENTS),
)
