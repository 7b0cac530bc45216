"""List revenue: by currency, in every scope, and beside the enrollments that it is made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.requests import ReportRequest
from tests.reports.small_world import World, inside, write

PRICE, CURRENCY, PRICED = 14, 15, [{"field": "listPrice", "op": "isNotNull"}]
SEEDS = range(10, 22)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


def by_currency(tables: dict[str, list[Any]]) -> dict[str | None, Decimal]:
    courses = {row[0]: row for row in tables["courses"]}
    found: dict[str | None, Decimal] = defaultdict(Decimal)
    for enrollment in tables["enrollments"]:
        course = courses.get(enrollment[2])
        if course is not None and course[PRICE] is not None:
            found[course[CURRENCY] or None] += course[PRICE]
    return dict(found)


def ask(engine: Engine, scope: Scope, ref: SnapshotRef, **rest: Any) -> list[tuple[Any, ...]]:
    definition = {"version": 1, "entity": "revenue", "mode": "categorical"} | rest
    return list(engine.run(ReportRequest(definition, scope, ref)).rows)


@pytest.mark.parametrize("seed", SEEDS)
def test_amounts_stand_by_currency_and_inside_the_scope(
    seed: int, engine: Engine, tmp_path: Path
) -> None:
    world = World(seed)
    ref = write(tmp_path / "world.duckdb", world.tables)
    everything = Scope(1, ScopeKind.INSTITUTION)
    for scope in (everything, *world.scopes()):
        rows = ask(
            engine,
            scope,
            ref,
            dimensions=["currency"],
            measures=["revenue.listRevenue"],
            filters=PRICED,
        )
        assert dict(rows) == by_currency(inside(world.tables, scope))


def test_an_enrollment_without_a_price_counts_as_an_enrollment_alone(
    engine: Engine, tmp_path: Path
) -> None:
    world = World(SEEDS[0])
    ref = write(tmp_path / "world.duckdb", world.tables)
    measures = ["revenue.listRevenue", "enrollments.count"]
    rows = ask(
        engine,
        Scope(1, ScopeKind.INSTITUTION),
        ref,
        dimensions=["course.code"],
        measures=measures,
    )
    counted = defaultdict(int)
    codes = {row[0]: row[1] for row in world.tables["courses"]}
    for enrollment in world.tables["enrollments"]:
        counted[codes.get(enrollment[2])] += 1
    assert {code: count for code, _, count in rows if count} == dict(counted)
