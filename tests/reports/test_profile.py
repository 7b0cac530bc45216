"""What a snapshot's rows are known to be makes the SQL simpler, never another answer."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.engine.snapshots import EngineSettings
from reports.requests import ReportRequest
from tests.reports.snapshot_files import create_tables, insert, reference, write_manifest

EVERYTHING: Final = Scope(1, ScopeKind.INSTITUTION)
COMPOSED: Final = "José"
BY_NAME: Final[dict[str, Any]] = {
    "version": 1,
    "entity": "activity",
    "mode": "categorical",
    "dimensions": ["student.name"],
    "measures": ["activity.clicks"],
}
BY_KIND: Final = BY_NAME | {"dimensions": ["student.status"]}


def _snapshot(path: Path, *names: str) -> SnapshotRef:
    """A student of each name, who clicked once."""
    with duckdb.connect(path) as connection:
        create_tables(connection)
        for number, name in enumerate(names, start=1):
            student = {"id": number, "code": f"s{number}", "name": name, "status": "ACTIVE"}
            insert(connection, "students", [student])
            click = {"student_id": number, "course_id": 1, "enrollment_id": number, "clicks": 1}
            click |= {"id": number, "kind": "VIEW", "occurred_at": "2014-01-01 10:00:00"}
            insert(connection, "activity", [click | {"occurred_on": "2014-01-01"}])
        write_manifest(connection)
    return reference(path)


@pytest.mark.parametrize(
    ("second", "profile_from", "composes"),
    [
        pytest.param(COMPOSED, 0, False, id="all are composed"),
        pytest.param(unicodedata.normalize("NFD", COMPOSED), 0, True, id="one is not"),
        pytest.param(COMPOSED, 3, True, id="too small to be asked"),
    ],
)
def test_texts_are_composed_only_where_one_may_not_be(
    tmp_path: Path, second: str, profile_from: int, composes: bool
) -> None:
    ref = _snapshot(tmp_path / "world.duckdb", COMPOSED, second)
    engine = Engine(EngineSettings(threads=1, profile_from=profile_from))
    request = ReportRequest(BY_NAME, EVERYTHING, ref)
    assert ("nfc_normalize" in engine.explain(request).sql) is composes
    assert engine.run(request).rows == ((COMPOSED, 2),)
    engine.close()


def test_codes_need_no_composing(tmp_path: Path) -> None:
    ref = _snapshot(tmp_path / "world.duckdb", COMPOSED)
    engine = Engine(EngineSettings(threads=1))
    assert "nfc_normalize" not in engine.explain(ReportRequest(BY_KIND, EVERYTHING, ref)).sql
    engine.close()
