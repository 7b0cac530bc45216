"""The engine's caches are bounded in bytes, for any questions."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections import OrderedDict
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.api import product_catalog
from reports.bounded_cache import BoundedCache
from reports.catalog import product
from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.engine import report_compiler as module
from reports.engine.engine import Engine
from reports.engine.snapshots import EngineSettings, _bytes_in
from reports.errors import ReportInvalid
from reports.language.validate import MAX_BYTES, validate_definition
from reports.requests import ReportRequest
from reports.snapshot.schema import AttributeDefinition
from tests.reports.snapshot_files import create_tables, reference, write_manifest

pytestmark = pytest.mark.slow

ALL = Scope(1, ScopeKind.INSTITUTION)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 60))))
def test_as_a_dictionary_that_forgets(steps: list[tuple[int, int]]) -> None:
    kept: BoundedCache[int, int] = BoundedCache(100)
    model: OrderedDict[int, int] = OrderedDict()
    for key, size in steps:
        expected = key if key in model else None
        assert kept.get(key) == expected
        if expected is not None:
            model.move_to_end(key)
        kept.put(key, key, size)
        if size <= 25:
            model.pop(key, None)
            model[key] = size
            while sum(model.values()) > 100:
                model.popitem(last=False)
        assert kept.bytes == sum(model.values()) <= 100


def definition(values: list[str]) -> dict[str, object]:
    return {
        "version": 1,
        "entity": "enrollments",
        "mode": "categorical",
        "measures": ["enrollments.count"],
        "filters": [{"field": "course.code", "op": "in", "value": values}],
    }


def large(number: int) -> dict[str, object]:
    return definition([f"{number}-{n}-" + "x" * 80 for n in range(900)])


def test_a_report_costs_no_more_than_is_counted() -> None:
    """Whatever the engine says that an entry costs is at least what it takes in memory."""
    import json

    catalog = product_catalog()
    validate_definition(large(0), catalog)
    gc.collect()
    tracemalloc.start()
    try:
        kept, counted = [], 0
        for number in range(20):
            asked = large(number)
            text = json.dumps(asked)
            kept.append((text, validate_definition(asked, catalog)))
            counted += module._OF_A_REPORT * len(text) + module._OF_AN_ENTRY
            del asked
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken <= counted
    assert sys.getsizeof(kept)


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600", "\ud800"])
def test_a_definition_has_a_megabyte_at_most(letter: str) -> None:
    width = len(letter.encode("utf-8", "surrogatepass"))
    definition_ = definition([letter * (MAX_BYTES // width + 1)])
    with pytest.raises(ReportInvalid) as refused:
        validate_definition(definition_, product_catalog())
    assert [(p.code, p.path) for p in refused.value.problems] == [("TOO_LONG", "")]


def test_a_definition_of_less_is_looked_at() -> None:
    with pytest.raises(ReportInvalid) as refused:
        validate_definition(definition(["x" * (MAX_BYTES - 1_000)]), product_catalog())
    assert [p.path for p in refused.value.problems] != [""]


def test_a_catalog_costs_no_more_than_is_counted() -> None:
    product._created(())
    for count in (0, 10, 300):
        before = product._CACHE.bytes
        attributes = [
            tuple(
                AttributeDefinition("students", f"a{number}x{n}", "text", f"Label {n}")
                for n in range(count)
            )
            for number in range(1, 4)
        ]
        gc.collect()
        tracemalloc.start()
        try:
            kept = [product.product_catalog(of) for of in attributes]
            for one in kept:
                assert one.digest
                assert one.tables_by_name
            taken, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        counted = 3 * (product._OF_A_CATALOG + count * product._OF_AN_ATTRIBUTE)
        assert taken <= counted
        assert count == 0 or product._CACHE.bytes - before >= counted


def test_forty_large_definitions_leave_no_more_than_twenty(tmp_path: Path) -> None:
    """The engine's caches are full by then: more entries put others out."""
    ref = small_file(tmp_path, 1)
    engine = Engine()
    gc.collect()
    tracemalloc.start()
    try:
        taken = []
        for number in range(40):
            values = [f"{number}-{n}-" + "x" * 980 for n in range(500)]
            engine.run(ReportRequest(definition(values), ALL, ref))
            if number in {19, 39}:
                gc.collect()
                taken.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
        engine.close()
    assert taken[1] <= 1.1 * taken[0]
    assert taken[1] <= module._REPORTS_BYTES + module._COMPILED_BYTES


def small_file(folder: Path, number: int, rows: int = 5) -> SnapshotRef:
    path = folder / f"{number}.duckdb"
    with duckdb.connect(str(path)) as connection:
        create_tables(connection)
        connection.execute(
            "INSERT INTO courses BY NAME SELECT i AS id, 'c' || i AS code, repeat(md5(i::text), 30)"
            f" AS title, 'PUBLISHED' AS status FROM range({rows}) r(i)"
        )
        write_manifest(connection, snapshot_id=f"s{number}")
    return reference(path, snapshot_id=f"s{number}")


def test_snapshots_keep_so_much_between_them(tmp_path: Path) -> None:
    asked = {"version": 1, "entity": "courses", "mode": "categorical", "dimensions": ["title"],
             "measures": [{"key": "n", "agg": "count"}], "limit": 1}  # fmt: skip
    refs = [small_file(tmp_path, number, 20_000) for number in range(4)]

    def open_after(cached_bytes: int) -> list[str]:
        settings = EngineSettings(costly_from=1, cached_bytes=cached_bytes)
        engine = Engine(settings)
        for ref in (*refs, refs[1]):
            engine.run(ReportRequest(asked, ALL, ref))
        found = [key[1] for key in engine._snapshots._open]
        held = sum(_bytes_in(one.connection) for one in engine._snapshots._open.values())
        assert len(found) == 1 or held <= cached_bytes
        engine.close()
        return found

    assert open_after(1024**3) == ["s0", "s2", "s3", "s1"]
    assert open_after(1) == ["s1"]
