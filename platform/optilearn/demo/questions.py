"""The five questions of the demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Question:
    """A question, who asks it, and its definition."""

    title: str
    institution: str
    role: str
    definition: dict[str, Any]


UNIVERSITY: Final = "open-university"
SCHOOL: Final = "springdale"

QUESTIONS: Final = (
    Question(
        "How did each module end?",
        UNIVERSITY,
        "ADMIN",
        {
            "version": 1,
            "entity": "enrollments",
            "mode": "categorical",
            "dimensions": ["course.category"],
            "measures": ["enrollments.count", "passRate", "withdrawalRate"],
            "totals": "grand",
        },
    ),
    Question(
        "Enrollments, submissions and clicks of each course: three facts, no fan-out",
        UNIVERSITY,
        "ADMIN",
        {
            "version": 1,
            "entity": "courses",
            "mode": "categorical",
            "dimensions": ["code"],
            "measures": ["enrollments.count", "submissions.count", "activity.clicks"],
            "totals": "grand",
        },
    ),
    Question(
        "How good and how late is the marked work of each kind, by quarter?",
        UNIVERSITY,
        "ADMIN",
        {
            "version": 1,
            "entity": "submissions",
            "mode": "temporal",
            "time": {"field": "submittedOn", "bucket": "quarter"},
            "dimensions": ["assignment.kind"],
            "measures": ["submissions.count", "avgScore", "lateRate"],
            "filters": [{"field": "isBanked", "op": "isFalse"}],
        },
    ),
    Question(
        "Who uses the site, week after week? (Teacher AAA's own courses)",
        UNIVERSITY,
        "TEACHER",
        {
            "version": 1,
            "entity": "activity",
            "mode": "temporal",
            "time": {"field": "occurredOn", "bucket": "week"},
            "measures": ["activity.activeLearners", "activity.clicks"],
            "limit": 8,
            "totals": "grand",
        },
    ),
    Question(
        "Marks by class, lowest first",
        SCHOOL,
        "ADMIN",
        {
            "version": 1,
            "entity": "submissions",
            "mode": "categorical",
            "dimensions": ["student.className"],
            "measures": [
                "submissions.count",
                {"key": "averageMark", "field": "scorePct", "agg": "avg"},
                "submissions.lateRate",
            ],
            "sort": [{"by": "averageMark", "dir": "asc"}],
            "totals": "grand",
        },
    ),
)
