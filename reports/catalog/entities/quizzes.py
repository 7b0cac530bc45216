"""Quizzes: the questions of the banks, the attempts of students, and their answers.

Marks may be hidden until a quiz closes, so none of it is in the reports of students and parents.
"""

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
    of_maximum,
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
    Quotient,
    Relation,
    ScopeRule,
    Sensitivity,
)

_OF_STUDENTS: Final = ScopeRule(person="student_id", course="course_id", staff_only=True)
_IS_GRADED: Final = "{attempt.status} = 'GRADED'"

QUESTIONS: Final = Entity(
    key="questions",
    table="questions",
    label="Questions",
    row_label="a question of a course's bank",
    fields=(
        key("Question"),
        text("name", "name", "Name", required=True),
        code("kind", "kind", "Kind", choices.QUESTION_KIND, required=True),
        Field("points", FieldType.DECIMAL, column="points", label="Points", unit="points"),
        reference("courseId", "course_id", "Course"),
    ),
    relations=(COURSE,),
    metrics=(count("Questions", "questions"),),
    scope=ScopeRule(course="course_id", staff_only=True),
)

QUIZ_ATTEMPTS: Final = Entity(
    key="quizAttempts",
    table="quiz_attempts",
    label="Quiz attempts",
    row_label="one attempt of one student at a quiz",
    fields=(
        key("Attempt", Pii.PSEUDONYM),
        integer("number", "number", "Number"),
        code("status", "status", "Status", choices.ATTEMPT_STATUS, required=True),
        *moments("started", "started", "Started on", required=True),
        *moments("submitted", "submitted", "Submitted on"),
        Field(
            "minutes",
            FieldType.FLOAT,
            sql="CAST(epoch_us({submittedAt}) - epoch_us({startedAt}) AS DOUBLE) / 60000000",
            label="Time used",
            unit="minutes",
            sensitivity=Sensitivity.PERSONAL,
        ),
        mark("points", "points", "Points", "points"),
        mark("possible", "possible", "Possible points", "points"),
        of_maximum("pointsPct", "points", "possible", "Points in percent"),
        Field(
            "hasPassed",
            FieldType.BOOLEAN,
            column="has_passed",
            label="Passed",
            sensitivity=Sensitivity.PERSONAL,
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
        count("Quiz attempts", "attempts"),
        rate(
            "passRate",
            "Pass rate",
            "Attempts that passed, of those that are graded.",
            "{hasPassed}",
            "{hasPassed} IS NOT NULL",
        ),
        Metric(
            "avgPct",
            Aggregate("avg", "pointsPct", where="{status} = 'GRADED'"),
            "Average score",
            "Mean points of the graded attempts as a percentage of the possible ones.",
            Additivity.NON_ADDITIVE,
            "%",
        ),
        Metric(
            "medianMinutes",
            Aggregate("median", "minutes"),
            "Median time",
            "The minutes from start to submission in the middle, of the submitted attempts.",
            Additivity.NON_ADDITIVE,
            "minutes",
        ),
    ),
    scope=_OF_STUDENTS,
    time="startedOn",
)

QUIZ_ANSWERS: Final = Entity(
    key="quizAnswers",
    table="quiz_answers",
    label="Quiz answers",
    row_label="one question of one attempt at a quiz",
    fields=(
        key("Answer", Pii.PSEUDONYM),
        code("kind", "kind", "Kind", choices.QUESTION_KIND, required=True),
        mark("possible", "possible", "Possible points", "points"),
        mark("points", "points", "Points", "points"),
        mark("share", "share", "Share of the points"),
        flag("isAnswered", "is_answered", "Answered"),
        reference("attemptId", "attempt_id", "Attempt", pii=Pii.PSEUDONYM),
        reference("questionId", "question_id", "Question"),
        reference("studentId", "student_id", "Student", pii=Pii.PSEUDONYM),
        reference("courseId", "course_id", "Course"),
    ),
    relations=(
        Relation("attempt", "quizAttempts", ("attempt_id",), "Attempt"),
        Relation("question", "questions", ("question_id",), "Question"),
        STUDENT,
        COURSE,
    ),
    metrics=(
        count("Questions asked", "questions of attempts"),
        Metric(
            "facility",
            Quotient(
                Aggregate("sum", "share", where=_IS_GRADED), Aggregate("count", where=_IS_GRADED)
            ),
            "Facility",
            "Mean share of the possible points in graded attempts; questions without an answer "
            "count 0. The lower, the harder.",
            Additivity.NON_ADDITIVE,
            format="percent",
        ),
        rate(
            "blankRate",
            "Left blank",
            "Questions without an answer, of those in graded attempts.",
            "NOT {isAnswered}",
            _IS_GRADED,
        ),
    ),
    scope=_OF_STUDENTS,
)
