"""Students' attendance of live classes, as it was measured or corrected."""

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
    moments,
    rate,
    reference,
)
from reports.catalog.model import Entity, Pii, ScopeRule

ATTENDANCE: Final = Entity(
    key="attendance",
    table="attendance",
    label="Attendance",
    row_label="one student in one live class that has ended",
    fields=(
        key("Attendance", Pii.PSEUDONYM),
        code("status", "status", "Status", choices.ATTENDANCE_STATUS, required=True),
        integer("presentSeconds", "present_seconds", "Time in the room", "seconds"),
        integer("classSeconds", "class_seconds", "Length of the class", "seconds"),
        *moments("held", "held", "Held on", required=True),
        reference("studentId", "student_id", "Student", pii=Pii.PSEUDONYM),
        reference("courseId", "course_id", "Course"),
        reference("enrollmentId", "enrollment_id", "Enrollment", pii=Pii.PSEUDONYM),
    ),
    relations=(STUDENT, COURSE, ENROLLMENT),
    metrics=(
        count("Attendance records", "attendance records"),
        rate(
            "presentRate",
            "Present",
            "Students who were there for at least the class's threshold, of all expected.",
            "{status} = 'PRESENT'",
        ),
        rate(
            "absentRate",
            "Absent",
            "Students who weren't there at all, of all expected.",
            "{status} = 'ABSENT'",
        ),
    ),
    scope=ScopeRule(person="student_id", course="course_id"),
    time="heldOn",
)
