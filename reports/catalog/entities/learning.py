"""The work of one student in one course."""

from __future__ import annotations

from typing import Final

from reports.catalog.entities import choices
from reports.catalog.entities.shorthand import (
    COURSE,
    ENROLLMENT,
    STUDENT,
    code,
    count,
    flag,
    integer,
    key,
    mark,
    moments,
    rate,
    reference,
    text,
)
from reports.catalog.model import (
    Additivity,
    Aggregate,
    Entity,
    Field,
    FieldType,
    Metric,
    Pii,
    Relation,
    ScopeRule,
    Sensitivity,
)

_SCOPE: Final = ScopeRule(person="student_id", course="course_id")

ENROLLMENTS: Final = Entity(
    key="enrollments",
    table="enrollments",
    label="Enrollments",
    row_label="one student in one course",
    fields=(
        key("Enrollment", Pii.PSEUDONYM),
        code("status", "status", "Status", choices.ENROLLMENT_STATUS, required=True),
        code("outcome", "outcome", "Outcome", choices.OUTCOME),
        *moments("enrolled", "enrolled", "Enrolled on"),
        *moments("completed", "completed", "Completed on"),
        *moments("withdrawn", "withdrawn", "Withdrawn on"),
        *moments("lastActivity", "last_activity", "Last activity on"),
        mark("progressPct", "progress_pct", "Progress", "%"),
        *moments("expires", "expires", "Expires on"),
        code("source", "source", "Source", choices.ENROLLMENT_SOURCE),
        reference("studentId", "student_id", "Student", pii=Pii.PSEUDONYM),
        reference("courseId", "course_id", "Course"),
    ),
    relations=(STUDENT, COURSE),
    metrics=(
        count("Enrollments", "enrollments"),
        Metric(
            "learners",
            Aggregate("countDistinct", "studentId"),
            "Learners",
            "Distinct students with an enrollment.",
            Additivity.NON_ADDITIVE,
            "students",
        ),
        rate(
            "completionRate",
            "Completion rate",
            "COMPLETED enrollments of all enrollments.",
            "{status} = 'COMPLETED'",
        ),
        rate(
            "withdrawalRate",
            "Withdrawal rate",
            "WITHDRAWN enrollments of all enrollments.",
            "{status} = 'WITHDRAWN'",
        ),
        rate(
            "passRate",
            "Pass rate",
            "Outcome PASS or DISTINCTION, of the enrollments with an outcome.",
            "{outcome} IN ('PASS', 'DISTINCTION')",
            "{outcome} IS NOT NULL",
        ),
        Metric(
            "avgProgress",
            Aggregate("avg", "progressPct"),
            "Average progress",
            "Mean progress of the enrollments that have one.",
            Additivity.NON_ADDITIVE,
            "%",
        ),
    ),
    scope=_SCOPE,
    time="enrolledOn",
)

ASSIGNMENTS: Final = Entity(
    key="assignments",
    table="assignments",
    label="Assignments",
    row_label="an assignment",
    fields=(
        key("Assignment"),
        text("title", "title", "Title"),
        code("kind", "kind", "Kind", choices.ASSIGNMENT_KIND),
        *moments("due", "due", "Due on"),
        Field("weight", FieldType.DECIMAL, column="weight", label="Weight", unit="%"),
        Field(
            "maxScore", FieldType.DECIMAL, column="max_score", label="Maximum score", unit="points"
        ),
        Field("passMark", FieldType.DECIMAL, column="pass_mark", label="Pass mark", unit="%"),
        reference("courseId", "course_id", "Course"),
        reference("lessonId", "lesson_id", "Lesson", required=False),
    ),
    relations=(COURSE, Relation("lesson", "lessons", ("lesson_id",), "Lesson")),
    metrics=(count("Assignments", "assignments"),),
    scope=ScopeRule(course="course_id"),
    time="dueOn",
)

