"""A snapshot to take away: the views of a scope in one file, described."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from reports.cancellation import Cancellation
from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.errors import ReportCancelled, ReportInvalid, ReportTimeout
from reports.sql.copies import Copy, CopyFormat, CopyRequest, copy_snapshot
from reports.sql.engine import SqlEngine
from reports.sql.pool import SqlSettings
from tests.reports.conftest import EVERYTHING

TEACHER = Scope(1, ScopeKind.OWN_COURSES, course_ids=(2,))


@pytest.fixture(scope="module")
def sql(engine: Engine) -> Iterator[SqlEngine]:
    made = SqlEngine(engine.snapshot)
    yield made
    made.close()


def copied(
    sql: SqlEngine,
    school: SnapshotRef,
    folder: Path,
    form: CopyFormat,
    scope: Scope = EVERYTHING,
    *,
    masks: bool = False,
) -> Copy:
    return copy_snapshot(sql, CopyRequest(school, scope, masks, form, folder))


def test_a_duckdb_file_has_the_views_as_tables(
    sql: SqlEngine, school: SnapshotRef, tmp_path: Path
) -> None:
    copy = copied(sql, school, tmp_path, CopyFormat.DUCKDB)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot.duckdb"]
    with duckdb.connect(str(copy.path), read_only=True) as connection:
        tables = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
        assert tables == {table["name"] for table in copy.manifest["tables"]}
        for table in copy.manifest["tables"]:
            found = connection.execute(f'SELECT count(*) FROM "{table["name"]}"').fetchall()
            assert found == [(table["rows"],)]
        assert connection.execute("SELECT id, name FROM students ORDER BY id").fetchall() == [
            *((1, "Asha"), (2, "Ben"), (3, "देवी")),
        ]
        assert connection.execute("SELECT id FROM snapshot").fetchall() == [(school.snapshot_id,)]


def test_parquet_files_come_with_a_manifest(
    sql: SqlEngine, school: SnapshotRef, tmp_path: Path
) -> None:
    copy = copied(sql, school, tmp_path, CopyFormat.PARQUET)
    with zipfile.ZipFile(copy.path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest == copy.manifest
        assert manifest["snapshot"]["id"] == school.snapshot_id
        names = {"manifest.json"} | {table["file"] for table in manifest["tables"]}
        assert set(archive.namelist()) == names
        for table in manifest["tables"]:
            body = archive.read(table["file"])
            assert hashlib.sha256(body).hexdigest() == table["sha256"]
            assert len(body) == table["sizeBytes"]
            assert pl.read_parquet(body).height == table["rows"]


def test_a_copy_masks_what_the_views_mask(
    sql: SqlEngine, school: SnapshotRef, tmp_path: Path
) -> None:
    copy = copied(sql, school, tmp_path, CopyFormat.DUCKDB, masks=True)
    assert copy.manifest["masked"] == [
        *("students.name", "students.code", "staff.name", "staff.code", "certificates.number")
    ]
    body = copy.path.read_bytes()
    assert not any(name.encode() in body for name in ("Asha", "Ben", "देवी", "Ada"))


def test_a_copy_has_the_rows_of_its_scope_alone(
    sql: SqlEngine, school: SnapshotRef, tmp_path: Path
) -> None:
    copy = copied(sql, school, tmp_path, CopyFormat.DUCKDB, TEACHER)
    assert copy.manifest["scope"] == {"kind": "ownCourses", "courses": 1}
    with duckdb.connect(str(copy.path), read_only=True) as connection:
        assert connection.execute("SELECT id FROM enrollments").fetchall() == [(3,)]
        assert connection.execute("SELECT name FROM students").fetchall() == [("Asha",)]
    assert b"Ben" not in copy.path.read_bytes()


@pytest.mark.parametrize("form", CopyFormat)
def test_a_copy_that_would_be_too_large_is_refused(
    sql: SqlEngine, school: SnapshotRef, tmp_path: Path, form: CopyFormat
) -> None:
    request = CopyRequest(school, EVERYTHING, False, form, tmp_path, max_bytes=100)
    with pytest.raises(ReportInvalid) as refused:
        copy_snapshot(sql, request)
    assert refused.value.code == "SQL_TOO_LARGE"


def test_a_copy_whose_process_is_killed_fails_and_the_next_does_not(
    sql: SqlEngine, school: SnapshotRef, tmp_path: Path
) -> None:
    """The process ends by itself where it may have no memory at all."""
    small = SqlEngine(sql._open, SqlSettings(address_space=1))
    with pytest.raises(ReportInvalid):
        copied(small, school, tmp_path, CopyFormat.DUCKDB)
    again = tmp_path / "again"
    again.mkdir()
    assert copied(sql, school, again, CopyFormat.DUCKDB).path.exists()


def test_a_copy_can_be_stopped(sql: SqlEngine, school: SnapshotRef, tmp_path: Path) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    request = CopyRequest(
        school, EVERYTHING, False, CopyFormat.DUCKDB, tmp_path, cancellation=cancellation
    )
    with pytest.raises(ReportCancelled):
        copy_snapshot(sql, request)
    late = CopyRequest(school, EVERYTHING, False, CopyFormat.DUCKDB, tmp_path, seconds=0.001)
    with pytest.raises(ReportTimeout):
        copy_snapshot(sql, late)
