"""Random small institutions, and physically filtered copies of them.

The rules of a scope are written here a second time, as plain SQL over whole tables, so that
the compiler's guards have something independent to agree with.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb

from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.snapshot.schema import TABLES, AttributeDefinition
from tests.reports.discussed import posts
from tests.reports.earned import earned
from tests.reports.snapshot_files import create_tables, reference, write_manifest

ATTRIBUTES = (
    AttributeDefinition("enrollments", "region", "text", "Region"),
    AttributeDefinition("enrollments", "credits", "integer", "Credits"),
    AttributeDefinition("students", "grant", "decimal", "Grant"),
)
Row = tuple[Any, ...]
_START = date(2013, 10, 1)


class World:
    """Rows by table. References may dangle and cross courses: a guard must not rely on them."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.tables: dict[str, list[Row]] = {}
        rng = self.rng
        self.courses = list(range(1, rng.randint(3, 7)))
        self.students = list(range(101, 101 + rng.randint(3, 9)))
        self.staff = list(range(901, 901 + rng.randint(1, 4)))
        self._calendar()
        self._people()
        self._content()
        self._learning()

    def _maybe(self, value: Any, share: float = 0.2) -> Any:
        return None if self.rng.random() < share else value

    def _day(self) -> date:
        return _START + timedelta(days=self.rng.randint(0, 200))

    def _moment(self, *, share: float = 0.2) -> tuple[datetime | None, date | None]:
        if self.rng.random() < share:
            return None, None
        day = self._day()
        return datetime(day.year, day.month, day.day, self.rng.randint(0, 22)), day

    def _calendar(self) -> None:
        self.tables["terms"] = [
            (1, "2013J", "Autumn", date(2013, 10, 1), date(2014, 1, 31)),
            (2, "2014B", "Spring", date(2014, 2, 1), date(2014, 6, 30)),
        ]

    def _people(self) -> None:
        rng = self.rng
        self.tables["staff"] = [
            (
                i,
                f"t{i}",
                rng.choice(["Ada", "Bo", "शिक्षक"]),
                rng.choice(["TEACHER", "ADMIN"]),
                "ACTIVE",
            )
            for i in self.staff
        ]
        self.tables["students"] = [
            (
                i,
                f"s{i}",
                rng.choice(["Asha", "Ben", "देव", "Émile"]),
                self._maybe(rng.choice(["7", "8"])),
                self._maybe(rng.choice(["A", "B"])),
                rng.choice(["ACTIVE", "LEFT"]),
                self._maybe(Decimal(rng.randint(0, 9999)) / 4),
            )
            for i in self.students
        ]

    def _content(self) -> None:
        rng = self.rng
        self.tables["courses"] = [
            (
                i,
                f"C{i}",
                f"Course {i}",
                self._maybe(rng.choice(["Art", "Science"])),
                rng.choice(["PUBLISHED", "DRAFT", "ARCHIVED"]),
                *self._moment(),
                *self._moment(share=0.7),
                self._maybe(self._day()),
                self._maybe(self._day()),
                self._maybe(rng.randint(100, 300)),
                self._maybe(rng.choice([1, 2])),
                self._maybe(rng.choice([*self.staff, 999])),
                self._maybe(Decimal(rng.randint(0, 200_000)) / 100),
                self._maybe(rng.choice(["INR", "EUR", ""])),
                self._maybe(rng.randint(1, 40)),
            )
            for i in self.courses
        ]
        self.tables["modules"] = [
            (i, rng.choice(self.courses), f"Module {i}", i) for i in range(1, rng.randint(2, 8))
        ]
        modules = [row[0] for row in self.tables["modules"]]
        self.tables["lessons"] = [
            (
                i,
                rng.choice(self.courses),
                rng.choice(modules),
                f"L{i}",
                rng.choice(["text", "video"]),
                i,
                rng.random() < 0.7,
                *self._moment(share=0.8),
            )
            for i in range(1, rng.randint(2, 12))
        ]

    def _learning(self) -> None:
        rng = self.rng
        pairs = [(s, c) for s in [*self.students, 199] for c in self.courses]
        chosen = rng.sample(pairs, k=min(len(pairs), rng.randint(0, 20)))
        self.tables["enrollments"] = [
            (
                i,
                student,
                course,
                rng.choice(["ACTIVE", "COMPLETED", "WITHDRAWN"]),
                self._maybe(rng.choice(["PASS", "FAIL", "DISTINCTION"]), 0.4),
                *self._moment(),
                *self._moment(share=0.6),
                *self._moment(share=0.8),
                *self._moment(share=0.4),
                self._maybe(Decimal(rng.randint(0, 10_000)) / 100),
                *self._moment(share=0.7),
                self._maybe(rng.choice(["SELF", "BULK"])),
                self._maybe(rng.randint(10, 60)),
                self._maybe(rng.choice(["North", "South", "उत्तर"])),
            )
            for i, (student, course) in enumerate(chosen, start=1)
        ]
        lessons = [row[0] for row in self.tables["lessons"]]
        self._progress(lessons)
        self.tables["assignments"] = [
            (
                i,
                rng.choice(self.courses),
                self._maybe(rng.choice([*lessons, 77])),
                f"A{i}",
                rng.choice(["TMA", "CMA"]),
                *self._moment(),
                Decimal(rng.randint(0, 400)) / 4,
                self._maybe(Decimal(rng.choice([0, 10, 50, 100]))),
                self._maybe(Decimal(rng.choice([30, 50]))),
            )
            for i in range(1, rng.randint(2, 7))
        ]
        self._facts()

    def _progress(self, lessons: list[int]) -> None:
        rng = self.rng
        self.tables["lesson_progress"] = [
            (
                i,
                enrollment,
                student,
                rng.choice([*lessons, 77]),
                course,
                rng.choice(["STARTED", "COMPLETED"]),
                *self._moment(share=0.4),
                self._maybe(rng.randint(0, 4_000)),
                self._maybe(Decimal(rng.randint(0, 10_000)) / 100),
            )
            for i in range(1, rng.randint(1, 30))
            for student, course, enrollment in [self._who()]
        ]

    def _who(self) -> tuple[int, int, int]:
        """Student, course, enrollment: mostly of one enrollment, now and then torn apart."""
        rng = self.rng
        if self.tables["enrollments"] and rng.random() < 0.85:
            row = rng.choice(self.tables["enrollments"])
            return row[1], row[2], row[0]
        return rng.choice(self.students), rng.choice(self.courses), rng.randint(1, 25)

    def _facts(self) -> None:
        rng = self.rng
        self.tables["submissions"] = []
        self.tables["activity"] = []
        for i in range(1, rng.randint(1, 40)):
            student, course, enrollment = self._who()
            assignment = rng.randint(1, 7)
            submitted = self._moment(share=0)
            score = self._maybe(Decimal(rng.randint(0, 400)) / 4)
            late, banked = rng.random() < 0.3, rng.random() < 0.1
            graded = self._moment(share=0.4)
            row = (i, student, enrollment, assignment, course, rng.choice(["GRADED", "SUBMITTED"]))
            self.tables["submissions"].append((*row, *submitted, score, late, banked, *graded))
        for i in range(1, rng.randint(1, 60)):
            student, course, enrollment = self._who()
            lesson = self._maybe(rng.randint(1, 12))
            kind = rng.choice(["VIEW", "PLAY", "POST"])
            head = (i, student, course, enrollment, lesson, kind)
            self.tables["activity"].append((*head, *self._moment(share=0), rng.randint(0, 30)))
        self._assessed()
        self._deliveries()
        self.tables["discussion_posts"] = posts(self, lambda: self._moment(share=0))
        self.tables |= earned(rng, self._who, self._moment, self.students + self.staff)

    def _assessed(self) -> None:
        rng = self.rng
        self.tables["grades"] = [
            (
                *self._work(i),
                self._maybe(Decimal(rng.randint(0, 400)) / 4),
                self._maybe(Decimal(rng.randint(0, 400)) / 4),
                self._maybe(Decimal(rng.randint(0, 40)) / 4),
                rng.random() < 0.2,
                *self._moment(share=0.2),
                *self._moment(share=0.3),
            )
            for i in range(1, rng.randint(1, 30))
        ]
        kinds = ("MCQ", "NUMERIC", "ESSAY")
        self.tables["questions"] = [
            (i, rng.choice(self.courses), f"Q{i}", rng.choice(kinds), Decimal(rng.randint(0, 5)))
            for i in range(1, rng.randint(2, 9))
        ]
        self.tables["quiz_attempts"] = [
            (
                *self._work(i),
                rng.randint(1, 3),
                rng.choice(["IN_PROGRESS", "SUBMITTED", "GRADED", "GRADED"]),
                *self._moment(share=0),
                *self._moment(share=0.3),
                self._maybe(Decimal(rng.randint(0, 40)) / 4),
                Decimal(rng.randint(0, 10)),
                self._maybe(rng.random() < 0.6),
            )
            for i in range(1, rng.randint(1, 25))
        ]
        self.tables["quiz_answers"] = [
            (
                i,
                rng.randint(1, 25),
                rng.randint(1, 9),
                student,
                course,
                rng.choice(kinds),
                Decimal(rng.randint(0, 5)),
                self._maybe(Decimal(rng.randint(-4, 20)) / 4),
                self._maybe(Decimal(rng.randint(-1000, 1000)) / 1000),
                rng.random() < 0.8,
            )
            for i in range(1, rng.randint(1, 50))
            for student, course, _ in [self._who()]
        ]
        self._peer_reviews()

    def _peer_reviews(self) -> None:
        rng = self.rng
        self.tables["peer_reviews"] = [
            (
                *self._work(i),
                rng.choice(self.students),
                rng.choice(["PENDING", "SUBMITTED", "FLAGGED"]),
                rng.choice(["", "", "INCLUDED", "EXCLUDED"]),
                self._maybe(Decimal(rng.randint(0, 40)) / 4),
                *self._moment(share=0),
                *self._moment(share=0.4),
            )
            for i in range(1, rng.randint(1, 25))
        ]

    def _work(self, number: int) -> tuple[int, int, int, int, int]:
        """The id of a student's work, with its student, enrollment, assignment and course."""
        student, course, enrollment = self._who()
        return number, student, enrollment, self.rng.randint(1, 7), course

    def _deliveries(self) -> None:
        rng = self.rng
        self.tables["deliveries"] = [
            (
                i,
                rng.choice([*self.students, *self.staff, 801]),
                rng.choice(["ENROLL_WELCOME", "ASSESS_GRADED"]),
                rng.choice(["COURSES", "GRADES"]),
                rng.choice(["EMAIL", "PUSH", "IN_APP"]),
                rng.choice(["PENDING", "SENT", "SENT", "SKIPPED", "FAILED"]),
                rng.choice(["", "duplicate"]),
                self._maybe(rng.choice(["", "refused"])),
                *(part for s in (0, 0.4, 0.7, 0.8) for part in self._moment(share=s)),
            )
            for i in range(1, rng.randint(1, 40))
        ]

    def scopes(self) -> list[Scope]:
        """One scope of each kind, the empty ones too."""
        rng = self.rng
        some = tuple(rng.sample(self.courses, k=rng.randint(1, len(self.courses))))
        few = tuple(rng.sample([*self.students, 199], k=2))
        return [
            Scope(1, ScopeKind.INSTITUTION),
            Scope(1, ScopeKind.OWN_COURSES, course_ids=some),
            Scope(1, ScopeKind.OWN_COURSES),
            Scope(1, ScopeKind.SELF, person_ids=(rng.choice(self.students),)),
            Scope(1, ScopeKind.CHILDREN, person_ids=few),
            Scope(1, ScopeKind.CHILDREN),
        ]


