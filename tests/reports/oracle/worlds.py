"""Random small institutions: colliding dates, NULLs, empty tables, references that dangle."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from reports.catalog.product import product_catalog
from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.snapshot.schema import TABLES, AttributeDefinition
from tests.reports.discussed import posts
from tests.reports.earned import earned
from tests.reports.oracle.calendar import Calendar, Term
from tests.reports.oracle.data import Data
from tests.reports.oracle.schema import Schema
from tests.reports.small_world import Row, inside
from tests.reports.snapshot_files import create_tables, reference, write_manifest

ATTRIBUTES = (
    AttributeDefinition("enrollments", "credits", "integer", "Credits"),
    AttributeDefinition("enrollments", "paid", "boolean", "Paid"),
    AttributeDefinition("enrollments", "region", "text", "Region"),
    AttributeDefinition("students", "grant", "decimal", "Grant"),
    AttributeDefinition("students", "joined", "date", "Joined"),
)
SCHEMA = Schema(product_catalog(ATTRIBUTES))
ZONES = (
    *("Europe/London", "Asia/Kolkata", "America/New_York", "Pacific/Auckland", "UTC"),
    "Australia/Lord_Howe",
)
EVERYTHING = Scope(1, ScopeKind.INSTITUTION)
_TAKEN = (
    datetime(2014, 3, 12, 9, 30, tzinfo=UTC),
    datetime(2014, 3, 30, 20, 30, tzinfo=UTC),  # the day on which Europe's clocks change
    datetime(2013, 11, 3, 5, 59, tzinfo=UTC),  # and America's
    datetime(2016, 2, 29, 23, 10, tzinfo=UTC),
    datetime(2014, 1, 31, 18, 45, tzinfo=UTC),
    datetime(2015, 12, 31, 12, 0, tzinfo=UTC),
)
_TEXTS = ("North", "South", "उत्तर", "Émile", "e\u0301mile", "", "100%")


@dataclass(frozen=True)
class Institution:
    """The rows, and what the snapshot says about its calendar."""

    tables: dict[str, list[Row]]
    zone: str
    first_weekday: int
    taken_at: datetime

    def data(self, scope: Scope = EVERYTHING) -> Data:
        """Return the oracle's data inside a scope."""
        terms = sorted(
            (Term(code, first, last) for _, code, _, first, last in self.tables["terms"]),
            key=lambda t: t.first,
        )
        zone = ZoneInfo(self.zone)
        today = self.taken_at.astimezone(zone).date()
        calendar = Calendar(today, zone, self.first_weekday, tuple(terms))
        return Data(SCHEMA, calendar, inside(self.tables, scope), ATTRIBUTES)

    def write(self, path: Path, snapshot_id: str = "s1") -> SnapshotRef:
        """The snapshot file that the engine sees."""
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as connection:
            create_tables(connection, ATTRIBUTES)
            for table in TABLES:
                rows = self.tables[table.name]
                if rows:
                    marks = ", ".join("?" for _ in rows[0])
                    every = ", ".join(f"({marks})" for _ in rows)
                    values = [value for row in rows for value in row]
                    connection.execute(f'INSERT INTO "{table.name}" VALUES {every}', values)
            write_manifest(
                connection,
                snapshot_id=snapshot_id,
                attributes=ATTRIBUTES,
                time_zone=self.zone,
                first_weekday=self.first_weekday,
                taken_at=self.taken_at,
            )
        return reference(path, snapshot_id=snapshot_id)


def institution(seed: str) -> tuple[Institution, list[Scope]]:
    """A random institution, and a scope of each kind over it."""
    made = _Maker(random.Random(seed))
    return made.made, made.scopes()


def earlier(made: Institution, seed: str) -> Institution:
    """Another state of the same institution, taken at another time."""
    other = _Maker(random.Random(f"{seed}/before")).made
    return replace(other, zone=made.zone, first_weekday=made.first_weekday)


