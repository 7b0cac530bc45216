"""A small school whose every number can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.contracts import Limits, Result, Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.engine.snapshots import EngineSettings
from reports.requests import ReportRequest
from reports.snapshot.schema import AttributeDefinition
from tests.reports.snapshot_files import create_tables, insert, reference, write_manifest

ATTRIBUTES = (
    AttributeDefinition("enrollments", "region", "text", "Region"),
    AttributeDefinition("students", "grant", "decimal", "Grant"),
)
EVERYTHING = Scope(1, ScopeKind.INSTITUTION)
Ask = Callable[..., Result]


def _day(text: str | None) -> dict[str, Any]:
    return (
        {} if text is None else {"at": datetime.fromisoformat(text), "on": date.fromisoformat(text)}
    )


def _moment(stem: str, text: str | None) -> dict[str, Any]:
    return {f"{stem}_{end}": value for end, value in _day(text).items()}


def fill_school(connection: duckdb.DuckDBPyConnection) -> None:
    """Two teachers, three courses (one without anyone), three students.

    Ada's course MATH has Asha and Ben, Bo's course HIST has Asha; ARTS is empty. Asha handed
    in three times, Ben once and has no mark. A click belongs to a lesson or to none.
    """
    terms = [(1, "2013J", "2013-10-01", "2014-01-31"), (2, "2014B", "2014-02-01", "2014-06-30")]
    insert(
        connection,
        "terms",
        ({"id": i, "code": c, "name": c, "starts_on": a, "ends_on": b} for i, c, a, b in terms),
    )
    insert(
        connection,
        "staff",
        ({"id": i, "code": c, "name": c, "role": "TEACHER"} for i, c in ((91, "Ada"), (92, "Bo"))),
    )
    students = [(1, "Asha", "8", "12.50"), (2, "Ben", None, None), (3, "देवी", "8", "0.25")]
    insert(
        connection,
        "students",
        (
            {"id": i, "code": f"s{i}", "name": n, "class_name": k, "attributes.grant": g}
            for i, n, k, g in students
        ),
    )
    courses = [
        (1, "MATH", "Science", 91, 1),
        (2, "HIST", "Humanities", 92, 2),
        (3, "ARTS", None, 92, None),
    ]
    insert(
        connection,
        "courses",
        (
            {"id": i, "code": c, "title": c.title(), "category": k, "status": "PUBLISHED"}
            | {"creator_id": t, "term_id": m}
            for i, c, k, t, m in courses
        ),
    )
    insert(connection, "modules", [{"id": 1, "course_id": 1, "title": "One", "position": 1}])
    insert(
        connection,
        "lessons",
        [
            {"id": 1, "course_id": 1, "module_id": 1, "title": "Sums", "kind": "video"}
            | {"is_required": True}
        ],
    )
    _fill_learning(connection)


def _fill_learning(connection: duckdb.DuckDBPyConnection) -> None:
    enrollments = [
        (1, 1, 1, "COMPLETED", "PASS", "2013-10-01", "33.30", "North"),
        (2, 2, 1, "WITHDRAWN", "FAIL", "2013-10-07", None, None),
        (3, 1, 2, "ACTIVE", None, None, "66.60", "South"),
    ]
    insert(
        connection,
        "enrollments",
        (
            {"id": i, "student_id": s, "course_id": c, "status": st, "outcome": o}
            | {"progress_pct": p, "attributes.region": r}
            | _moment("enrolled", on)
            for i, s, c, st, o, on, p, r in enrollments
        ),
    )
    _fill_work(connection)


def _fill_work(connection: duckdb.DuckDBPyConnection) -> None:
    assignments = [
        (1, 1, "TMA", "50.00", "60"),
        (2, 1, "CMA", "0", None),
        (3, 2, "TMA", "100", None),
    ]
    insert(
        connection,
        "assignments",
        (
            {"id": i, "course_id": c, "kind": k, "title": f"{k} {i}", "max_score": m}
            | {"pass_mark": p, "weight": "0.10"}
            for i, c, k, m, p in assignments
        ),
    )
    submissions = [
        (1, 1, 1, 1, 1, "2013-10-10", "29.00", False, "2013-10-14"),
        (2, 1, 1, 2, 1, "2013-10-20", "10.00", True, "2013-10-21"),
        (3, 1, 3, 3, 2, "2013-11-01", "40.00", True, None),
        (4, 2, 2, 1, 1, "2013-11-30", None, False, None),
    ]
    insert(
        connection,
        "submissions",
        (
            {"id": i, "student_id": s, "enrollment_id": e, "assignment_id": a, "course_id": c}
            | {"score": m, "is_late": late, "is_banked": False, "status": "GRADED"}
            | _moment("submitted", on)
            | _moment("graded", graded)
            for i, s, e, a, c, on, m, late, graded in submissions
        ),
    )
    activity = [
        (1, 1, 1, 1, 1, "2013-10-07", 3),
        (2, 1, 1, 1, None, "2013-10-08", 4),
        (3, 2, 1, 2, 1, "2013-10-13", 5),
        (4, 1, 2, 3, None, "2013-10-14", 6),
        (5, 1, 1, 1, 1, "2013-12-31", 7),
    ]
    insert(
        connection,
        "activity",
        (
            {"id": i, "student_id": s, "course_id": c, "enrollment_id": e, "lesson_id": lesson}
            | {"kind": "VIEW", "clicks": n}
            | _moment("occurred", on)
            for i, s, c, e, lesson, on, n in activity
        ),
    )


def school_file(path: Path, **manifest: Any) -> SnapshotRef:
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        create_tables(connection, ATTRIBUTES)
        fill_school(connection)
        write_manifest(connection, attributes=ATTRIBUTES, **manifest)
    known = {k: v for k, v in manifest.items() if k in {"institution_id", "snapshot_id"}}
    return reference(path, **known)


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> SnapshotRef:
    return school_file(tmp_path_factory.mktemp("school") / "school.duckdb")


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    made = Engine(EngineSettings(threads=2))
    yield made
    made.close()


@pytest.fixture
def ask(engine: Engine, school: SnapshotRef) -> Ask:
    """Run a definition over the school: ``ask("courses", "count", by=["code"])``."""

    def run(
        entity: str,
        *measures: Any,
        by: Any = (),
        scope: Scope = EVERYTHING,
        limits: Limits | None = None,
        **rest: Any,
    ) -> Result:
        made = {"version": 1, "entity": entity, "mode": "categorical", **rest}
        if made["mode"] != "rows":
            made |= {"dimensions": list(by), "measures": list(measures)}
        return engine.run(ReportRequest(made, scope, school, limits))

    return run
