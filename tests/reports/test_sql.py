"""SQL over a snapshot: the catalog's entities as views, inside a scope, names masked."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from openpyxl import load_workbook

from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.errors import ReportError, ReportInvalid
from reports.export.formats import ExportFormat
from reports.sql.engine import SqlEngine
from reports.sql.outputs import to_file, to_wire
from reports.sql.results import SqlLimits, SqlRequest, SqlResult
from reports.sql.views import Views
from tests.reports.conftest import EVERYTHING, school_file

Query = Callable[..., SqlResult]


@pytest.fixture(scope="module")
def sql(engine: Engine) -> Iterator[SqlEngine]:
    made = SqlEngine(engine.snapshot)
    yield made
    made.close()


@pytest.fixture
def query(sql: SqlEngine, school: SnapshotRef) -> Query:
    def run(
        text: str, scope: Scope = EVERYTHING, *, masks: bool = False, **limits: Any
    ) -> SqlResult:
        return sql.run(SqlRequest(text, scope, school, masks, replace(SqlLimits(), **limits)))

    return run


def rows(result: SqlResult) -> list[list[Any]]:
    found: list[list[Any]] = to_wire(result)["rows"]
    return found


def code_of(refused: pytest.ExceptionInfo[ReportError]) -> str:
    return refused.value.problems[0].code


def test_views_are_named_as_the_catalog_names_entities_and_fields(query: Query) -> None:
    found = query(
        'SELECT s.name, e."attributes.region", e.progressPct, e.enrolledOn FROM enrollments e'
        " JOIN students s ON s.id = e.studentId ORDER BY e.id"
    )
    assert [(c.name, c.sql_type) for c in found.columns] == [
        ("name", "VARCHAR"),
        ("attributes.region", "VARCHAR"),
        ("progressPct", "DECIMAL(5,2)"),
        ("enrolledOn", "DATE"),
    ]
    assert rows(found) == [
        ["Asha", "North", 33.3, "2013-10-01"],
        ["Ben", None, None, "2013-10-07"],
        ["Asha", "South", 66.6, None],
    ]


def test_a_calculated_field_is_that_of_reports(query: Query) -> None:
    found = query("SELECT id, scorePct, daysToGrade FROM submissions ORDER BY id")
    assert rows(found) == [[1, 58.0, 4], [2, None, 1], [3, 40.0, None], [4, None, None]]


def test_every_root_of_the_catalog_is_a_view(
    sql: SqlEngine, engine: Engine, school: SnapshotRef
) -> None:
    views = sql.views(school, EVERYTHING, masks=False)
    entities = {e.key: e for e in engine.catalog(school).entities}
    assert {view.entity.key for view in views.views} == entities.keys()
    for view in views.views:
        names = [column.field.name for column in view.columns]
        assert names == [field.name for field in entities[view.entity.key].fields]


def test_the_snapshot_describes_itself(query: Query, school: SnapshotRef) -> None:
    ((name, taken_on, zone),) = rows(query("SELECT id, takenOn, timeZone FROM snapshot"))
    assert name == school.snapshot_id
    assert date.fromisoformat(taken_on)
    assert zone


def test_names_and_codes_are_masked_but_records_still_join(query: Query) -> None:
    text = (
        "SELECT s.name, s.code, s.className, count(*) FROM enrollments e"
        " JOIN students s ON s.id = e.studentId GROUP BY ALL ORDER BY 4 DESC"
    )
    assert rows(query(text, masks=True)) == [[None, None, "8", 2], [None, None, None, 1]]
    assert rows(query(text))[0] == ["Asha", "s1", "8", 2]
    assert rows(query("SELECT count(*) FROM students WHERE name = 'Asha'", masks=True)) == [[0]]
    assert rows(query("SELECT name, code FROM staff WHERE name IS NOT NULL", masks=True)) == []


def personal(views: Views) -> set[str]:
    return {
        f"{view.entity.key}.{column.field.name}"
        for view in views.views
        for column in view.columns
        if column.is_masked
    }


def test_what_is_masked_is_what_names_or_numbers_a_person(
    sql: SqlEngine, school: SnapshotRef
) -> None:
    assert personal(sql.views(school, EVERYTHING, masks=False)) == set()
    assert personal(sql.views(school, EVERYTHING, masks=True)) == {
        *("students.name", "students.code", "staff.name", "staff.code", "certificates.number")
    }


SCOPES = {
    "a teacher": Scope(1, ScopeKind.OWN_COURSES, course_ids=(1,)),
    "a learner": Scope(1, ScopeKind.SELF, person_ids=(2,)),
    "a parent": Scope(1, ScopeKind.CHILDREN, person_ids=(1, 3)),
    "nobody": Scope(1, ScopeKind.CHILDREN),
}
SEEN = {"a teacher": [1, 2], "a learner": [2], "a parent": [1, 3], "nobody": []}


@pytest.mark.parametrize("who", SCOPES)
def test_a_view_has_the_rows_of_the_scope(query: Query, who: str) -> None:
    found = rows(query("SELECT id FROM enrollments ORDER BY id", SCOPES[who]))
    assert [row[0] for row in found] == SEEN[who]


def test_in_a_narrow_scope_an_error_tells_nothing_of_other_rows(query: Query) -> None:
    """The rows are copied, so an expression is never tried on a row outside."""
    text = "SELECT count(*) FROM students WHERE CAST(replace(name, 'Ben', '1') AS INTEGER) = 1"
    assert rows(query(text, SCOPES["a learner"])) == [[1]]
    with pytest.raises(ReportInvalid, match="Asha"):
        query(text)


def test_a_scope_with_noise_has_no_views(sql: SqlEngine, tmp_path: Path) -> None:
    noisy = school_file(tmp_path / "n.duckdb", min_group_size=5, perturbation_key=7)
    with pytest.raises(ReportInvalid) as refused:
        sql.views(noisy, SCOPES["a teacher"], masks=False)
    assert code_of(refused) == "PERTURBED"
    views = sql.views(noisy, EVERYTHING, masks=False)
    assert [notice.code for notice in views.notices] == ["SMALL_GROUPS_SHOWN"]


def test_another_institution_has_no_views_here(sql: SqlEngine, school: SnapshotRef) -> None:
    with pytest.raises(ReportError) as refused:
        sql.run(SqlRequest("SELECT 1", Scope(2, ScopeKind.INSTITUTION), school, masks=False))
    assert code_of(refused) == "SCOPE_MISMATCH"


def test_rows_beyond_the_limit_are_cut_with_a_word(query: Query) -> None:
    found = query("SELECT * FROM range(50)", rows=20)
    assert (found.row_count, found.is_truncated, len(rows(found))) == (20, True, 20)
    exact = query("SELECT * FROM range(20)", rows=20)
    assert (exact.row_count, exact.is_truncated) == (20, False)
    many = query("SELECT * FROM range(25_000)", rows=24_999)
    assert [row[0] for row in rows(many)] == list(range(24_999))


def test_a_file_is_never_cut(query: Query) -> None:
    with pytest.raises(ReportInvalid) as refused:
        query("SELECT * FROM range(50)", rows=20, cuts=False)
    assert code_of(refused) == "SQL_TOO_LARGE"


EVERY_TYPE = """
    SELECT 1::TINYINT AS small, 99999999999999999999999999999999999999::HUGEINT AS huge,
        1.50::DECIMAL(5, 2) AS price, 0.1::DOUBLE AS ratio, 'nan'::DOUBLE AS nothing, TRUE AS yes,
        DATE '2024-02-29' AS day, TIMESTAMP '2024-02-29 10:00:00.5' AS moment,
        TIMESTAMPTZ '2024-02-29 10:00:00+05:30' AS instant, ['a', NULL] AS words, [1, 2] AS numbers,
        {'a': 1, 'b': ['x']} AS part, MAP {'k': 1} AS mapped, INTERVAL 3 DAY AS span,
        TIME '10:00' AS clock, 'a'::ENUM('a', 'b') AS chosen, '\\xAA'::BLOB AS raw, NULL AS empty,
        'दे,"' AS text, 1 AS small
