"""The same numbers everywhere: each format is read back by a program that isn't ours."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import ipc

from reports.api import FORMATS, export
from reports.contracts import Column, Result
from tests.reports.export_results import HARD_COLUMNS, hard_result, result_of

ZONE = ZoneInfo("Asia/Kolkata")
GUARDED = re.compile(r"^'('*[=+\-@\t\r\n＝＋－＠])")
CODED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def from_csv(text: str, column: Column) -> Any:
    """Return a reader's value of a field; the csv module takes an empty text for none."""
    if not text:
        return None
    readers: dict[str, Any] = {
        "text": lambda t: GUARDED.sub(r"\1", t),
        "integer": int,
        "decimal": Decimal,
        "float": float,
        "boolean": {"true": True, "false": False}.__getitem__,
        "date": date.fromisoformat,
        "timestamp": datetime.fromisoformat,
        "list": lambda t: tuple(GUARDED.sub(r"\1", t).split("; ")),
    }
    return readers[column.type](text)


def check_csv(result: Result) -> None:
    text = export(result, "csv").decode()
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert lines[0] == [c.label for c in result.columns]
    assert len(lines) == len(result.rows) + 1
    for line, row in zip(lines[1:], result.rows, strict=True):
        for field, cell, column in zip(line, row, result.columns, strict=True):
            wanted = None if cell in {"", ()} else cell
            assert from_csv(field, column) == wanted, (field, cell)


def from_cell(value: Any, column: Column) -> Any:
    """Return the value of a workbook's cell: long numbers and old dates are text in it."""
    if value is None or value == "":
        return None
    readers: dict[str, Any] = {
        "text": lambda v: CODED.sub(lambda m: chr(int(m[1], 16)), v),
        "list": lambda v: tuple(v.split(", ")),
        "integer": int,
        "decimal": lambda v: Decimal(v if isinstance(v, str) else repr(v)),
        "date": lambda v: date.fromisoformat(v) if isinstance(v, str) else v.date(),
        "timestamp": lambda v: (
            (datetime.fromisoformat(v) if isinstance(v, str) else v)
            .replace(tzinfo=ZONE)
            .astimezone(UTC)
        ),
    }
    return readers[column.type](value) if column.type in readers else value


def check_xlsx(result: Result) -> None:
    book = openpyxl.load_workbook(io.BytesIO(export(result, "xlsx")))
    lines = list(
        book["Report"].iter_rows(
            min_row=2,
            max_row=len(result.rows) + 1,
            max_col=len(result.columns),
            values_only=True,
        )
    )
    for line, row in zip(lines, result.rows, strict=True):
        for value, cell, column in zip(line, row, result.columns, strict=True):
            found = from_cell(value, column)
            wanted = None if cell in {"", ()} else cell
            if isinstance(wanted, datetime):
                assert abs(found - wanted) < timedelta(milliseconds=1), (value, cell)
            elif isinstance(wanted, float):
                assert found == pytest.approx(wanted, rel=1e-15), (value, cell)
            else:
                assert found == wanted, (value, cell)


def check_table(table: pa.Table, result: Result) -> None:
    assert table.column_names == [c.key for c in result.columns]
    for index, column in enumerate(result.columns):
        cells = [row[index] for row in result.rows]
        found = table.column(index).to_pylist()
        if column.type == "list":
            found = [None if v is None else tuple(v) for v in found]
        assert found == cells, column.key


def check_columnar(result: Result) -> None:
    parquet, arrow = export(result, "parquet"), export(result, "arrow")
    check_table(pq.read_table(io.BytesIO(parquet)), result)
    check_table(ipc.open_file(io.BytesIO(arrow)).read_all(), result)
    frames = pl.read_parquet(io.BytesIO(parquet)), pl.read_ipc(io.BytesIO(arrow))
    for frame in frames:
        for index, column in enumerate(result.columns):
            if column.type in {"text", "integer", "decimal", "date", "boolean"}:
                assert frame[column.key].to_list() == [row[index] for row in result.rows]


