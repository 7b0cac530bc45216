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
