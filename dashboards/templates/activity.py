"""Templates about the use of courses: activity and progress in lessons."""

from __future__ import annotations

from typing import Final

from dashboards.messages import Text
from dashboards.presets.shorthand import grouped, largest, over_time, where
from dashboards.templates.model import Template, template

_COMPLETED: Final = where("status", "eq", "COMPLETED")

ACTIVITY: Final[tuple[Template, ...]] = (
    template(
        "activeLearnersByWeek",
        "AHT",
        Text("Active learners by week", "साप्ताहिक सक्रिय शिक्षार्थी"),
        Text("Students with at least one event.", "कम से कम एक गतिविधि वाले विद्यार्थी।"),
        over_time("line", "activity", ("occurredOn", "week"), ["activeLearners"]),
    ),
    template(
        "activeLearnersByMonth",
        "F",
        Text("Active learners by month", "मासिक सक्रिय शिक्षार्थी"),
        Text("Students with at least one event.", "कम से कम एक गतिविधि वाले विद्यार्थी।"),
        over_time("line", "activity", ("occurredOn", "month"), ["activeLearners"]),
    ),
    template(
        "clicksByCourse",
        "AH",
        Text("Use of each course", "हर पाठ्यक्रम का उपयोग"),
        Text("Clicks and active learners.", "क्लिक और सक्रिय शिक्षार्थी।"),
        grouped(
            "bar", "activity", ["clicks", "activeLearners"], ["course.code"], sort=largest("clicks")
        ),
    ),
    template(
        "clicksByWeekday",
        "TP",
        Text("Use by day of the week", "सप्ताह के दिन के अनुसार उपयोग"),
        Text("Clicks on each day.", "हर दिन के क्लिक।"),
        over_time("bar", "activity", ("occurredOn", "dayOfWeek"), ["clicks"]),
    ),
    template(
        "clicksByLessonKind",
        "HT",
        Text("Use by kind of lesson", "पाठ के प्रकार के अनुसार उपयोग"),
        Text("Clicks in each kind of lesson.", "प्रत्येक प्रकार के पाठ में क्लिक।"),
        grouped("donut", "activity", ["clicks"], ["lesson.kind"]),
    ),
    template(
        "useByLearner",
        "TP",
        Text("Activity of each learner", "हर शिक्षार्थी की गतिविधि"),
        Text("Events and clicks.", "गतिविधियाँ और क्लिक।"),
        grouped(
            "table",
            "activity",
            ["events", "clicks"],
            ["student.code", "student.name"],
            sort=largest("clicks"),
        ),
    ),
    template(
        "activityByMonth",
        "P",
        Text("Activity by month", "मासिक गतिविधि"),
        Text("Events and clicks.", "गतिविधियाँ और क्लिक।"),
        over_time("line", "activity", ("occurredOn", "month"), ["events", "clicks"]),
    ),
    template(
        "useOfLessons",
        "T",
        Text("Use of each lesson", "हर पाठ का उपयोग"),
        Text("Clicks and learners, the most used first.", "क्लिक और शिक्षार्थी, सबसे अधिक पहले।"),
        grouped(
            "table",
            "activity",
            ["clicks", "activeLearners"],
            ["course.code", "lesson.title"],
            sort=largest("clicks"),
        ),
    ),
    template(
        "lessonCompletionByCourse",
        "HT",
        Text("Completed lessons by course", "पाठ्यक्रम के अनुसार पूर्ण पाठ"),
        Text("Of the lessons that were begun.", "शुरू किए गए पाठों में से।"),
        grouped(
            "bar",
            "lessonProgress",
            ["lessonProgress.completionRate", "completions"],
            ["course.code"],
        ),
    ),
    template(
        "lessonsCompletedByMonth",
        "TP",
        Text("Completed lessons by month", "मासिक पूर्ण पाठ"),
        Text("By the day of completion.", "पूर्ण होने के दिन के अनुसार।"),
        over_time(
            "line", "lessonProgress", ("completedOn", "month"), ["count"], filters=[_COMPLETED]
        ),
    ),
    template(
        "timeByLessonKind",
        "H",
        Text("Time spent by kind of lesson", "पाठ के प्रकार के अनुसार समय"),
        Text("Seconds in a lesson, on average.", "एक पाठ में औसत सेकंड।"),
        grouped("bar", "lessonProgress", ["avgSeconds"], ["lesson.kind"]),
    ),
    template(
        "lessonsByLearner",
        "P",
        Text("Lessons in each course", "हर पाठ्यक्रम के पाठ"),
        Text("Begun and completed.", "शुरू किए गए और पूर्ण।"),
        grouped(
            "table", "lessonProgress", ["count", "completions"], ["student.name", "course.title"]
        ),
    ),
    template(
        "completionByLesson",
        "T",
        Text("Completion of each lesson", "हर पाठ की पूर्णता"),
        Text("Of the learners who began it.", "जिन्होंने इसे शुरू किया, उनमें से।"),
        grouped(
            "table",
            "lessonProgress",
            ["lessonProgress.completionRate", "count"],
            ["course.code", "lesson.title"],
        ),
    ),
)
