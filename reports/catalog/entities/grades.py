"""The grades of students for assignments, as teachers released them."""

from __future__ import annotations

from typing import Final

from reports.catalog.entities.shorthand import (
    COURSE,
    ENROLLMENT,
    STUDENT,
    count,
    flag,
    key,
    mark,
    moments,
    of_maximum,
    rate,
    reference,
)
from reports.catalog.model import Additivity, Aggregate, Entity, Metric, Pii, Relation, ScopeRule

_COUNTS: Final = "{points} IS NOT NULL AND NOT {isExcused}"

GRADES: Final = Entity(
    key="grades",
    table="grades",
    label="Grades",
    row_label="the grade of one student for one assignment",
    fields=(
        key("Grade", Pii.PSEUDONYM),
        mark("points", "points", "Points", "points"),
        of_maximum("pointsPct", "points", "assignment.maxScore", "Points in percent"),
        mark("rawPoints", "raw_points", "Points before deductions", "points"),
        mark("deducted", "deducted", "Deducted for lateness", "points"),
        flag("isExcused", "is_excused", "Excused"),
        *moments("graded", "graded", "Graded on"),
        *moments("posted", "posted", "Released on"),
        reference("studentId", "student_id", "Student", pii=Pii.PSEUDONYM),
        reference("assignmentId", "assignment_id", "Assignment"),
        reference("courseId", "course_id", "Course"),
        reference("enrollmentId", "enrollment_id", "Enrollment", pii=Pii.PSEUDONYM),
    ),
    relations=(
        STUDENT,
        Relation("assignment", "assignments", ("assignment_id",), "Assignment"),
        COURSE,
        ENROLLMENT,
    ),
    metrics=(
        count("Grades", "grades"),
        Metric(
            "avgPct",
            Aggregate("avg", "pointsPct", where="NOT {isExcused}"),
            "Average grade",
            "Mean of the released grades as a percentage of the assignment's maximum, without "
            "excused ones.",
            Additivity.NON_ADDITIVE,
            "%",
        ),
        Metric(
            "excused",
            Aggregate("count", where="{isExcused}"),
            "Excused",
            "Students who are excused from an assignment.",
            Additivity.ADDITIVE,
            "grades",
        ),
        rate(
            "belowPassRate",
            "Below the pass mark",
            "Released grades below the assignment's pass mark (40 % unless it sets one), of those "
            "with points that aren't excused.",
            "{pointsPct} < coalesce({assignment.passMark}, 40)",
            _COUNTS,
        ),
    ),
    scope=ScopeRule(person="student_id", course="course_id"),
    time="postedOn",
)
