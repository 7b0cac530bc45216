"""A view in a scope has the rows, and the cells, of a copy without everything outside the scope."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.sql.views import FILE, views_of
from tests.reports.small_world import World, inside, write

WORLDS = 8
Rows = dict[str, list[tuple[object, ...]]]


def read(engine: Engine, ref: SnapshotRef, scope: Scope) -> Rows:
    """All rows of all views, as the process that serves them would have them."""
    views = views_of(engine.snapshot(ref, scope.institution_id), scope, masks=False)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{ref.path}' AS {FILE} (READ_ONLY)")
        for statement in views.statements:
            connection.execute(statement)
        if views.is_copied:
            attached = connection.execute("SELECT database_name FROM duckdb_databases()").fetchall()
            assert (FILE,) not in attached
        return {
            view.entity.key: connection.execute(
                f'SELECT * FROM "{view.entity.key}" ORDER BY ALL'
            ).fetchall()
            for view in views.views
        }


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(WORLDS))
def test_views_have_the_rows_of_their_scope(engine: Engine, tmp_path: Path, seed: int) -> None:
    world = World(20_260_000 + seed)
    whole = write(tmp_path / "whole.duckdb", world.tables)
    seen = 0
    for place, scope in enumerate(world.scopes()):
        cut = write(tmp_path / f"part{place}.duckdb", inside(world.tables, scope))
        expected = read(engine, cut, Scope(1, ScopeKind.INSTITUTION))
        assert read(engine, whole, scope) == expected, scope
        seen += len(expected["enrollments"])
    assert seen
