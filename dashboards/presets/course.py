"""One course: who is in it, what they do, how they fare. The filter ``course`` says which."""

from __future__ import annotations

from typing import Final

from dashboards.presets.model import Dashboard, Text, Tile
from dashboards.presets.shorthand import (
    BY_CLASS,
    BY_COURSE,
    BY_DATE,
    KPI,
    grouped,
    largest,
    only,
    over_time,
    where,
)

_PASSED: Final = ["PASS", "DISTINCTION"]

_FIGURES: Final = (
    Tile(
        "learners",
        Text("Learners", "शिक्षार्थी"),
        Text("Students enrolled in the course.", "पाठ्यक्रम में नामांकित छात्र।"),
        grouped("kpi", "enrollments", ["enrollments.learners"]),
        KPI,
        compares=True,
    ),
    Tile(
        "completionRate",
        Text("Completion rate", "पूर्णता दर"),
        Text("Completed enrollments of all.", "सभी नामांकनों में से पूर्ण हुए।"),
        grouped("kpi", "enrollments", ["enrollments.completionRate"]),
        KPI,
        compares=True,
    ),
    Tile(
        "avgScore",
        Text("Average score", "औसत अंक"),
        Text("Mean score of graded submissions.", "जाँची गई प्रस्तुतियों का औसत अंक।"),
        grouped("kpi", "submissions", ["submissions.avgScore"]),
        KPI,
        compares=True,
    ),
    Tile(
        "lateRate",
        Text("Late submissions", "विलंब से प्रस्तुतियाँ"),
        Text("Of all submissions.", "सभी प्रस्तुतियों में से।"),
        grouped("kpi", "submissions", ["submissions.lateRate"]),
        KPI,
        compares=True,
    ),
)

_COURSE: Final = (
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
        "funnel",
        Text("From enrollment to pass", "नामांकन से उत्तीर्ण तक"),
        Text("How many learners are left at each step.", "प्रत्येक चरण पर कितने शिक्षार्थी बचे।"),
        grouped(
            "funnel",
            "enrollments",
            [
                "enrollments.learners",
                "activity.activeLearners",
                {"key": "handedIn", "field": "submissions.studentId", "agg": "countDistinct"},
                only("passed", "enrollments.learners", where("outcome", "in", _PASSED)),
            ],
        ),
        labels={
            "handedIn": Text("Handed work in", "कार्य जमा किया"),
            "passed": Text("Passed", "उत्तीर्ण"),
        },
    ),
    Tile(
        "outcomes",
        Text("Outcomes", "परिणाम"),
        Text("Enrollments with each outcome.", "प्रत्येक परिणाम वाले नामांकन।"),
        grouped("donut", "enrollments", ["enrollments.count"], ["outcome"], totals="grand"),
    ),
    Tile(
        "scores",
        Text("Scores", "अंक"),
        Text("How the scores of all submissions spread.", "सभी प्रस्तुतियों के अंक कैसे फैले हैं।"),
        grouped(
            "histogram",
            "submissions",
            ["submissions.count"],
            [{"field": "scorePct", "bins": [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]}],
        ),
    ),
    Tile(
        "assignments",
        Text("Average score by assignment", "असाइनमेंट के अनुसार औसत अंक"),
        Text("In the order they are due.", "नियत तारीख़ के क्रम में।"),
        grouped(
            "bar",
            "submissions",
            ["submissions.avgScore"],
            ["assignment.dueOn", "assignment.title"],
            sort=[{"by": "assignment.dueOn", "dir": "asc"}],
        ),
    ),
    Tile(
        "material",
        Text("What is used", "क्या उपयोग होता है"),
        Text("Clicks by module.", "मॉड्यूल के अनुसार क्लिक।"),
        grouped(
            "bar",
            "activity",
            ["activity.clicks"],
            ["lesson.module.title"],
            sort=largest("activity.clicks"),
        ),
    ),
    Tile(
        "learnerList",
        Text("Learners", "शिक्षार्थी"),
        Text("Lowest average score first.", "सबसे कम औसत अंक पहले।"),
        grouped(
            "table",
            "enrollments",
            [
                "submissions.avgScore",
                "submissions.count",
                "submissions.lateRate",
                "activity.clicks",
            ],
            ["student.code", "student.name", "status"],
            sort=[{"by": "submissions.avgScore", "dir": "asc"}],
            limit=50,
        ),
        (12, 6),
    ),
)

COURSE: Final = Dashboard.of(
    "course",
    (
        Text("Course", "पाठ्यक्रम"),
        Text(
            "Who is in it, what they do, how they fare.",
            "इसमें कौन है, क्या करता है, और परिणाम कैसे हैं।",
        ),
    ),
    (BY_COURSE, BY_CLASS, BY_DATE),
    (*_FIGURES, *_COURSE),
)
