"""One course: who is in it, what they do, how they fare. The filter ``course`` says which."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dashboards.messages import Text
from dashboards.presets.model import Dashboard, Tile
from dashboards.presets.shared import (
    ACTIVE_BY_WEEK,
    AVERAGE_SCORE,
    COMPLETION_RATE,
    LATE_RATE,
    LEARNERS,
    SCORES,
)
from dashboards.presets.shorthand import (
    BY_CLASS,
    BY_COURSE,
    BY_DATE,
    grouped,
    largest,
    only,
    where,
)

_PASSED: Final = ["PASS", "DISTINCTION"]

_FIGURES: Final = (
    replace(
        LEARNERS,
        description=Text("Students enrolled in the course.", "पाठ्यक्रम में नामांकित विद्यार्थी।"),
    ),
    COMPLETION_RATE,
    AVERAGE_SCORE,
    LATE_RATE,
)

_COURSE: Final = (
    ACTIVE_BY_WEEK,
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
    SCORES,
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
        "grades",
        Text("Average grade by assignment", "असाइनमेंट के अनुसार औसत ग्रेड"),
        Text(
            "Released grades in percent, in the order assignments are due.",
            "जारी किए गए ग्रेड प्रतिशत में, असाइनमेंट की नियत तारीख़ के क्रम में।",
        ),
        grouped(
            "bar",
            "grades",
            ["grades.avgPct"],
            ["assignment.dueOn", "assignment.title"],
            sort=[{"by": "assignment.dueOn", "dir": "asc"}],
        ),
    ),
    Tile(
        "hardestQuestions",
        Text("Hardest questions", "सबसे कठिन प्रश्न"),
        Text(
            "Questions of quizzes, the lowest share of the points first.",
            "क्विज़ के प्रश्न, अंकों का सबसे कम हिस्सा पहले।",
        ),
        grouped(
            "table",
            "quizAnswers",
            ["quizAnswers.facility", "quizAnswers.blankRate"],
            ["question.id", "question.name"],
            filters=[where("attempt.status", "eq", "GRADED")],
            sort=[{"by": "quizAnswers.facility", "dir": "asc"}],
            limit=10,
        ),
        date="attempt.submittedOn",
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
