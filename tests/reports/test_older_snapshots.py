"""Files of an older schema version: what they have is answered, the rest is refused by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

import reports.engine.question
from reports.contracts import SnapshotRef
from reports.engine.engine import Engine
from reports.engine.snapshots import EngineSettings
from reports.errors import InternalReportError, NotRecorded, ReportError, SnapshotDamaged
from reports.requests import ReportRequest
from reports.snapshot.manifest import MANIFEST_TABLE
from reports.snapshot.schema import OLDEST_READABLE, SCHEMA_VERSION, TABLES, added_after
from tests.reports.conftest import EVERYTHING, school_file
from tests.reports.snapshot_files import reference

pytestmark = pytest.mark.slow

VERSIONS = range(OLDEST_READABLE, SCHEMA_VERSION + 1)
COUNT: dict[str, Any] = {
    "version": 1,
    "entity": "students",
    "mode": "categorical",
    "measures": ["count"],
}
DELIVERIES = COUNT | {"entity": "deliveries"}
LIST = {"version": 1, "mode": "rows"}
PRICES = LIST | {"entity": "courses", "columns": ["code", "listPrice"]}
REVENUE = COUNT | {"entity": "enrollments", "measures": ["revenue.listRevenue"]}
PROGRESS = COUNT | {"entity": "lessonProgress"}


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(EngineSettings(profile_from=0))
    yield made
    made.close()


def of_version(path: Path, version: int) -> SnapshotRef:
    """The school's file as a release of that schema version wrote it."""
    ref = school_file(path)
    with duckdb.connect(ref.path) as connection:
        (text,) = connection.execute(f"SELECT document FROM {MANIFEST_TABLE}").fetchall()[0]
        document = json.loads(text) | {"schema_version": version, "of_a_later_release": 1}
        for table, columns in added_after(version).items():
            there = connection.execute("SELECT * FROM " + table).description or []
            if len(columns) == len(there):
                connection.execute(f'DROP TABLE "{table}"')
                del document["tables"][table]
                continue
            for column in columns:
                connection.execute(f'ALTER TABLE "{table}" DROP "{column}"')
        connection.execute(f"UPDATE {MANIFEST_TABLE} SET document = ?", [json.dumps(document)])
    return reference(path)


def ask(engine: Engine, definition: dict[str, Any], ref: SnapshotRef) -> Any:
    return engine.run(ReportRequest(definition, EVERYTHING, ref)).rows


def explained(engine: Engine, definition: dict[str, Any], ref: SnapshotRef) -> Any:
    return engine.explain(ReportRequest(definition, EVERYTHING, ref))


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_file_has_is_answered(engine: Engine, tmp_path: Path, version: int) -> None:
    ref = of_version(tmp_path / "a.duckdb", version)
    assert ask(engine, COUNT, ref) == ((3,),)
    by_course = COUNT | {"entity": "submissions", "dimensions": ["course.title"]}
    assert len(ask(engine, by_course, ref)) > 1
    assert engine.run(ReportRequest(COUNT, EVERYTHING, ref)).meta.snapshot.schema_version == version


@pytest.mark.parametrize(
    ("definition", "since", "named"),
    [
        (DELIVERIES, 4, "Delivery|Deliveries"),
        (PRICES, 3, "List price"),
        (REVENUE, 3, "List price"),
        (PROGRESS, 2, "Lesson progress"),
    ],
)
def test_what_came_later_is_refused_by_name(
    engine: Engine, tmp_path: Path, definition: dict[str, Any], since: int, named: str
) -> None:
    for version in VERSIONS:
        ref = of_version(tmp_path / f"{version}.duckdb", version)
        if version >= since:
            ask(engine, definition, ref)
            continue
        for question in (ask, explained):
            with pytest.raises(NotRecorded, match=f"before there was .*({named})") as caught:
                question(engine, definition, ref)
            assert (caught.value.since, caught.value.code) == (since, "NOT_RECORDED")


def test_the_rows_behind_a_cell_show_what_the_file_has(engine: Engine, tmp_path: Path) -> None:
    definition = COUNT | {"entity": "courses"}
    ref = of_version(tmp_path / "a.duckdb", 2)
    cell = {"measure": "count", "row": []}
    found = engine.drill(ReportRequest(definition, EVERYTHING, ref), cell)
    whole = engine.drill(
        ReportRequest(definition, EVERYTHING, school_file(tmp_path / "b.duckdb")), cell
    )
    shown = {column.key for column in found.columns}
    assert len(found.rows) == len(whole.rows) == 3
    assert {c.key for c in whole.columns} - shown == {"listPrice", "currency", "maxEnrollments"}


def test_only_a_known_version_may_lack_something(engine: Engine, tmp_path: Path) -> None:
    ref = of_version(tmp_path / "a.duckdb", 3)
    with duckdb.connect(ref.path) as connection:
        connection.execute('ALTER TABLE courses DROP "list_price"')
    with pytest.raises(SnapshotDamaged, match="lacks columns"):
        ask(engine, COUNT, reference(Path(ref.path)))
    for version in (OLDEST_READABLE - 1, SCHEMA_VERSION + 1):
        unknown = school_file(tmp_path / f"{version}.duckdb", schema_version=version)
        with pytest.raises(SnapshotDamaged, match="schema version"):
            ask(engine, COUNT, unknown)


def test_every_column_says_since_when() -> None:
    assert not added_after(SCHEMA_VERSION)
    for table in TABLES:
        assert OLDEST_READABLE <= table.since <= SCHEMA_VERSION
        assert all(OLDEST_READABLE <= c.since <= SCHEMA_VERSION for c in table.columns)


@pytest.mark.parametrize("is_changed", [True, False])
def test_a_failure_inside_the_database_is_damage_if_the_file_changed(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_changed: bool
) -> None:
    ref = school_file(tmp_path / "a.duckdb")
    assert ask(engine, COUNT, ref) == ((3,),)
    before = engine._snapshots.get(ref, 1)

    def fails(*_: Any) -> Any:
        raise InternalReportError("a statement") from duckdb.InternalException("an assertion")

    published = replace(ref, file_digest="0" * 64) if is_changed else ref
    engine._snapshots._open.clear()
    with monkeypatch.context() as patched:
        patched.setattr(reports.engine.question, "fetch", fails)
        with pytest.raises(SnapshotDamaged if is_changed else InternalReportError):
            ask(engine, COUNT, published)
    assert ask(engine, COUNT, ref) == ((3,),)
    assert engine._snapshots.get(ref, 1) is not before


def test_a_refusal_leaves_the_file_open(engine: Engine, tmp_path: Path) -> None:
    ref = of_version(tmp_path / "a.duckdb", 3)
    ask(engine, COUNT, ref)
    before = engine._snapshots.get(ref, 1)
    with pytest.raises(ReportError):
        ask(engine, DELIVERIES, ref)
    assert engine._snapshots.get(ref, 1) is before