def write(
    path: Path,
    tables: dict[str, list[Row]],
    *,
    first_weekday: int = 1,
    min_group_size: int = 0,
) -> SnapshotRef:
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        _fill(connection, tables)
        write_manifest(
            connection,
            attributes=ATTRIBUTES,
            time_zone="Asia/Kolkata",
            first_weekday=first_weekday,
            min_group_size=min_group_size,
            taken_at=datetime(2014, 3, 12, 20, 30, tzinfo=UTC),
        )
    return reference(path)


def _fill(connection: duckdb.DuckDBPyConnection, tables: dict[str, list[Row]]) -> None:
    create_tables(connection, ATTRIBUTES)
    for table in TABLES:
        rows = tables[table.name]
        if rows:  # in one statement: many small ones take five times as long
            marks = f"({', '.join('?' for _ in rows[0])})"
            values = ", ".join([marks] * len(rows))
            connection.execute(
                f'INSERT INTO "{table.name}" VALUES {values}', list(chain.from_iterable(rows))
            )


def inside(tables: dict[str, list[Row]], scope: Scope) -> dict[str, list[Row]]:
    """Only the rows inside the scope, in plain Python (docs/report-reference.md#scope)."""
    if scope.kind is ScopeKind.INSTITUTION:
        return tables
    enrolled = {(row[1], row[2]) for row in tables["enrollments"]}
    if scope.kind is ScopeKind.OWN_COURSES:
        courses = set(scope.course_ids)
        people = {student for student, course in enrolled if course in courses}
        by_course = True
    else:
        people = set(scope.person_ids)
        courses = {course for student, course in enrolled if student in people}
        by_course = False
    teachers = {row[13] for row in tables["courses"] if row[0] in courses}

    def of(name: str, allowed: Iterable[int], column: int) -> list[Row]:
        allowed = set(allowed)
        return [row for row in tables[name] if row[column] in allowed]

    def fact(name: str, person: int, course: int) -> list[Row]:
        return of(name, courses, course) if by_course else of(name, people, person)

    def of_staff(name: str, course: int) -> list[Row]:
        return of(name, courses if by_course else (), course)

    return {
        "terms": tables["terms"],
        "staff": of("staff", teachers, 0),
        "students": of("students", people, 0),
        "courses": of("courses", courses, 0),
        "modules": of("modules", courses, 1),
        "lessons": of("lessons", courses, 1),
        **{name: fact(name, 1, 2) for name in ("enrollments", "activity", "points")},
        "lesson_progress": fact("lesson_progress", 2, 4),
        "assignments": of("assignments", courses, 1),
        **{name: fact(name, 1, 4) for name in ("submissions", "grades")},
        "questions": of_staff("questions", 1),
        **{name: of_staff(name, 4) for name in ("quiz_attempts", "quiz_answers", "peer_reviews")},
        **{name: fact(name, 1, 3) for name in ("attendance", "certificates")},
        **{name: of(name, people, 1) for name in ("deliveries", "compliance")},
        "discussion_posts": fact("discussion_posts", 2, 3),
    }
