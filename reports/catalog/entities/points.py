"""The points that students earned by learning."""

from __future__ import annotations

from typing import Final

from reports.catalog.entities import choices
from reports.catalog.entities.shorthand import (
    COURSE,
    STUDENT,
    code,
    count,
    key,
    moments,
    reference,
)
from reports.catalog.model import (
    Additivity,
    Aggregate,
    Entity,
    Field,
    FieldType,
    Metric,
    Pii,
    Quotient,
    ScopeRule,
    Sensitivity,
)

_TOTAL: Final = Aggregate("sum", "points")

POINTS: Final = Entity(
    key="points",
    table="points",
    label="Points",
    row_label="one achievement of one student, with the points it gave",
    fields=(
        key("Achievement", Pii.PSEUDONYM),
        code("kind", "kind", "Kind", choices.POINTS_KIND, required=True),
        Field(
            "points",
            FieldType.INTEGER,
            column="points",
            label="Points",
            unit="points",
            sensitivity=Sensitivity.PERSONAL,
            required=True,
        ),
        *moments("earned", "earned", "Earned on", required=True),
        reference("studentId", "student_id", "Student", pii=Pii.PSEUDONYM),
        reference("courseId", "course_id", "Course"),
    ),
    relations=(STUDENT, COURSE),
    metrics=(
        count("Achievements", "achievements"),
        Metric(
            "total", _TOTAL, "Points", "Sum of the points earned.", Additivity.ADDITIVE, "points"
        ),
        Metric(
            "perStudent",
            Quotient(_TOTAL, Aggregate("countDistinct", "studentId")),
            "Points per student",
            "Sum of the points, for each student who earned any.",
            Additivity.NON_ADDITIVE,
            "points",
        ),
    ),
    scope=ScopeRule(person="student_id", course="course_id"),
    time="earnedOn",
)
