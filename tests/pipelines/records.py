"""Writing records straight into PostgreSQL, as any code of the product or none may do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import psycopg
from psycopg import sql

from pipelines.snapshots.extract import Institution
from tests.support.services import Database

Connection = psycopg.Connection[tuple[Any, ...]]

_FILLERS: Mapping[str, object] = {
    "text": "",
    "character varying": "",
    "jsonb": "{}",
    "boolean": False,
    "ARRAY": [],
    "timestamp with time zone": datetime(2024, 1, 1, tzinfo=UTC),
}

_numbers = itertools.count(1)


def superuser(database: Database) -> Connection:
    """A connection that no policy binds; triggers and constraints still do their work."""
    return psycopg.connect(database.superuser_url, autocommit=True)


@cache
def _required(url: str, table: str) -> dict[str, str]:
    """Columns that need a value: NOT NULL without a default."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_name = %s AND is_nullable = 'NO' AND column_default IS NULL "
            "AND is_identity = 'NO'",
            [table],
        ).fetchall()
    return dict(rows)


@dataclass
class Records:
    """One institution's records, written over one connection."""

    database: Database
    connection: Connection
    institution: Institution

    def add(self, table: str, **values: Any) -> int:
        """Insert a row, filling in what the test doesn't care for; returns its id."""
        required = _required(self.database.superuser_url, table)
        row = {c: _FILLERS.get(t, 0) for c, t in required.items()} | {
            "institution_id": self.institution.id
        }
        row |= {k: json.dumps(v) if isinstance(v, dict) else v for k, v in values.items()}
        columns = [c for c in row if c not in {"id", "row_xid"} or c in values]
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(sql.Placeholder(c) for c in columns),
        )
        found = self.connection.execute(statement, {c: row[c] for c in columns}).fetchone()
        assert found is not None
        return int(found[0])

    def run(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Any statement; ``$i`` stands for the institution's id."""
        text = statement.replace("$i", str(self.institution.id))
        cursor = self.connection.execute(text.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []

    def over(self, connection: Connection) -> Records:
        """The same institution over another connection."""
        return Records(self.database, connection, self.institution)

    def person(self, kind: str = "STUDENT", **values: Any) -> int:
        """A student, or another kind of person."""
        n = next(_numbers)
        given = {"kind": kind, "role": kind.lower(), "crm_id": f"crm-{n}", "code": f"P{n}"}
        return self.add(
            "people_person", **(given | {"name": f"Person {n}", "status": "ACTIVE"} | values)
        )

    def course(self, **values: Any) -> int:
        """A published course."""
        n = next(_numbers)
        given = {"code": f"C{n}", "title": f"Course {n}", "status": "PUBLISHED"}
        return self.add("courses_course", **(given | values))

    def lesson(self, course_id: int, **values: Any) -> int:
        """A lesson in a module of its own."""
        module = self.add("courses_module", course_id=course_id, title="Module", position=1)
        given = {"course_id": course_id, "module_id": module, "title": "Lesson", "kind": "TEXT"}
        return self.add("courses_lesson", **(given | values))

    def enroll(self, student_id: int, course_id: int, **values: Any) -> int:
        """An active enrollment."""
        given = {"student_id": student_id, "course_id": course_id, "status": "ACTIVE"}
        return self.add("enrollment_enrollment", **(given | values))

    def event(self, enrollment: tuple[int, int, int], **values: Any) -> int:
        """An event of use; ``enrollment`` is (id, student, course)."""
        enrollment_id, student_id, course_id = enrollment
        given: dict[str, Any] = {
            "enrollment_id": enrollment_id,
            "student_id": student_id,
            "course_id": course_id,
            "kind": 1,
            "clicks": 1,
            "occurred_at": datetime(2024, 5, 5, 12, tzinfo=UTC),
        }
        return self.add("activity_event", **(given | values))

    def some(self, *, students: int = 5, events: int = 20) -> None:
        """A small institution: one teacher, one course, one lesson, and what belongs to it."""
        teacher = self.person("USER", role="teacher", name="Asha Rao")
        course = self.course(creator_id=teacher)
        lesson = self.lesson(course)
        assignment = self.add(
            "assessment_assignment", course_id=course, title="Essay", max_score=100, weight=1
        )
        for _ in range(students):
            student = self.person()
            enrollment = self.enroll(student, course, progress_pct="12.50")
            self.add(
                "assessment_submission",
                assignment_id=assignment,
                student_id=student,
                enrollment_id=enrollment,
                course_id=course,
                status="GRADED",
                score="61.25",
            )
            self.run(
                "INSERT INTO activity_event (institution_id, student_id, course_id, "
                "enrollment_id, lesson_id, kind, occurred_at, clicks) "
                "SELECT $i, %s, %s, %s, %s, 1 + n %% 6, "
                "timestamptz '2024-03-30 22:00Z' + n * interval '37 minutes', n "
                "FROM generate_series(1, %s) n",
                student,
                course,
                enrollment,
                lesson,
                events,
            )

    def assessed(self) -> None:
        """Grades, every second one released, and attempts at a quiz, for all enrollments."""
        work = self.run(
            "SELECT s.assignment_id, s.enrollment_id, s.student_id, s.course_id "
            "FROM assessment_submission s WHERE s.institution_id = $i ORDER BY s.id"
        )
        assignment, _, _, course = work[0]
        quiz, question, version = self._quiz(course, assignment)
        for number, (assignment_id, enrollment, student, _) in enumerate(work):
            of = {"enrollment_id": enrollment, "student_id": student, "course_id": course}
            released = "2024-05-06T12:00Z" if number % 2 else None
            self.add(
                "assessment_grade",
                **of,
                points="61.25",
                raw_points="70",
                deducted="8.75",
                assignment_id=assignment_id,
                graded_at="2024-05-05T12:00Z",
                posted_at=released,
            )
            attempt = self.add(
                "assessment_attempt",
                **of,
                quiz_id=quiz,
                assignment_id=assignment_id,
                number=1,
                status="GRADED",
                possible=2,
                points="1.5",
                has_passed=bool(number % 2),
                submitted_at=released,
            )
            self.add(
                "assessment_answer",
                attempt_id=attempt,
                student_id=student,
                course_id=course,
                question_id=question,
                version_id=version,
                number=1,
                kind="MCQ",
                possible=2,
                points="1.5",
                share="0.75",
                value='"a"' if number % 2 else None,
            )

    def _quiz(self, course: int, assignment: int) -> tuple[int, int, int]:
        """A quiz, and a question of it with its version."""
        question = self.add("assessment_question", course_id=course, name="Q", kind="MCQ", points=2)
        version = self.add("assessment_questionversion", question_id=question, number=1)
        lesson = self.lesson(course, kind="QUIZ")
        own = {"course_id": course, "lesson_id": lesson, "assignment_id": assignment}
        return self.add("assessment_quiz", **own), question, version


def found(
    database: Database, connection: Connection, zone: str = "Europe/London", **values: Any
) -> Records:
    """A new institution."""
    n = next(_numbers)
    slug = values.pop("slug", f"school-{n}")
    given = {
        "slug": slug,
        "crm_id": f"inst-{n}-{slug}",
        "name": slug,
        "time_zone": zone,
        "locale": "en",
        "first_weekday": 1,
        "min_group_size": 0,
        "settings": "{}",
        "created_at": datetime(2024, 1, 1, tzinfo=UTC),
    } | values
    statement = sql.SQL(
        "INSERT INTO institutions_institution ({}) VALUES ({}) RETURNING id"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, given)),
        sql.SQL(", ").join(sql.Placeholder(c) for c in given),
    )
    row = connection.execute(statement, given).fetchone()
    assert row is not None
    return Records(database, connection, Institution(int(row[0]), slug))
