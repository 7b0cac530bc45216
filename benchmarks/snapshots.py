"""Snapshots over the least that any way of making them must do."""

from __future__ import annotations

import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.report import Line, once
from benchmarks.world import World
from pipelines.snapshots.copying import make_durable
from pipelines.snapshots.extract import Institution
from pipelines.snapshots.progress import Stage, Step
from pipelines.snapshots.service import SnapshotKind, SnapshotRequest, SnapshotService
from pipelines.snapshots.settings import SnapshotSettings
from pipelines.snapshots.source import SOURCES, TableSource, changed_since, select_sql
from reports.snapshot.schema import AttributeDefinition
from reports.snapshot.storage import LocalStorage
from tests.support.database import migrated_database
from tests.support.services import Database

RUNS = 3
SCHOOLS = 300
STUDENTS = 300


def measure(world: World) -> Iterator[Line]:
    with _service(world.database) as service:
        institution = next(i for i in service.roster() if i.id == world.institution_id)
        yield from _full(world, service, institution)
        yield from _nothing_changed(service, institution)
        yield from _refresh(world, service, institution)
    with migrated_database("schools") as schools:
        yield from _many(schools)


@contextmanager
def _service(database: Database) -> Iterator[SnapshotService]:
    with (
        tempfile.TemporaryDirectory() as folder,
        SnapshotService(SnapshotSettings(database.urls.etl, LocalStorage(Path(folder)))) as service,
    ):
        yield service


