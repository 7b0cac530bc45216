"""Exports that stream: the same bytes as from memory, whole or not at all."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars as pl
import pytest

from reports.api import export
from reports.contracts import Column, ReportMeta, Result, Total
from reports.export.in_memory import stream_of
from reports.export.result_stream import Ending, ResultStream
from reports.export.stream import STREAMED, write_stream
from tests.reports.export_results import (
    SCOPE,
    SNAPSHOT,
    SUBTOTALS,
    grouped_result,
    hard_result,
    result_of,
)

COLUMNS = (
    Column("id", "Id", "integer", None, "number"),
    Column("name", "Name", "text", None, "text"),
    Column("kind", "Kind", "text", None, "text"),
    Column("total", "Total", "integer", None, "number"),
    Column("pct", "Progress", "decimal", None, "number"),
    Column("avg", "Average", "float", None, "number"),
    Column("ok", "Fine", "boolean", None, "boolean"),
    Column("on", "Day", "date", None, "date"),
    Column("at", "Time", "timestamp", None, "datetime"),
    Column("tags", "Tags", "list", None, "list"),
)
SQL = """SELECT i AS id, CASE WHEN i % 7 = 0 THEN NULL WHEN i % 5 = 0 THEN '=' || i
         ELSE 'नाम "' || i || '", x' END,
         (CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END)::ENUM('a', 'b'),
         (i * 10)::HUGEINT, ((i % 1000) / 10.0)::DECIMAL(6, 2),
         CASE WHEN i % 11 = 0 THEN 'nan'::DOUBLE ELSE i / 7.0 END, i % 2 = 0,
         DATE '1899-12-01' + i::INT, TIMESTAMP '2014-01-01 10:00:00' + to_microseconds(i * 500000),
         CASE WHEN i % 3 = 0 THEN NULL ELSE ['x' || i, 'y'] END
         FROM range({}) t(i) ORDER BY i"""


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def meta_of(count: int) -> ReportMeta:
    return ReportMeta(count, count, 1.0, False, SNAPSHOT, SCOPE, "5f" * 32)


def streamed(
    database: duckdb.DuckDBPyConnection, rows: int, totals: tuple[Total, ...] | None = None
) -> ResultStream:
    """Return the engine's stream: DuckDB's own batches."""
    source = stream_of(in_memory(database, 0))
    return ResultStream(
        columns=COLUMNS,
        batches=database.sql(SQL.format(rows)).to_arrow_reader(700),
        head=source.head,
        ending=lambda count: Ending(meta_of(count), totals),
    )


def in_memory(database: duckdb.DuckDBPyConnection, rows: int) -> Result:
    """The same rows as the engine decodes them."""
    from datetime import UTC

    def decoded(row: tuple[Any, ...]) -> tuple[Any, ...]:
        number = None if row[5] != row[5] else row[5]
        tags = None if row[9] is None else tuple(row[9])
        return (*row[:5], number, *row[6:8], row[8].replace(tzinfo=UTC), tags)

    found = database.execute(SQL.format(rows)).fetchall()
    result = result_of(COLUMNS, tuple(decoded(row) for row in found), definition={"mode": "rows"})
    return Result(**{**vars(result), "meta": meta_of(len(found))})


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("rows", [0, 1, 2_500])
def test_the_same_bytes_as_from_memory(
    database: duckdb.DuckDBPyConnection, tmp_path: Path, form: str, rows: int
) -> None:
    path = tmp_path / f"report.{form}"
    assert write_stream(streamed(database, rows), form, path) == rows
    assert path.read_bytes() == export(in_memory(database, rows), form)


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_the_same_values_in_columnar_files(
    database: duckdb.DuckDBPyConnection, tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"report.{form}"
    write_stream(streamed(database, 2_500), form, path)
    read: Callable[..., pl.DataFrame] = pl.read_parquet if form == "parquet" else pl.read_ipc
    found = read(path)
    wanted = read(io.BytesIO(export(in_memory(database, 2_500), form)))
    assert found.rows() == wanted.rows()
    assert found.schema["at"] == pl.Datetime("us", "UTC")


def test_the_same_cells_in_a_workbook(database: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write_stream(streamed(database, 1_500), "xlsx", path)
    found = openpyxl.load_workbook(path)["Report"].iter_rows(values_only=True)
    content = io.BytesIO(export(in_memory(database, 1_500), "xlsx"))
    assert list(found) == list(
        openpyxl.load_workbook(content)["Report"].iter_rows(values_only=True)
    )


def test_progress_is_told_with_each_batch(
    database: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for form in STREAMED:
        told: list[int] = []
        write_stream(streamed(database, 2_500), form, tmp_path / "x", progress=told.append)
        assert told[-1] == 2_500
        assert told == sorted(told)
        assert len(told) > 2


def failing(database: duckdb.DuckDBPyConnection) -> ResultStream:
    stream = streamed(database, 2_000)

    def batches() -> Iterator[Any]:
        yield from stream.batches
        raise TimeoutError

    return ResultStream(stream.columns, batches(), stream.head, stream.ending)


@pytest.mark.parametrize("form", STREAMED)
def test_a_failure_leaves_the_old_file_and_nothing_else(
    database: duckdb.DuckDBPyConnection, tmp_path: Path, form: str
) -> None:
    path = tmp_path / "report"
    path.write_text("the old one")
    with pytest.raises(TimeoutError):
        write_stream(failing(database), form, path)
    assert [p.name for p in tmp_path.iterdir()] == ["report"]
    assert path.read_text() == "the old one"


def test_progress_can_stop_an_export(database: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    def stop(done: int) -> None:
        if done > 1_000:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        write_stream(streamed(database, 2_500), "csv", tmp_path / "x.csv", progress=stop)
    assert not list(tmp_path.iterdir())


def test_totals_of_a_stream_come_at_the_end(tmp_path: Path) -> None:
    result = grouped_result()
    source = stream_of(result)
    stream = ResultStream(
        source.columns, source.batches, source.head, lambda _: Ending(result.meta, SUBTOTALS)
    )
    path = tmp_path / "x.xlsx"
    write_stream(stream, "xlsx", path)
    page = openpyxl.load_workbook(path)["Report"]
    found = [row[0].value for row in page.iter_rows(min_row=2)]
    assert found == ["AAA", "AAA", "BBB", None, "Total AAA", "Total BBB", "Total –", "Total"]
    assert [row[0].font.b for row in page.iter_rows(min_row=6)] == [True] * 4


@pytest.mark.parametrize("form", STREAMED)
def test_a_result_in_memory_can_be_streamed(tmp_path: Path, form: str) -> None:
    path = tmp_path / "x"
    write_stream(stream_of(hard_result()), form, path)
    assert path.read_bytes() == export(hard_result(), form)


def test_formats_that_need_the_whole_result_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pdf"):
        write_stream(stream_of(hard_result()), "pdf", tmp_path / "x.pdf")


def test_sums_of_128_bits_are_whole_numbers(
    database: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "x.json"
    write_stream(streamed(database, 3), "json", path)
    rows = json.loads(path.read_bytes(), parse_float=Decimal)["rows"]
    assert [row[3] for row in rows] == [0, 10, 20]
