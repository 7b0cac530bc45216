"""A full snapshot holds what PostgreSQL holds, exactly."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines.snapshots import full
from pipelines.snapshots.service import SnapshotKind, SnapshotRequest, SnapshotService
from reports.snapshot.schema import TABLES, columns_of
from tests.pipelines.files import manifest, published, registry, rows
from tests.pipelines.records import Connection, Records, found
from tests.support.services import Database

MAIN_QUERIES = {
    "students": (
        "SELECT id, code, name, status FROM students",
        "SELECT id, code, name, status FROM people_person "
        "WHERE institution_id = $i AND kind = 'STUDENT' ORDER BY id",
    ),
    "submissions": (
        "SELECT id, student_id, enrollment_id, assignment_id, score, is_late, submitted_at "
        "FROM submissions",
        "SELECT id, student_id, enrollment_id, assignment_id, score, is_late, "
        "submitted_at AT TIME ZONE 'UTC' FROM assessment_submission "
        "WHERE institution_id = $i ORDER BY id",
    ),
    "quiz_answers": (
        "SELECT id, attempt_id, question_id, student_id, course_id, kind, possible, points, share, "
        "is_answered FROM quiz_answers",
        "SELECT id, attempt_id, question_id, student_id, course_id, kind, possible, points, share, "
        "value IS NOT NULL FROM assessment_answer WHERE institution_id = $i ORDER BY id",
    ),
    "quiz_attempts": (
        "SELECT id, student_id, enrollment_id, assignment_id, course_id, number, status, "
        "started_at, submitted_at, points, possible, has_passed FROM quiz_attempts",
        "SELECT id, student_id, enrollment_id, assignment_id, course_id, number, status, "
        "started_at AT TIME ZONE 'UTC', submitted_at AT TIME ZONE 'UTC', points, possible, "
        "has_passed FROM assessment_attempt WHERE institution_id = $i ORDER BY id",
    ),
    "grades": (
        "SELECT id, student_id, enrollment_id, assignment_id, course_id, points, raw_points, "
        "deducted, is_excused, graded_at, posted_at FROM grades",
        "SELECT id, student_id, enrollment_id, assignment_id, course_id, points, raw_points, "
        "deducted, is_excused, graded_at AT TIME ZONE 'UTC', posted_at AT TIME ZONE 'UTC' "
        "FROM assessment_grade WHERE institution_id = $i AND posted_at IS NOT NULL "
        "UNION ALL SELECT id, student_id, enrollment_id, assignment_id, course_id, NULL, NULL, "
        "NULL, FALSE, NULL, NULL FROM assessment_grade "
        "WHERE institution_id = $i AND posted_at IS NULL ORDER BY id",
    ),
    "activity": (
        "SELECT id, student_id, course_id, lesson_id, kind, occurred_at, occurred_on, clicks "
        "FROM activity",
        "SELECT id, student_id, course_id, lesson_id, "
        "(ARRAY['VIEW', 'PLAY', 'DOWNLOAD', 'POST', 'ANSWER', 'OTHER'])[kind], "
        "occurred_at AT TIME ZONE 'UTC', "
        "(occurred_at AT TIME ZONE 'Europe/London')::date, clicks "
        "FROM activity_event WHERE institution_id = $i ORDER BY id",
    ),
}


@pytest.mark.parametrize("table", MAIN_QUERIES)
def test_rows_are_those_of_postgresql_in_id_order(
    table: str, service: SnapshotService, springdale: Records
) -> None:
    springdale.some()
    springdale.assessed()
    springdale.person("PARENT")
    outcome = service.take(springdale.institution)
    ours, theirs = MAIN_QUERIES[table]
    assert outcome.kind is SnapshotKind.FULL
    expected = springdale.run(theirs)
    assert expected
    assert rows(service, springdale, ours) == expected


def test_a_grade_is_in_the_file_once_it_is_released(
    service: SnapshotService, springdale: Records
) -> None:
    """By a refresh too: of the grade nothing has changed but that it may be seen."""
    springdale.some(students=2)
    springdale.assessed()
    service.take(springdale.institution)
    points = "SELECT count(*), count(points), count(raw_points), count(deducted) FROM grades"
    assert rows(service, springdale, points) == [(2, 1, 1, 1)]
    springdale.run("UPDATE assessment_grade SET posted_at = now() WHERE institution_id = $i")
    assert service.take(springdale.institution).kind is SnapshotKind.INCREMENTAL
    assert rows(service, springdale, points) == [(2, 2, 2, 2)]
    springdale.run("UPDATE assessment_grade SET posted_at = NULL WHERE institution_id = $i")
    assert service.take(springdale.institution).kind is SnapshotKind.INCREMENTAL
    assert rows(service, springdale, points) == [(2, 0, 0, 0)]


def test_values_stay_exact(service: SnapshotService, springdale: Records) -> None:
    for entity, key, kind in (
        ("students", "address", "text"),
        ("students", "height", "decimal"),
        ("enrollments", "previousAttempts", "integer"),
        ("enrollments", "isFunded", "boolean"),
        ("enrollments", "since", "date"),
    ):
        springdale.add(
            "institutions_attributedefinition", entity=entity, key=key, type=kind, label=key
        )
    student = springdale.person(
        name="अनुष्का 'शर्मा'", attributes={"address": '12 "MG" Road', "height": "171.2500"}
    )
    course = springdale.course(starts_on=date(1899, 12, 31), archived_at=None)
    springdale.enroll(
        student,
        course,
        progress_pct="100.00",
        enrolled_at=datetime(1969, 7, 20, 23, 17, 40, 123456, tzinfo=UTC),
        attributes={"previousAttempts": 3, "isFunded": False, "since": "2024-02-29"},
    )
    service.take(springdale.institution)
    assert rows(
        service, springdale, 'SELECT name, "attributes.address", "attributes.height" FROM students'
    ) == [("अनुष्का 'शर्मा'", '12 "MG" Road', Decimal("171.2500"))]
    assert rows(
        service,
        springdale,
        "SELECT progress_pct, enrolled_at, enrolled_on, completed_on, "
        '"attributes.previousAttempts", "attributes.isFunded", "attributes.since" '
        "FROM enrollments",
    ) == [
        (
            Decimal("100.00"),
            datetime(1969, 7, 20, 23, 17, 40, 123456),
            date(1969, 7, 21),  # Britain kept summer time all year then
            None,
            3,
            False,
            date(2024, 2, 29),
        )
    ]


def test_an_institution_without_rows_has_a_snapshot(
    service: SnapshotService, springdale: Records
) -> None:
    outcome = service.take(springdale.institution)
    assert outcome.rows == 0
    with published(service, springdale) as file:
        for table in TABLES:
            columns = file.execute(f"DESCRIBE {table.name}").fetchall()
            assert [(c[0], c[1]) for c in columns] == [
                (c.name, c.type) for c in columns_of(table, ())
            ]
    assert service.take(springdale.institution).kind is SnapshotKind.UNCHANGED


def test_nobody_elses_rows_are_in_it(
    service: SnapshotService, springdale: Records, database: Database, connection: Connection
) -> None:
    twin = found(database, connection, "Asia/Kolkata")
    springdale.some(students=2)
    twin.some(students=3)
    for records in (springdale, twin):
        service.take(records.institution)
    for records in (springdale, twin):
        ids = records.run("SELECT id FROM people_person WHERE institution_id = $i ORDER BY id")
        people = "SELECT id FROM staff UNION ALL SELECT id FROM students ORDER BY id"
        assert rows(service, records, people) == ids
        assert manifest(service, records).institution_id == records.institution.id


def test_several_streams_write_what_one_writes(
    service: SnapshotService, springdale: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    springdale.some(students=40, events=700)
    springdale.run("ANALYZE activity_event")
    service.take(springdale.institution)
    one = manifest(service, springdale)
    order = rows(service, springdale, "SELECT id FROM activity")
    monkeypatch.setattr(full, "PARALLEL_ROWS", 1_000)
    monkeypatch.setattr("pipelines.snapshots.builder.PARALLEL_ROWS", 1_000)
    service.take(springdale.institution, SnapshotRequest(full=True))
    assert manifest(service, springdale).tables == one.tables
    assert rows(service, springdale, "SELECT id FROM activity") == order
    assert len(order) == 28_000


def test_local_dates_of_a_streamed_table_outside_the_usual_years(
    service: SnapshotService, springdale: Records
) -> None:
    springdale.some(students=1, events=0)
    springdale.run(
        "INSERT INTO activity_event (institution_id, student_id, course_id, enrollment_id, kind,"
        " occurred_at, clicks) SELECT $i, student_id, course_id, id, 1, "
        "timestamptz '1911-01-01 00:00Z' + n * interval '13 hours', 1 "
        "FROM enrollment_enrollment, generate_series(1, 100000) n WHERE institution_id = $i"
    )
    service.take(springdale.institution)
    expected = springdale.run(
        "SELECT (occurred_at AT TIME ZONE 'Europe/London')::date FROM activity_event "
        "WHERE institution_id = $i ORDER BY id"
    )
    assert rows(service, springdale, "SELECT occurred_on FROM activity") == expected


def test_the_manifest_says_what_the_file_holds(
    service: SnapshotService, springdale: Records
) -> None:
    springdale.some()
    outcome = service.take(springdale.institution)
    document = manifest(service, springdale)
    newest = service.registry.newest(springdale.institution)
    assert newest is not None
    assert newest.manifest == document
    assert document.snapshot_id == outcome.snapshot_id == newest.snapshot_id
    assert document.horizon == newest.horizon
    assert ZoneInfo(document.time_zone).key == "Europe/London"
    with published(service, springdale) as file:
        for table in TABLES:
            count = file.execute(f"SELECT count(*) FROM {table.name}").fetchone()
            assert count == (document.tables[table.name].rows,)
    assert registry(springdale) == [("FULL", "PUBLISHED", "")]


def test_a_small_file_is_small(service: SnapshotService, springdale: Records) -> None:
    springdale.some()
    assert service.take(springdale.institution).size_bytes < 600_000


def test_no_reader_can_write_by_mistake(service: SnapshotService, springdale: Records) -> None:
    service.take(springdale.institution)
    with published(service, springdale) as file, pytest.raises(duckdb.Error, match="read-only"):
        file.execute("DELETE FROM students")
