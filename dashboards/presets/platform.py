"""The whole institution at a glance: key figures, four trends, two shares."""

from __future__ import annotations

from typing import Final

from dashboards.presets.model import Dashboard, Text, Tile
from dashboards.presets.shorthand import (
    BY_CATEGORY,
    BY_DATE,
    BY_TERM,
    grouped,
    only,
    over_time,
    where,
)

_SIXTH: Final = (2, 2)

_FIGURES: Final = (
    Tile(
        "students",
        Text("Students", "छात्र"),
        Text("Students on record.", "अभिलेख में दर्ज छात्र।"),
        grouped("kpi", "students", ["students.count"]),
        _SIXTH,
    ),
    Tile(
        "courses",
        Text("Published courses", "प्रकाशित पाठ्यक्रम"),
        Text(
            "Courses that are neither in preparation nor archived.",
            "पाठ्यक्रम जो न तैयारी में हैं, न संग्रहीत।",
        ),
        grouped("kpi", "courses", ["courses.published"]),
        _SIXTH,
    ),
    Tile(
        "enrollments",
        Text("Enrollments", "नामांकन"),
        Text("Each student in each course.", "प्रत्येक पाठ्यक्रम में प्रत्येक छात्र।"),
        grouped("kpi", "enrollments", ["enrollments.count"]),
        _SIXTH,
        compares=True,
    ),
    Tile(
        "activeLearners",
        Text("Active learners", "सक्रिय शिक्षार्थी"),
        Text("Students with at least one recorded event.", "कम से कम एक दर्ज गतिविधि वाले छात्र।"),
        grouped("kpi", "activity", ["activity.activeLearners"]),
        _SIXTH,
        compares=True,
    ),
    Tile(
        "completionRate",
        Text("Completion rate", "पूर्णता दर"),
        Text("Completed enrollments of all.", "सभी नामांकनों में से पूर्ण हुए।"),
        grouped("kpi", "enrollments", ["enrollments.completionRate"]),
        _SIXTH,
        compares=True,
    ),
    Tile(
        "avgScore",
        Text("Average score", "औसत अंक"),
        Text("Mean score of graded submissions.", "जाँची गई प्रस्तुतियों का औसत अंक।"),
        grouped("kpi", "submissions", ["submissions.avgScore"]),
        _SIXTH,
        compares=True,
    ),
)

_TRENDS: Final = (
    Tile(
        "enrollmentsByMonth",
        Text("Enrollments by month", "मासिक नामांकन"),
        Text("Against the same month a year before.", "पिछले वर्ष के उसी महीने की तुलना में।"),
        over_time(
            "line",
            "enrollments",
            ("enrolledOn", "month"),
            ["enrollments.count"],
            compare={"to": "previousYear"},
        ),
    ),
    Tile(
        "activeByWeek",
        Text("Active learners by week", "साप्ताहिक सक्रिय शिक्षार्थी"),
        Text(
            "Students with at least one recorded event in the week.",
            "सप्ताह में कम से कम एक दर्ज गतिविधि वाले छात्र।",
        ),
        over_time("line", "activity", ("occurredOn", "week"), ["activity.activeLearners"]),
    ),
    Tile(
        "submissionsByMonth",
        Text("Submissions on time and late", "समय पर और विलंब से प्रस्तुतियाँ"),
        Text("By the month they came in.", "जिस महीने में वे आईं।"),
        over_time(
            "stackedBar",
            "submissions",
            ("submittedOn", "month"),
            [
                only("onTime", "submissions.count", where("isLate", "isFalse")),
                only("late", "submissions.count", where("isLate", "isTrue")),
            ],
        ),
        labels={"onTime": Text("On time", "समय पर"), "late": Text("Late", "विलंब से")},
    ),
    Tile(
        "scoreByMonth",
        Text("Average score by month", "मासिक औसत अंक"),
        Text(
            "Of the submissions of each category of courses.",
            "पाठ्यक्रमों की प्रत्येक श्रेणी की प्रस्तुतियों का।",
        ),
        over_time(
            "line",
            "submissions",
            ("submittedOn", "month"),
            ["submissions.avgScore"],
            dimensions=["course.category"],
        ),
    ),
)

_SHARES: Final = (
    Tile(
        "byStatus",
        Text("Enrollments by status", "स्थिति के अनुसार नामांकन"),
        Text("What became of them.", "उनका क्या हुआ।"),
        grouped("donut", "enrollments", ["enrollments.count"], ["status"], totals="grand"),
    ),
    Tile(
        "byCategory",
        Text("Enrollments by category", "श्रेणी के अनुसार नामांकन"),
        Text("Which courses they are in.", "वे किन पाठ्यक्रमों में हैं।"),
        grouped("pie", "enrollments", ["enrollments.count"], ["course.category"], totals="grand"),
    ),
)

PLATFORM: Final = Dashboard.of(
    "platform",
    (
        Text("Platform", "मंच"),
        Text("The whole institution at a glance.", "पूरा संस्थान एक नज़र में।"),
    ),
    (BY_TERM, BY_CATEGORY, BY_DATE),
    (*_FIGURES, *_TRENDS, *_SHARES),
)