"""


def test_values_of_every_type_reach_the_reader(query: Query) -> None:
    wire = to_wire(query(EVERY_TYPE))
    types = {column["name"]: column["type"] for column in wire["columns"]}
    found = dict(zip(types, wire["rows"][0], strict=True))
    assert found == {
        "small": 1,
        "huge": 99999999999999999999999999999999999999,
        "price": 1.5,
        "ratio": 0.1,
        "nothing": None,
        "yes": True,
        "day": "2024-02-29",
        "moment": "2024-02-29T10:00:00.500000",
        "instant": "2024-02-29T04:30:00Z",
        "words": ["a", None],
        "numbers": "[1,2]",
        "part": '{"a":1,"b":["x"]}',
        "mapped": '{"k":1}',
        "span": "3 days",
        "clock": "10:00:00",
        "chosen": "a",
        "raw": "\\xAA",
        "empty": None,
        "text": 'दे,"',
        "small_2": 1,
    }
    assert types["price"] == "decimal"
    assert types["moment"] == "timestamp"
    assert types["words"] == "list"


def test_a_number_that_no_format_has_is_an_error(query: Query) -> None:
    with pytest.raises(ReportInvalid) as refused:
        query("SELECT 170141183460469231731687303715884105727::HUGEINT")
    assert code_of(refused) == "SQL_FAILED"
    assert rows(query("SELECT sum(i) FROM range(10) t(i)")) == [[45]]


def test_an_arrow_stream_is_what_the_answer_says(query: Query, school: SnapshotRef) -> None:
    found = query("SELECT id, name FROM students ORDER BY id")
    frame = pl.read_ipc_stream(to_file(found, ExportFormat.ARROW))
    assert frame.to_dict(as_series=False) == {"id": [1, 2, 3], "name": ["Asha", "Ben", "देवी"]}
    import pyarrow as pa

    schema = pa.ipc.open_stream(to_file(found, ExportFormat.ARROW)).schema
    assert json.loads(schema.metadata[b"snapshot"])["id"] == school.snapshot_id


def test_files_hold_the_same_rows(query: Query) -> None:
    found = query("SELECT id, name, '=1+1' AS risky, 2.50::DECIMAL(4,2) AS p FROM students")
    csv = to_file(found, ExportFormat.CSV).decode().splitlines()
    assert csv[:2] == ["id,name,risky,p", "1,Asha,'=1+1,2.50"]
    parquet = pl.read_parquet(to_file(found, ExportFormat.PARQUET))
    assert parquet["p"].to_list() == [Decimal("2.50")] * 3
    assert parquet["risky"].to_list() == ["=1+1"] * 3
    book = load_workbook(io.BytesIO(to_file(found, ExportFormat.XLSX)), read_only=True)
    assert next(iter(book.worksheets[0].iter_rows(min_row=2, max_col=2, values_only=True))) == (
        *(1, "Asha"),
    )


def test_no_rows_are_a_result_too(query: Query) -> None:
    found = query("SELECT id, name FROM students WHERE FALSE")
    assert rows(found) == []
    for form in (ExportFormat.CSV, ExportFormat.PARQUET, ExportFormat.ARROW, ExportFormat.XLSX):
        assert to_file(found, form)
    with pytest.raises(ValueError, match="pdf"):
        to_file(found, ExportFormat.PDF)


def test_a_file_without_later_columns_has_views_without_them(
    sql: SqlEngine, tmp_path: Path
) -> None:
    old = school_file(tmp_path / "old.duckdb", schema_version=1)
    with duckdb.connect(old.path) as connection:
        connection.execute("DROP TABLE deliveries")
        connection.execute("ALTER TABLE courses DROP COLUMN list_price")
    old = replace(old, size_bytes=Path(old.path).stat().st_size)
    names = {
        v.entity.key: {c.field.name for c in v.columns}
        for v in sql.views(old, EVERYTHING, masks=False).views
    }
    assert "deliveries" not in names
    assert "listPrice" not in names["courses"] | names["revenue"]
    with pytest.raises(ReportInvalid, match="no view deliveries"):
        sql.run(SqlRequest("FROM deliveries", EVERYTHING, old, masks=False))
