"""No definition, under any scope, counts a row outside it.

Each random definition is run twice: under the scope over the whole institution, and over a
copy from which every row outside the scope was deleted beforehand. The answers must be equal.
REPORTS_FUZZ_CASES sets how many definitions are tried, REPORTS_FUZZ_SEED where they start.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.catalog.product import product_catalog
from reports.contracts import Result, Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.engine.snapshots import EngineSettings
from reports.errors import ReportInvalid
from reports.requests import ReportRequest
from tests.reports.random_definitions import Definitions
from tests.reports.small_world import ATTRIBUTES, World, inside, write

pytestmark = pytest.mark.slow

CASES = int(os.environ.get("REPORTS_FUZZ_CASES", "240"))
SEED = int(os.environ.get("REPORTS_FUZZ_SEED", "20131001"))
PER_SCOPE = 20


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(EngineSettings(threads=1, open_snapshots=4, profile_from=0))
    yield made
    made.close()


def _comparable(result: Result) -> object:
    wire = result.to_wire()
    meta = wire["meta"]
    notices = [w["message"] for w in meta["warnings"]]
    return wire["rows"], wire["totals"], meta["totalRowCount"], meta["truncated"], notices


def _answer(engine: Engine, definition: dict, scope: Scope, ref: SnapshotRef) -> object:
    return _comparable(engine.run(ReportRequest(definition, scope, ref)))


def test_no_definition_counts_a_row_outside_its_scope(engine: Engine, tmp_path: Path) -> None:
    print(f"REPORTS_FUZZ_SEED={SEED} REPORTS_FUZZ_CASES={CASES}")
    tried = refused = filled = 0
    number = 0
    while tried < CASES:
        number += 1
        world = World(SEED + number)
        definitions = Definitions(product_catalog(ATTRIBUTES), random.Random(SEED * 7 + number))
        weekday = world.rng.randint(1, 7)
        whole = write(tmp_path / f"whole{number}.duckdb", world.tables, first_weekday=weekday)
        for place, scope in enumerate(world.scopes()):
            part = tmp_path / f"part{number}-{place}.duckdb"
            cut = write(part, inside(world.tables, scope), first_weekday=weekday)
            for _ in range(PER_SCOPE):
                definition = definitions.one()
                try:
                    expected = _answer(engine, definition, Scope(1, ScopeKind.INSTITUTION), cut)
                except ReportInvalid:
                    refused += 1
                    continue
                found = _answer(engine, definition, scope, whole)
                tried += 1
                filled += bool(expected[0])
                assert found == expected, (
                    f"seed {SEED}, world {number}, {scope}: {json.dumps(definition)}"
                )
    print(f"{tried} compared, {filled} with rows, {refused} refused")
    assert refused < tried, "most random definitions should be valid"
    assert filled > tried / 4, "too many answers are empty to mean anything"
