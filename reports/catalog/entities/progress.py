"""The progress of students in lessons."""

from __future__ import annotations

from typing import Final

from reports.catalog.entities import choices
from reports.catalog.entities.shorthand import (
    COURSE,
    ENROLLMENT,
    STUDENT,
    code,
    count,
    integer,
    key,
    mark,
    moments,
    rate,
    reference,
)
from reports.catalog.model import (
    Additivity,
    Aggregate,
    Entity,
    Metric,
    Pii,
    Relation,
    ScopeRule,
)

LESSON_PROGRESS: Final = Entity(
    key="lessonProgress",
    table="lesson_progress",
    label="Lesson progress",
    row_label="one student in one lesson",
    fields=(
        key("Lesson progress", Pii.PSEUDONYM),
        code("status", "status", "Status", choices.PROGRESS_STATUS, required=True),
        *moments("completed", "completed", "Completed on"),
        integer("secondsSpent", "seconds_spent", "Time spent", "seconds"),
        mark("watchedPct", "watched_pct", "Watched", "%"),
        reference("studentId", "student_id", "Student", pii=Pii.PSEUDONYM),
        reference("lessonId", "lesson_id", "Lesson"),
        reference("courseId", "course_id", "Course"),
        reference("enrollmentId", "enrollment_id", "Enrollment", pii=Pii.PSEUDONYM),
    ),
    relations=(
        STUDENT,
        Relation("lesson", "lessons", ("lesson_id",), "Lesson"),
        COURSE,
        ENROLLMENT,
    ),
    metrics=(
        count("Lessons begun", "lessons begun by a student"),
        Metric(
            "completions",
            Aggregate("count", where="{status} = 'COMPLETED'"),
            "Lesson completions",
            "Lessons that a student has completed.",
            Additivity.ADDITIVE,
            "lessons",
        ),
        rate(
            "completionRate",
            "Lesson completion rate",
            "Completed lessons of those begun.",
            "{status} = 'COMPLETED'",
        ),
        Metric(
            "avgSeconds",
            Aggregate("avg", "secondsSpent"),
            "Average time spent",
            "Mean seconds that a student spent in a lesson.",
            Additivity.NON_ADDITIVE,
            "seconds",
        ),
    ),
    scope=ScopeRule(person="student_id", course="course_id"),
    time="completedOn",
)
