"""A real snapshot to ask, and results made by hand for what real ones don't show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports import api
from reports.api import ReportRequest
from reports.contracts import Result, Scope, ScopeKind, SnapshotRef
from tests.reports.oulad_snapshot import build
from tests.reports.snapshot_files import reference

SAMPLE = Path(__file__).parents[2] / "data" / "oulad_sample"
EVERYTHING = Scope(1, ScopeKind.INSTITUTION)
Ask = Callable[..., Result]

_CHANGES = (
    "UPDATE students SET class_name = CAST(8 + id % 3 AS VARCHAR) || 'A' WHERE id % 10 > 0",
    "UPDATE courses SET status = 'DRAFT' WHERE id = 1",
    """UPDATE courses SET list_price = 100 + id % 7 * 33.25,
         currency = CASE WHEN id % 3 = 0 THEN 'INR' ELSE 'GBP' END WHERE id % 5 > 0""",
    """DELETE FROM submissions WHERE assignment_id IN
         (SELECT id FROM assignments WHERE due_on < DATE '2014-01-01' ORDER BY id LIMIT 3)""",
    """INSERT INTO grades SELECT id, student_id, enrollment_id, assignment_id, course_id, score,
         score, 0, id % 7 = 0, submitted_at, submitted_on, submitted_at, submitted_on
       FROM submissions""",
    """INSERT INTO questions SELECT n, 3, 'Question ' || n, 'MCQ', 2
       FROM generate_series(1, 12) t (n)""",
    """INSERT INTO quiz_attempts SELECT id, student_id, enrollment_id, assignment_id, course_id, 1,
         CASE WHEN id % 5 = 0 THEN 'SUBMITTED' ELSE 'GRADED' END, submitted_at, submitted_on,
         submitted_at, submitted_on, score, 100, score >= 40
       FROM submissions WHERE course_id = 3 ORDER BY id LIMIT 200""",
    """INSERT INTO quiz_answers SELECT row_number() OVER (ORDER BY t.id, n), t.id, n, student_id,
         course_id, 'MCQ', 2, 1, (t.id * n % 9) / 8, t.id * n % 9 > 0
       FROM quiz_attempts t, generate_series(1, 12) s (n)""",
    """INSERT INTO attendance SELECT id, student_id, enrollment_id, course_id,
         CASE id % 4 WHEN 0 THEN 'ABSENT' WHEN 1 THEN 'PARTIAL' ELSE 'PRESENT' END,
         id % 4 * 900, 2700, occurred_at, occurred_on
       FROM activity WHERE course_id = 3""",
    """INSERT INTO certificates SELECT id, student_id, id, course_id, 'OU-' || id,
         CASE id % 5 WHEN 0 THEN 'REVOKED' WHEN 1 THEN 'EXPIRED' ELSE 'VALID' END,
         enrolled_at, enrolled_on, NULL, NULL, NULL, NULL
       FROM enrollments WHERE outcome = 'DISTINCTION'""",
    """INSERT INTO compliance SELECT id, student_id, id % 3, 'Training ' || id % 3,
         CASE id % 7 WHEN 0 THEN 'OVERDUE' WHEN 1 THEN 'WAIVED' WHEN 2 THEN 'PENDING'
           ELSE 'MET' END,
         submitted_on, submitted_at, submitted_on, NULL, NULL
       FROM submissions WHERE course_id = 3""",
)


@pytest.fixture(scope="session")
def oulad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnapshotRef]:
    """The sample with classes, prices, a draft, and an assignment that nobody handed in."""
    path = tmp_path_factory.mktemp("dashboards") / "oulad.duckdb"
    build(SAMPLE, path)
    with duckdb.connect(str(path)) as connection:
        for statement in _CHANGES:
            connection.execute(statement)
    yield reference(path, snapshot_id="oulad")
    api.close()


@pytest.fixture(scope="session")
def ask(oulad: SnapshotRef) -> Ask:
    """Ask the sample: ``ask("enrollments", "enrollments.count", by=["outcome"])``."""

    def run(entity: str, *measures: Any, by: Any = (), **rest: Any) -> Result:
        made = {"version": 1, "entity": entity, "mode": "categorical", **rest}
        if "time" in rest:
            made["mode"] = "temporal"
        if "columns" in rest:
            made["mode"] = "rows"
        else:
            made |= {"dimensions": list(by), "measures": list(measures)}
        return api.run(ReportRequest(made, EVERYTHING, oulad))

    return run
