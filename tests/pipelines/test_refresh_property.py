"""Whatever happens over several connections, an incremental file equals a full one."""

from __future__ import annotations

import random
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.snapshots import refresh, update
from pipelines.snapshots.service import SnapshotKind, SnapshotRequest, SnapshotService
from pipelines.snapshots.settings import DropBand, SnapshotSettings
from reports.snapshot.storage import LocalStorage
from tests.pipelines.files import manifest, rows
from tests.pipelines.records import Records, found, superuser
from tests.support.services import Database

pytestmark = pytest.mark.slow

OPERATIONS = ("insert", "insert", "update", "delete", "savepoint", "kind", "commit", "rollback")

steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 2), st.integers(0, 10_000)),
        st.just(("snapshot", 0, 0)),
    ),
    min_size=5,
    max_size=30,
)


class Writers:
    """Three connections, each with a transaction that stays open until it is told to end."""

    def __init__(self, records: Records, stack: ExitStack) -> None:
        self._all = []
        for _ in range(3):
            connection = stack.enter_context(superuser(records.database))
            connection.autocommit = False
            connection.execute("SET lock_timeout = '50ms'")
            connection.commit()
            self._all.append(records.over(connection))

    def do(self, operation: str, writer: int, seed: int) -> None:
        records = self._all[writer]
        choose = random.Random(seed)
        if operation == "commit":
            records.connection.commit()
        elif operation == "rollback":
            records.connection.rollback()
        else:
            self._write(records, operation, choose)

    def end(self) -> None:
        for records in self._all:
            records.connection.commit()

    def _write(self, records: Records, operation: str, choose: random.Random) -> None:
        """In a savepoint: a row that another writer holds is left alone."""
        from psycopg import errors

        table = choose.choice(["activity_event", "activity_event", "people_person"])
        try:
            with records.connection.transaction():
                if operation in {"insert", "savepoint"}:
                    self._insert(records, table, choose)
                elif operation == "kind":
                    _one(records, "UPDATE {t} SET kind = 'USER'", "people_person", choose)
                elif operation == "update" and table == "people_person":
                    _one(records, "UPDATE {t} SET name = name || '+'", table, choose)
                elif operation == "update":
                    _one(records, "UPDATE {t} SET clicks = clicks + 1", table, choose)
                else:
                    _one(records, "DELETE FROM {t}", table, choose)
        except (errors.LockNotAvailable, errors.ForeignKeyViolation, errors.DeadlockDetected):
            pass

    def _insert(self, records: Records, table: str, choose: random.Random) -> None:
        if table == "people_person":
            records.person(choose.choice(["STUDENT", "USER", "PARENT"]))
            return
        enrollments = records.run(
            "SELECT id, student_id, course_id FROM enrollment_enrollment "
            "WHERE institution_id = $i ORDER BY id"
        )
        for _ in range(choose.randint(1, 5)):
            records.event(choose.choice(enrollments), clicks=choose.randint(1, 9))


def _one(records: Records, statement: str, table: str, choose: random.Random) -> None:
    """Apply to some row that nothing else refers to."""
    free = (
        "AND NOT EXISTS (SELECT 1 FROM enrollment_enrollment e WHERE e.student_id = t.id) "
        "AND NOT EXISTS (SELECT 1 FROM courses_course c WHERE c.creator_id = t.id) "
        if table == "people_person"
        else ""
    )
    ids = records.run(f"SELECT id FROM {table} t WHERE institution_id = $i {free} ORDER BY id")
    if ids:
        records.run(
            statement.format(t=table) + " WHERE institution_id = $i AND id = %s",
            choose.choice(ids)[0],
        )


@pytest.fixture(params=[(5_000, 9), (3, 9), (3, 0)], ids=["rewriting", "in place", "streamed"])
def threshold(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    rewritten, staged = request.param
    monkeypatch.setattr(update, "REWRITE_ROWS", rewritten)
    monkeypatch.setattr(refresh, "STAGED_ROWS", staged)
    monkeypatch.setattr(update, "REWRITE_SHARE", 0.9)
    monkeypatch.setattr("pipelines.snapshots.service.FULL_SHARE", 1_000)


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_incremental_equals_full(
    steps: list[tuple[str, int, int]], database: Database, threshold: None
) -> None:
    with ExitStack() as stack:
        connection = stack.enter_context(superuser(database))
        records = found(database, connection, "Australia/Lord_Howe")
        records.some(students=3, events=12)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        options = SnapshotSettings(
            database.urls.etl, LocalStorage(Path(folder)), drop_band=DropBand(from_rows=10**9)
        )
        service = stack.enter_context(SnapshotService(options))
        service.take(records.institution)
        writers = Writers(records, stack)
        for operation, writer, seed in [*steps, ("snapshot", 0, 0)]:
            if operation == "snapshot":
                _compare(service, records)
            else:
                writers.do(operation, writer, seed)
        writers.end()
        _compare(service, records)


def _compare(service: SnapshotService, records: Records) -> None:
    """An incremental one now, and a full one now: nobody writes between the two."""
    kind = service.take(records.institution).kind
    incremental = manifest(service, records).tables
    ids = rows(service, records, "SELECT id FROM activity")
    assert kind in {SnapshotKind.INCREMENTAL, SnapshotKind.UNCHANGED}
    assert ids == sorted(ids)
    # The full one is made beside: the next incremental one continues the incremental one.
    with tempfile.TemporaryDirectory() as folder:
        newest = service.registry.newest(records.institution)
        assert newest is not None
        elsewhere = SnapshotSettings(service.settings.database_url, LocalStorage(Path(folder)))
        with SnapshotService(elsewhere) as other:
            other.take(records.institution, SnapshotRequest(full=True))
            full = manifest(other, records).tables
        records.run(
            "DELETE FROM analytics_snapshot WHERE institution_id = $i AND snapshot_id <> %s",
            newest.snapshot_id,
        )
    assert incremental == full