def check_json(result: Result) -> None:
    wire = json.loads(export(result, "json"), parse_float=Decimal)
    for line, row in zip(wire["rows"], result.rows, strict=True):
        for value, cell in zip(line, row, strict=True):
            if isinstance(cell, datetime):
                assert datetime.fromisoformat(value) == cell
            elif isinstance(cell, date):
                assert date.fromisoformat(value) == cell
            elif isinstance(cell, tuple):
                assert tuple(value) == cell
            elif isinstance(cell, float):
                assert float(value) == cell
            else:
                assert value == cell


CHECKS = (check_csv, check_xlsx, check_columnar, check_json)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_cell_comes_back_as_it_was(check: Any) -> None:
    check(hard_result())


def cells_of(column: Column) -> st.SearchStrategy[Any]:
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)).map(
        lambda m: m.replace(tzinfo=UTC)
    )
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "text": texts,
        "integer": st.integers(-(10**37), 10**37),
        "decimal": st.decimals(-(10**30), 10**30, places=3),
        "float": st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
        "date": st.dates(),
        "timestamp": moments,
        "list": st.lists(st.sampled_from(["TMA", "CMA", "परीक्षा"]), max_size=3).map(tuple),
    }
    return st.none() | kinds[column.type]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*map(cells_of, HARD_COLUMNS)), max_size=8))
def test_any_cells_come_back_as_they_were(rows: list[tuple[Any, ...]]) -> None:
    result = result_of(HARD_COLUMNS, tuple(rows), definition={"mode": "rows"})
    for check in CHECKS:
        check(result)


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_result_has_the_same_bytes(form: str) -> None:
    assert export(hard_result(), form) == export(hard_result(), form)


def test_negative_numbers_stay_numbers_and_texts_start_no_formula() -> None:
    line = export(hard_result(), "csv").decode()
    assert ",-1," in line
    assert "'-5" in line
    assert '"\'=HYPERLINK(""http://x"",""click"")"' in line
    assert "''=1+1" in line, "an apostrophe that was there can be told from the guard"


def test_an_empty_text_is_told_from_none() -> None:
    columns = (Column("a", "A", "text"), Column("b", "B", "text"))
    result = result_of(columns, (("", None),), definition={"mode": "rows"})
    assert export(result, "csv").decode() == 'A,B\r\n"",\r\n'


def test_not_a_number_and_infinity_are_no_values() -> None:
    columns = (Column("f", "F", "float"),)
    rows = ((float("nan"),), (float("inf"),), (1.5,))
    result = result_of(columns, rows, definition={"mode": "rows"})
    assert export(result, "csv") == b"F\r\n\r\n\r\n1.5\r\n"
    table = pq.read_table(io.BytesIO(export(result, "parquet")))
    assert table.column(0).to_pylist() == [None, None, 1.5]


def test_a_wall_clock_has_no_zone() -> None:
    columns = (Column("time", "Hour", "timestamp", None, "datetime"),)
    result = result_of(columns, ((datetime(2014, 1, 1, 10),),), definition={"mode": "temporal"})
    assert export(result, "csv") == b"Hour\r\n2014-01-01T10:00:00\r\n"
    page = openpyxl.load_workbook(io.BytesIO(export(result, "xlsx")))["Report"]
    assert page.cell(2, 1).value == datetime(2014, 1, 1, 10)


def test_the_workbook_names_the_digest_of_the_same_rows_as_csv() -> None:
    result = hard_result()
    book = openpyxl.load_workbook(io.BytesIO(export(result, "xlsx")))
    about = {row[0]: row[1] for row in book["About"].iter_rows(min_row=2, values_only=True)}
    digest = hashlib.sha256(export(result, "csv")).hexdigest()
    assert about["SHA-256 of the rows as CSV"] == digest


def test_columnar_files_name_their_source() -> None:
    result = hard_result()
    schema = ipc.open_file(io.BytesIO(export(result, "arrow"))).schema
    other = pq.read_schema(io.BytesIO(export(result, "parquet")))
    assert (other.names, other.metadata) == (schema.names, schema.metadata)
    assert json.loads(schema.metadata[b"snapshot"])["id"] == "s-7"
    assert json.loads(schema.metadata[b"scope"]) == {"kind": "institution"}
    assert schema.metadata[b"definitionDigest"].decode() == "5f" * 32
    assert schema.field("text").metadata[b"label"].decode() == "पाठ"