class _Maker:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.zone = ZoneInfo(rng.choice(ZONES))
        self.taken_at = rng.choice(_TAKEN)
        self.today = self.taken_at.astimezone(self.zone).date()
        self.spread = rng.choice([4, 30, 90, 400])
        self.courses = list(range(1, rng.randint(2, 6)))
        self.students = list(range(101, 101 + rng.randint(2, 7)))
        self.staff = list(range(901, 901 + rng.randint(1, 3)))
        self.tables: dict[str, list[Row]] = {}
        self._calendar()
        self._people()
        self._content()
        self._enrollments()
        self._facts()
        if rng.random() < 0.15:
            empty = rng.choice([t.name for t in TABLES])
            self.tables[empty] = []
        weekday = rng.choice([1, 1, rng.randint(1, 7)])
        self.made = Institution(self.tables, self.zone.key, weekday, self.taken_at)

    def maybe(self, value: Any, share: float = 0.2) -> Any:
        return None if self.rng.random() < share else value

    def day(self) -> date:
        back = abs(int(self.rng.gauss(0, self.spread)))
        return self.today + timedelta(days=7 - back)

    def moment(self, share: float = 0.2) -> tuple[datetime | None, date | None]:
        """A stored instant and the local day in which it lies."""
        if self.rng.random() < share:
            return None, None
        day = self.day()
        clock = timedelta(hours=self.rng.choice([0, 1, 2, 9, 23]), minutes=self.rng.choice([0, 30]))
        stored = datetime(day.year, day.month, day.day) + clock
        return stored, stored.replace(tzinfo=UTC).astimezone(self.zone).date()

    def number(self, maximum: int, step: str = "0.25") -> Decimal:
        return (Decimal(self.rng.randint(0, maximum)) * Decimal(step)).quantize(Decimal("0.01"))

    def _calendar(self) -> None:
        rng = self.rng
        start = self.today - timedelta(days=rng.randint(200, 800))
        if rng.random() < 0.5:
            start = start.replace(day=1)
        terms: list[Row] = []
        for number in range(1, rng.choice([1, 3, 4, 6, 6])):
            end = start + timedelta(days=rng.choice([60, 89, 91, 120, 150]))
            terms.append((number, f"T{10 - number}", self.maybe("Term"), start, end))
            start = end + timedelta(days=rng.choice([1, 1, 20, 40, -15]))
        self.tables["terms"] = terms

    def _people(self) -> None:
        rng = self.rng
        self.tables["staff"] = [
            (i, f"t{i}", rng.choice(["Ada", "Bo"]), rng.choice(["TEACHER", "ADMIN"]), "ACTIVE")
            for i in self.staff
        ]
        self.tables["students"] = [
            (
                i,
                f"s{i}",
                rng.choice(["Asha", "Ben", "देव", "Émile"]),
                self.maybe(rng.choice(["7", "8"])),
                self.maybe(rng.choice(["A", "B"])),
                rng.choice(["ACTIVE", "LEFT"]),
                self.maybe(self.number(400)),
                self.maybe(self.day()),
            )
            for i in self.students
        ]

    def _content(self) -> None:
        rng = self.rng
        self.tables["courses"] = [
            (
                i,
                f"C{i}",
                f"Course {i % 3}",
                self.maybe(rng.choice(["Art", "Science"])),
                rng.choice(["PUBLISHED", "DRAFT"]),
                *self.moment(),
                *self.moment(0.7),
                self.maybe(self.day()),
                self.maybe(self.day()),
                self.maybe(rng.randint(1, 9)),
                self.maybe(rng.randint(1, 6)),
                self.maybe(rng.choice([*self.staff, 999])),
                self.maybe(self.number(4000)),
                self.maybe(rng.choice(["INR", "INR", "EUR", ""])),
                self.maybe(rng.randint(1, 30)),
            )
            for i in self.courses
        ]
        self._lessons()

    def _lessons(self) -> None:
        rng = self.rng
        self.tables["modules"] = [
            (i, rng.choice(self.courses), f"Module {i % 2}", i) for i in range(1, rng.randint(2, 5))
        ]
        self.tables["lessons"] = [
            (
                i,
                rng.choice(self.courses),
                rng.randint(1, 5),
                f"L{i % 3}",
                rng.choice("tv"),
                i % 4,
                rng.random() < 0.7,
                *self.moment(0.8),
            )
            for i in range(1, rng.randint(2, 8))
        ]
        self.tables["assignments"] = [
            (
                i,
                rng.choice(self.courses),
                self.maybe(rng.randint(1, 9)),
                f"A{i % 3}",
                self.maybe(rng.choice(["TMA", "CMA"]), 0.1),
                *self.moment(),
                self.number(40),
                self.maybe(Decimal(rng.choice([0, 10, 50, 100]))),
                self.maybe(Decimal(rng.choice([30, 50]))),
            )
            for i in range(1, rng.randint(2, 6))
        ]

    def _enrollments(self) -> None:
        rng = self.rng
        pairs = [(s, c) for s in [*self.students, 199] for c in [*self.courses, 88]]
        chosen = rng.sample(pairs, k=min(len(pairs), rng.randint(0, 14)))
        self.tables["enrollments"] = [
            (
                i,
                student,
                course,
                rng.choice(["ACTIVE", "COMPLETED", "WITHDRAWN"]),
                self.maybe(rng.choice(["PASS", "FAIL", "DISTINCTION"]), 0.3),
                *self.moment(),
                *self.moment(0.5),
                *self.moment(0.7),
                *self.moment(0.4),
                self.maybe(self.number(400)),
                *self.moment(0.6),
                self.maybe(rng.choice(["SELF", "BULK"])),
                self.maybe(rng.choice([10, 20, 30])),
                self.maybe(rng.random() < 0.5),
                self.maybe(rng.choice(_TEXTS)),
            )
            for i, (student, course) in enumerate(chosen, start=1)
        ]

    def _who(self) -> tuple[int, int, int]:
        """Student, course, enrollment: mostly of one enrollment, now and then torn apart."""
        rng = self.rng
        if self.tables["enrollments"] and rng.random() < 0.8:
            row = rng.choice(self.tables["enrollments"])
            return row[1], row[2], row[0]
        return rng.choice([*self.students, 199]), rng.choice(self.courses), rng.randint(1, 20)

    def _facts(self) -> None:
        rng = self.rng
        submissions: list[Row] = []
        for i in range(1, rng.randint(1, 26)):
            student, course, enrollment = self._who()
            score = self.maybe(self.number(rng.choice([8, 400])))
            late, banked = rng.random() < 0.3, rng.random() < 0.1
            head = (i, student, enrollment, rng.randint(1, 6), course)
            state = self.maybe(rng.choice(["GRADED", "SUBMITTED"]), 0.1)
            moments = (*self.moment(0), score, late, banked, *self.moment(0.4))
            submissions.append((*head, state, *moments))
        self.tables["submissions"] = submissions
        self._progress()
        activity: list[Row] = []
        for i in range(1, rng.randint(1, 36)):
            student, course, enrollment = self._who()
            lesson, kind = self.maybe(rng.randint(1, 9)), rng.choice(["VIEW", "PLAY"])
            event = (i, student, course, enrollment, lesson, kind)
            activity.append((*event, *self.moment(0), rng.choice([0, 1, 1, 5])))
        self.tables["activity"] = activity
        self._grades()
        self._quizzes()
        self._peer_reviews()
        self._deliveries()
        self.tables["discussion_posts"] = posts(self, lambda: self.moment(0))
        self.tables |= earned(rng, self._who, self.moment, self.students + self.staff)

    def _work(self, number: int) -> tuple[int, int, int, int, int]:
        """The id of a student's work, with its student, enrollment, assignment and course."""
        student, course, enrollment = self._who()
        return number, student, enrollment, self.rng.randint(1, 6), course

    def _grades(self) -> None:
        rng = self.rng
        self.tables["grades"] = [
            (
                *self._work(i),
                self.maybe(self.number(rng.choice([8, 400]))),
                self.maybe(self.number(400)),
                self.maybe(self.number(20)),
                rng.random() < 0.2,
                *self.moment(0.2),
                *self.moment(0.3),
            )
            for i in range(1, rng.randint(1, 20))
        ]

    def _quizzes(self) -> None:
        rng = self.rng
        kinds = ("MCQ", "NUMERIC", "ESSAY")
        self.tables["questions"] = [
            (i, rng.choice(self.courses), f"Q{i % 3}", rng.choice(kinds), self.number(20))
            for i in range(1, rng.randint(2, 7))
        ]
        self.tables["quiz_attempts"] = [
            (
                *self._work(i),
                rng.randint(1, 3),
                rng.choice(["IN_PROGRESS", "SUBMITTED", "GRADED", "GRADED"]),
                *self.moment(0),
                *self.moment(0.3),
                self.maybe(self.number(40)),
                self.number(40),
                self.maybe(rng.random() < 0.6),
            )
            for i in range(1, rng.randint(1, 16))
        ]
        self.tables["quiz_answers"] = [
            (
                i,
                rng.randint(1, 16),
                rng.randint(1, 7),
                student,
                course,
                rng.choice(kinds),
                self.number(20),
                self.maybe(self.number(20)),
                self.maybe(Decimal(rng.randint(-8, 8)) / 8),
                rng.random() < 0.8,
            )
            for i in range(1, rng.randint(1, 30))
            for student, course, _ in [self._who()]
        ]

    def _peer_reviews(self) -> None:
        rng = self.rng
        reviews: list[Row] = []
        for i in range(1, rng.randint(1, 16)):
            state = rng.choice(["PENDING", "SUBMITTED", "FLAGGED"])
            decision = rng.choice(["", "", "INCLUDED", "EXCLUDED"])
            head = (*self._work(i), rng.choice([*self.students, 199]), state, decision)
            reviews.append((*head, self.maybe(self.number(40)), *self.moment(0), *self.moment(0.4)))
        self.tables["peer_reviews"] = reviews

    def _progress(self) -> None:
        rng = self.rng
        progress: list[Row] = []
        for i in range(1, rng.randint(1, 20)):
            student, course, enrollment = self._who()
            head = (i, enrollment, student, rng.randint(1, 9), course)
            state = rng.choice(["STARTED", "COMPLETED"])
            spent, watched = self.maybe(rng.randint(0, 900)), self.maybe(self.number(100))
            progress.append((*head, state, *self.moment(0.3), spent, watched))
        self.tables["lesson_progress"] = progress

    def _deliveries(self) -> None:
        rng = self.rng
        self.tables["deliveries"] = [
            (
                i,
                rng.choice([*self.students, *self.staff, 801]),
                rng.choice(["ENROLL_WELCOME", "ASSESS_GRADED"]),
                rng.choice(["COURSES", "GRADES"]),
                rng.choice(["EMAIL", "PUSH", "IN_APP"]),
                rng.choice(["PENDING", "SENT", "SKIPPED", "FAILED"]),
                rng.choice(["", "duplicate", "quiet_hours"]),
                self.maybe(rng.choice(["", "refused"])),
                *(part for s in (0, 0.4, 0.7, 0.8) for part in self.moment(s)),
            )
            for i in range(1, rng.randint(1, 24))
        ]

    def scopes(self) -> list[Scope]:
        """One scope of each kind, an empty one too."""
        rng = self.rng
        some = tuple(rng.sample(self.courses, k=rng.randint(1, len(self.courses))))
        return [
            EVERYTHING,
            Scope(1, ScopeKind.OWN_COURSES, course_ids=some),
            Scope(1, ScopeKind.SELF, person_ids=(rng.choice(self.students),)),
            Scope(1, ScopeKind.CHILDREN, person_ids=tuple(rng.sample([*self.students, 199], k=2))),
            Scope(1, ScopeKind.CHILDREN),
        ]
