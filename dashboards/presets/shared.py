"""Tiles that stand on more than one dashboard."""

from __future__ import annotations

from typing import Final

from dashboards.messages import Text
from dashboards.presets.model import Tile
from dashboards.presets.shorthand import KPI, grouped, over_time

NO_EVENTS: Final = {"metric": "activity.events", "op": "eq", "value": 0}

ACTIVE_LEARNERS: Final = Tile(
    "activeLearners",
    Text("Active learners", "सक्रिय शिक्षार्थी"),
    Text("Students with at least one recorded event.", "कम से कम एक दर्ज गतिविधि वाले विद्यार्थी।"),
    grouped("kpi", "activity", ["activity.activeLearners"]),
    KPI,
    compares=True,
)

COMPLETION_RATE: Final = Tile(
    "completionRate",
    Text("Completion rate", "पूर्णता दर"),
    Text("Completed enrollments of all.", "सभी नामांकनों में से पूर्ण हुए।"),
    grouped("kpi", "enrollments", ["enrollments.completionRate"]),
    KPI,
    compares=True,
)

AVERAGE_SCORE: Final = Tile(
    "avgScore",
    Text("Average score", "औसत अंक"),
    Text("Mean score of graded submissions.", "जाँची गई प्रस्तुतियों का औसत अंक।"),
    grouped("kpi", "submissions", ["submissions.avgScore"]),
    KPI,
    compares=True,
)

ACTIVE_BY_WEEK: Final = Tile(
    "activeByWeek",
    Text("Active learners by week", "साप्ताहिक सक्रिय शिक्षार्थी"),
    Text(
        "Students with at least one recorded event in the week.",
        "सप्ताह में कम से कम एक दर्ज गतिविधि वाले विद्यार्थी।",
    ),
    over_time("line", "activity", ("occurredOn", "week"), ["activity.activeLearners"]),
)

LEARNERS: Final = Tile(
    "learners",
    Text("Learners", "शिक्षार्थी"),
    Text("Students with an enrollment.", "नामांकन वाले विद्यार्थी।"),
    grouped("kpi", "enrollments", ["enrollments.learners"]),
    KPI,
    compares=True,
)

WITHDRAWAL_RATE: Final = Tile(
    "withdrawalRate",
    Text("Withdrawal rate", "वापसी दर"),
    Text("Withdrawn enrollments of all.", "सभी नामांकनों में से वापस लिए गए।"),
    grouped("kpi", "enrollments", ["enrollments.withdrawalRate"]),
    KPI,
    compares=True,
)

NEVER_ACTIVE: Final = Tile(
    "neverActive",
    Text("Never active", "कभी सक्रिय नहीं"),
    Text("Enrollments without any recorded event.", "बिना किसी दर्ज गतिविधि के नामांकन।"),
    grouped("kpi", "enrollments", ["enrollments.count"], filters=[NO_EVENTS]),
    KPI,
)

SCORES: Final = Tile(
    "scores",
    Text("Scores", "अंक"),
    Text("How the scores of all submissions spread.", "सभी प्रस्तुतियों के अंक कैसे फैले हैं।"),
    grouped(
        "histogram",
        "submissions",
        ["submissions.count"],
        [{"field": "scorePct", "bins": [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]}],
    ),
)

LATE_RATE: Final = Tile(
    "lateRate",
    Text("Late submissions", "विलंब से प्रस्तुतियाँ"),
    Text("Of all submissions.", "सभी प्रस्तुतियों में से।"),
    grouped("kpi", "submissions", ["submissions.lateRate"]),
    KPI,
    compares=True,
)
