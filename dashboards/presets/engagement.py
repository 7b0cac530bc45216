"""The use of the courses: when, what, and by how many."""

from __future__ import annotations

from typing import Final

from dashboards.messages import Text
from dashboards.presets.model import Dashboard, Tile
from dashboards.presets.shared import ACTIVE_LEARNERS, LATE_RATE
from dashboards.presets.shorthand import (
    BY_CATEGORY,
    BY_CLASS,
    BY_DATE,
    BY_TERM,
    KPI,
    grouped,
    largest,
    over_time,
)

_PER_LEARNER: Final = {
    "key": "clicksPerLearner",
    "ratio": ["activity.clicks", "activity.activeLearners"],
}
_PER_LEARNER_LABEL: Final = {"clicksPerLearner": Text("Clicks per learner", "प्रति शिक्षार्थी क्लिक")}

_FIGURES: Final = (
    ACTIVE_LEARNERS,
    Tile(
        "clicks",
        Text("Clicks", "क्लिक"),
        Text("Clicks over all events.", "सभी गतिविधियों के क्लिक।"),
        grouped("kpi", "activity", ["activity.clicks"]),
        KPI,
        compares=True,
    ),
    Tile(
        "clicksPerLearner",
        Text("Clicks per learner", "प्रति शिक्षार्थी क्लिक"),
        Text("Clicks by the learners who were active.", "सक्रिय शिक्षार्थियों के क्लिक।"),
        grouped("kpi", "activity", [_PER_LEARNER]),
        KPI,
        compares=True,
        labels=_PER_LEARNER_LABEL,
    ),
    LATE_RATE,
)

_USE: Final = (
    Tile(
        "activeByWeek",
        Text("Active learners by week", "साप्ताहिक सक्रिय शिक्षार्थी"),
        Text("In each category of courses.", "पाठ्यक्रमों की प्रत्येक श्रेणी में।"),
        over_time(
            "line",
            "activity",
            ("occurredOn", "week"),
            ["activity.activeLearners"],
            dimensions=["course.category"],
        ),
    ),
    Tile(
        "clicksTrend",
        Text("Clicks by week", "साप्ताहिक क्लिक"),
        Text("With the mean of four weeks.", "चार सप्ताह के औसत के साथ।"),
        over_time(
            "line",
            "activity",
            ("occurredOn", "week"),
            [
                "activity.clicks",
                {"key": "mean4", "calc": "movingAverage", "of": "activity.clicks", "n": 4},
            ],
        ),
        labels={"mean4": Text("Mean of four weeks", "चार सप्ताह का औसत")},
    ),
    Tile(
        "weekdays",
        Text("Clicks by day of the week", "सप्ताह के दिन के अनुसार क्लिक"),
        Text("In each course.", "प्रत्येक पाठ्यक्रम में।"),
        over_time(
            "heatmap",
            "activity",
            ("occurredOn", "dayOfWeek"),
            ["activity.clicks"],
            dimensions=["course.code"],
        ),
    ),
    Tile(
        "weeksOfTerm",
        Text("Active learners by week of term", "सत्र के सप्ताह के अनुसार सक्रिय शिक्षार्थी"),
        Text("In each category of courses.", "पाठ्यक्रमों की प्रत्येक श्रेणी में।"),
        over_time(
            "cohort",
            "activity",
            ("occurredOn", "weekOfTerm"),
            ["activity.activeLearners"],
            dimensions=["course.category"],
        ),
    ),
    Tile(
        "material",
        Text("What is used", "क्या उपयोग होता है"),
        Text(
            "Clicks by kind of lesson, in each category.", "प्रत्येक श्रेणी में पाठ के प्रकार के अनुसार क्लिक।"
        ),
        grouped("treemap", "activity", ["activity.clicks"], ["course.category", "lesson.kind"]),
    ),
    Tile(
        "shares",
        Text("Share of each kind of lesson", "प्रत्येक प्रकार के पाठ का हिस्सा"),
        Text("Of all clicks.", "सभी क्लिक में से।"),
        grouped(
            "table",
            "activity",
            [
                "activity.clicks",
                {"key": "share", "calc": "percentOfTotal", "of": "activity.clicks"},
                "activity.activeLearners",
            ],
            ["lesson.kind"],
            sort=largest("activity.clicks"),
            totals="grand",
        ),
        labels={"share": Text("Share of clicks", "क्लिक का हिस्सा")},
    ),
    Tile(
        "lateByMonth",
        Text("Late submissions by month", "मासिक विलंबित प्रस्तुतियाँ"),
        Text("Of the submissions of the month.", "उस महीने की प्रस्तुतियों में से।"),
        over_time("line", "submissions", ("submittedOn", "month"), ["submissions.lateRate"]),
    ),
    Tile(
        "perLearner",
        Text("Clicks per learner by course", "पाठ्यक्रम के अनुसार प्रति शिक्षार्थी क्लिक"),
        Text("Of the learners who were active in it.", "उसमें सक्रिय शिक्षार्थियों के।"),
        grouped(
            "bar", "activity", [_PER_LEARNER], ["course.code"], sort=largest("clicksPerLearner")
        ),
        labels=_PER_LEARNER_LABEL,
    ),
)

ENGAGEMENT: Final = Dashboard.of(
    "engagement",
    (
        Text("Engagement", "सहभागिता"),
        Text(
            "How the courses are used: when, what, and by how many.",
            "पाठ्यक्रम कैसे उपयोग होते हैं: कब, क्या, और कितनों द्वारा।",
        ),
    ),
    (BY_TERM, BY_CATEGORY, BY_CLASS, BY_DATE),
    (*_FIGURES, *_USE),
)