def _full(world: World, service: SnapshotService, institution: Institution) -> Iterator[Line]:
    definitions = _definitions(world)
    floors, reads, totals = [], [], []
    for _ in range(RUNS):  # in turn, so that a busy moment hits all of them
        floors.append(once(lambda: _copy_out(world, institution, definitions)))
        stages: dict[Stage, float] = {}
        started = time.perf_counter()

        def note(step: Step, started: float = started, stages: dict[Stage, float] = stages) -> None:
            stages[step.stage] = time.perf_counter() - started

        service.take(institution, SnapshotRequest(full=True), note)
        reads.append(stages[Stage.BUILT])
        totals.append(stages[Stage.TIDIED])
    floor = statistics.median(floors)
    yield Line(
        "full snapshot: extraction over COPY TO STDOUT", statistics.median(reads), floor, 1.3
    )
    yield Line(
        "full snapshot: published, over the same COPY", statistics.median(totals), floor, 1.8
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Line("full snapshot: peak memory of this process over 600 MiB", peak, 600, 1, "MiB")


def _nothing_changed(service: SnapshotService, institution: Institution) -> Iterator[Line]:
    full = once(lambda: service.take(institution, SnapshotRequest(full=True)))
    same = [once(lambda: service.take(institution)) for _ in range(7)]
    assert service.take(institution).kind is SnapshotKind.UNCHANGED
    yield Line("nothing changed, over a full snapshot", statistics.median(same), full, 0.01)


def _refresh(world: World, service: SnapshotService, institution: Institution) -> Iterator[Line]:
    definitions = _definitions(world)
    plain, durable, ours, sizes = [], [], [], []
    for n in range(5):
        _work_of_an_hour(world, n)
        floors = [_least_refresh(world, service, institution, definitions) for _ in range(2)]
        plain.append(min(f[0] for f in floors))
        durable.append(min(f[1] for f in floors))
        started = time.perf_counter()
        outcome = service.take(institution)
        ours.append(time.perf_counter() - started)
        assert outcome.kind is SnapshotKind.INCREMENTAL, outcome.reason
        sizes.append(outcome.size_bytes)
    value = statistics.median(ours[1:])  # the first one opens DuckDB
    what = "refresh, 1 % changed, over copying the file and the rows"
    yield Line(what, value, statistics.median(plain), 2)
    yield Line(f"{what}, durably", value, statistics.median(durable), 2)
    full = service.take(institution, SnapshotRequest(full=True)).size_bytes
    yield Line("file after 5 refreshes over a full one's", sizes[-1] / 1e6, full / 1e6, 1.5, "MB")


def _many(database: Database) -> Iterator[Line]:
    _schools(database)
    with _service(database) as service:
        roster = service.roster()
        assert len(roster) == SCHOOLS
        seconds = once(lambda: [service.take(i) for i in roster])
        again = once(lambda: [service.take(i) for i in roster])
    with _service(database) as service:
        one = once(lambda: service.take(roster[0], SnapshotRequest(full=True)))
    per_school = seconds / SCHOOLS * 1000
    yield Line("300 institutions of 300 students in one run, each", per_school, 150, 1, "ms")
    yield Line("the same, nothing changed, each", again / SCHOOLS * 1000, 150, 1, "ms")
    yield Line("each, over one alone in a process of its own", per_school, one * 1000, 1, "ms")


def _definitions(world: World) -> tuple[AttributeDefinition, ...]:
    with world.superuser() as connection:
        rows = connection.execute(
            "SELECT entity, key, type, label FROM institutions_attributedefinition "
            "WHERE institution_id = %s ORDER BY entity, key",
            [world.institution_id],
        ).fetchall()
    return tuple(AttributeDefinition(*row) for row in rows)


def _copy_out(
    world: World,
    institution: Institution,
    definitions: tuple[AttributeDefinition, ...],
    *conditions: str,
    sources: tuple[TableSource, ...] = SOURCES,
) -> None:
    """The same rows, in the wire's binary form, thrown away."""
    with psycopg.connect(world.database.urls.etl) as connection:
        connection.execute(
            "SELECT set_config('optilearn.institution_id', %s, true)", [str(institution.id)]
        )
        for source in sources:
            query = select_sql(source, institution.id, definitions, *conditions)
            statement = f"COPY ({query}) TO STDOUT (FORMAT binary)".encode()
            with connection.cursor().copy(statement) as copy:
                for _ in copy:
                    pass


def _least_refresh(
    world: World,
    service: SnapshotService,
    institution: Institution,
    definitions: tuple[AttributeDefinition, ...],
) -> tuple[float, float]:
    """Seconds to copy the last file and the changed rows; and with the copy on the disk."""
    newest = service.registry.newest(institution)
    assert newest is not None
    origin = service.settings.storage.fetch(newest.file)
    target = origin.with_name("floor")
    touched = tuple(s for s in SOURCES if s.table.name in {"enrollments", "activity"})
    started = time.perf_counter()
    shutil.copyfile(origin, target)
    _copy_out(world, institution, definitions, changed_since(newest.horizon), sources=touched)
    seconds = time.perf_counter() - started
    syncing = once(lambda: make_durable(target))
    target.unlink()
    return seconds, seconds + syncing


def _work_of_an_hour(world: World, n: int) -> None:
    with world.superuser() as connection:
        own: dict[str, Any] = {"i": world.institution_id, "n": n}
        connection.execute(
            "INSERT INTO activity_event (institution_id, student_id, course_id, enrollment_id, "
            "lesson_id, kind, occurred_at, clicks) SELECT institution_id, student_id, course_id, "
            "enrollment_id, lesson_id, 2, occurred_at + interval '300 days', clicks "
            "FROM activity_event WHERE institution_id = %(i)s AND id %% 100 = %(n)s ORDER BY id",
            own,
        )
        connection.execute(
            "UPDATE enrollment_enrollment SET progress_pct = 50 + %(n)s "
            "WHERE institution_id = %(i)s AND id %% 100 = %(n)s",
            own,
        )


def _schools(database: Database) -> None:
    """Schools with ten courses, and twenty events for each student."""
    own = {"n": SCHOOLS, "s": STUDENTS}
    with psycopg.connect(database.superuser_url, autocommit=True) as admin:
        for statement in _SCHOOLS:
            admin.execute(statement, own)
        admin.execute("VACUUM (ANALYZE)")


_SCHOOLS = (
    "INSERT INTO institutions_institution (slug, crm_id, name, time_zone, locale, first_weekday,"
    " min_group_size, settings, created_at) SELECT 's' || n, 's' || n, 'School ' || n,"
    " 'Asia/Kolkata', 'en', 1, 0, '{}', now() FROM generate_series(1, %(n)s) n",
    "INSERT INTO people_person (institution_id, kind, role, crm_id, code, name, email, class_id,"
    " class_name, section_id, section_name, status, locale, time_zone, attributes) SELECT i.id,"
    " 'STUDENT', 'student', p::text, p::text, 'Student ' || p, '', '', 'VII', '', 'A', 'ACTIVE',"
    " '', '', '{}' FROM institutions_institution i, generate_series(1, %(s)s) p",
    "INSERT INTO courses_course (institution_id, code, title, description, category, tags, status,"
    " published_at, currency, target_class_ids, target_section_ids) SELECT i.id, 'C' || c,"
    " 'Course ' || c, '', 'Science', '{}', 'PUBLISHED', '2024-06-01Z', '', '{}', '{}'"
    " FROM institutions_institution i, generate_series(1, 10) c",
    "INSERT INTO enrollment_enrollment (institution_id, student_id, course_id, status, source,"
    " enrolled_at, progress_pct, attributes) SELECT p.institution_id, p.id, c.id, 'ACTIVE',"
    " 'MANUAL', '2024-06-01Z', 10, '{}' FROM people_person p JOIN courses_course c"
    " ON c.institution_id = p.institution_id AND (p.id + c.id) %% 5 = 0",
    "INSERT INTO activity_event (institution_id, student_id, course_id, enrollment_id, kind,"
    " occurred_at, clicks) SELECT e.institution_id, e.student_id, e.course_id, e.id, 1,"
    " timestamptz '2024-06-01Z' + n * interval '11 hours', n"
    " FROM enrollment_enrollment e, generate_series(1, 10) n",
)