SUBMISSIONS: Final = Entity(
    key="submissions",
    table="submissions",
    label="Submissions",
    row_label="one submission of one student",
    fields=(
        key("Submission", Pii.PSEUDONYM),
        code("status", "status", "Status", choices.SUBMISSION_STATUS),
        *moments("submitted", "submitted", "Submitted on", required=True),
        mark("score", "score", "Score", "points"),
        Field(
            "scorePct",
            FieldType.FLOAT,
            sql="CAST({score} AS DOUBLE) * 100 / nullif(CAST({assignment.maxScore} AS DOUBLE), 0)",
            label="Score in percent",
            description="The score as a percentage of the assignment's maximum.",
            unit="%",
            sensitivity=Sensitivity.PERSONAL,
        ),
        flag("isLate", "is_late", "Late"),
        flag("isBanked", "is_banked", "Banked"),
        *moments("graded", "graded", "Graded on"),
        Field(
            "daysToGrade",
            FieldType.INTEGER,
            sql="({gradedOn} - {submittedOn})",
            label="Days to grade",
            unit="days",
        ),
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
        count("Submissions", "submissions"),
        Metric(
            "graded",
            Aggregate("count", "score"),
            "Graded submissions",
            "Submissions with a score.",
            Additivity.ADDITIVE,
            "submissions",
        ),
        Metric(
            "avgScore",
            Aggregate("avg", "score"),
            "Average score",
            "Mean score of the submissions that have one.",
            Additivity.NON_ADDITIVE,
            "points",
        ),
        Metric(
            "medianScore",
            Aggregate("median", "score"),
            "Median score",
            "The score in the middle, interpolated linearly.",
            Additivity.NON_ADDITIVE,
            "points",
        ),
        rate("lateRate", "Late rate", "Late submissions of all submissions.", "{isLate}"),
        rate(
            "passRate",
            "Pass rate",
            "Submissions at or above the assignment's pass mark (40 % unless it sets one), of "
            "those with a score.",
            "{scorePct} >= coalesce({assignment.passMark}, 40)",
            "{score} IS NOT NULL",
        ),
        Metric(
            "turnaroundDays",
            Aggregate("avg", "daysToGrade"),
            "Turnaround",
            "Mean days from submission to grading, of the graded ones.",
            Additivity.NON_ADDITIVE,
            "days",
        ),
    ),
    scope=_SCOPE,
    time="submittedOn",
)

ACTIVITY: Final = Entity(
    key="activity",
    table="activity",
    label="Activity",
    row_label="one recorded event of use",
    fields=(
        key("Event", Pii.PSEUDONYM),
        code("kind", "kind", "Kind", choices.ACTIVITY_KIND, required=True),
        *moments("occurred", "occurred", "Occurred on", required=True),
        integer("clicks", "clicks", "Clicks", "clicks"),
        reference("studentId", "student_id", "Student", pii=Pii.PSEUDONYM),
        reference("courseId", "course_id", "Course"),
        reference("enrollmentId", "enrollment_id", "Enrollment", pii=Pii.PSEUDONYM),
        reference("lessonId", "lesson_id", "Lesson", required=False),
    ),
    relations=(
        STUDENT,
        COURSE,
        ENROLLMENT,
        Relation("lesson", "lessons", ("lesson_id",), "Lesson"),
    ),
    metrics=(
        Metric(
            "events",
            Aggregate("count"),
            "Events",
            "Recorded events of use.",
            Additivity.ADDITIVE,
            "events",
        ),
        Metric(
            "clicks",
            Aggregate("sum", "clicks"),
            "Clicks",
            "Clicks over all events.",
            Additivity.ADDITIVE,
            "clicks",
        ),
        Metric(
            "activeLearners",
            Aggregate("countDistinct", "studentId"),
            "Active learners",
            "Distinct students with an event.",
            Additivity.NON_ADDITIVE,
            "students",
        ),
    ),
    scope=_SCOPE,
    time="occurredOn",
)
