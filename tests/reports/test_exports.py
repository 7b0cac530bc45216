"""Every format read back by another program, from the same result."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import polars as pl
import pytest

from reports.api import FORMATS, export, export_to
from reports.contracts import (
    Column,
    Notice,
    ReportMeta,
    Result,
    Scope,
    ScopeKind,
    SnapshotInfo,
    Total,
)
from tests.reports.conftest import Ask

COLUMNS = (
    Column("name", "Name", "text", None, "text"),
    Column("n", "Number", "integer", "students", "number"),
    Column("d", "Amount", "decimal", "EUR", "number"),
    Column("r", "Rate", "float", None, "percent"),
    Column("on", "Day", "date", None, "date"),
    Column("at", "Time", "timestamp", None, "datetime"),
    Column("ok", "Fine", "boolean", None, "boolean"),
    Column("kinds", "Kinds", "list", None, "list"),
)
FORMULA = '=HYPERLINK("http://x","click")'
ROWS = (
    (
        "देवनागरी",
        12_345,
        Decimal("0.10"),
        0.125,
        date(2014, 1, 2),
        datetime(2014, 7, 1, 12, 0, tzinfo=UTC),
        True,
        ("CMA", "TMA"),
    ),
    (
        FORMULA,
        -7,
        Decimal("12345678901234567890.12"),
        None,
        date(1066, 10, 14),
        None,
        False,
        ("a",),
    ),
    (None, None, None, None, None, None, None, None),
    (
        'tab\tquote"comma,\nline',
        2**70,
        Decimal("3.00"),
        1.0,
        date(9999, 12, 31),
        datetime(2014, 1, 1, tzinfo=UTC),
        True,
        (),
    ),
)


def make(rows: tuple[Any, ...] = ROWS, columns: tuple[Column, ...] = COLUMNS) -> Result:
    meta = ReportMeta(
        row_count=len(rows),
        total_row_count=9,
        ms=1.23,
        truncated=True,
        snapshot=SnapshotInfo("s1", datetime(2014, 3, 12, 9, 30, tzinfo=UTC), 1, "Asia/Kolkata"),
        scope=Scope(1, ScopeKind.OWN_COURSES, course_ids=(1, 2)),
        definition_digest="abc",
        warnings=(Notice("X", "Mind the gap."),),
    )
    total = Total(0, (None, 5, Decimal("1.5"), 0.5, *[None] * (len(columns) - 4)))
    return Result(columns, rows, (total,), meta, {"version": 1}, ("Only where name is “देव”.",))


def test_json_is_the_wire_form_without_what_changes_from_run_to_run() -> None:
    text = export(make(), "json")
    wire = json.loads(text, parse_float=Decimal)
    assert wire["rows"][0][:2] == ["देवनागरी", 12_345]
    assert wire["rows"][0][2] == Decimal("0.1")
    assert wire["rows"][1][2] == Decimal("12345678901234567890.12")
    assert wire["rows"][0][4:6] == ["2014-01-02", "2014-07-01T12:00:00Z"]
    assert wire["totals"][0]["level"] == 0
    assert wire["meta"]["scope"] == {"kind": "ownCourses", "courses": 2}
    assert "ms" not in wire["meta"]
    assert set(make().to_wire()["meta"]) - set(wire["meta"]) == {"ms", "cached"}


def test_csv_reads_back_and_starts_no_formula() -> None:
    rows = list(csv.reader(io.StringIO(export(make(), "csv").decode(), newline="")))
    assert rows[0] == [c.label for c in COLUMNS]
    assert rows[1] == [
        "देवनागरी",
        "12345",
        "0.10",
        "0.125",
        "2014-01-02",
        "2014-07-01T12:00:00Z",
        "true",
        "CMA; TMA",
    ]
    assert rows[2][0] == f"'{FORMULA}"
    assert rows[2][1] == "-7"
    assert rows[3] == [""] * 8
    assert rows[4][0] == 'tab\tquote"comma,\nline'
    assert len(rows) == 5
    assert export(make(), "csv", bom=True).startswith(b"\xef\xbb\xbf")


def test_parquet_reads_back_with_its_types() -> None:
    frame = pl.read_parquet(io.BytesIO(export(make(ROWS[:3]), "parquet")))
    assert frame.columns == [c.key for c in COLUMNS]
    assert frame.schema["n"] == pl.Int64
    assert frame.schema["d"] == pl.Decimal(38, 2)
    assert frame["d"].to_list() == [Decimal("0.10"), Decimal("12345678901234567890.12"), None]
    assert frame["on"].to_list()[1] == date(1066, 10, 14)
    assert frame["at"].to_list()[0] == datetime(2014, 7, 1, 12, 0, tzinfo=UTC)
    assert frame["kinds"].to_list()[0] == ["CMA", "TMA"]
    assert frame["name"].to_list() == ["देवनागरी", FORMULA, None]


@pytest.fixture
def workbook() -> Any:
    content = export(make(), "xlsx")
    assert content == export(make(), "xlsx"), "the same bytes each time"
    return openpyxl.load_workbook(io.BytesIO(content))


def test_a_workbook_reads_back(workbook: Any) -> None:
    page = workbook["Report"]
    assert page.freeze_panes == "A2"
    heads = [c.value for c in page[1]]
    assert heads == ["Name", "Number", "Amount (EUR)", "Rate", "Day", "Time", "Fine", "Kinds"]
    assert all(c.font.b for c in page[1])
    first = [c.value for c in page[2]]
    assert first[:4] == ["देवनागरी", 12_345, 0.1, 0.125]
    assert first[4] == datetime(2014, 1, 2)
    assert first[5] == datetime(2014, 7, 1, 17, 30)
    assert first[6] is True
    assert [page.cell(2, i).number_format for i in (2, 4, 5)] == ["#,##0", "0.0%", "yyyy-mm-dd"]
    formula = page.cell(3, 1)
    assert (formula.value, formula.data_type) == (FORMULA, "s")
    assert page.cell(3, 3).value == "12345678901234567890.12"
    assert page.cell(3, 5).value == "1066-10-14"
    assert [c.value for c in page[6]][:4] == ["Total", 5, 1.5, 0.5]
    assert all(page.cell(6, i).font.b for i in range(1, 5))
    about = {row[0].value: row[1].value for row in workbook["About"].iter_rows(min_row=2)}
    assert about["Filters"] == "Only where name is “देव”."
    assert about["Snapshot"] == "s1"
    assert about["Scope"] == "Own courses (2)"
    assert about["Rows"] == "4 of 9"
    assert about["Definition digest"] == "abc"
    assert about["Note"] == "Mind the gap."


def test_an_empty_result_has_heads_in_every_format() -> None:
    empty = make(rows=())
    page = openpyxl.load_workbook(io.BytesIO(export(empty, "xlsx")))["Report"]
    assert page.cell(1, 1).value == "Name"
    assert export(empty, "csv").decode().splitlines() == [",".join(c.label for c in COLUMNS)]
    assert pl.read_parquet(io.BytesIO(export(empty, "parquet"))).height == 0
    assert "Name" in export(empty, "table").decode()


def test_heads_that_repeat_are_told_apart() -> None:
    columns = (Column("a", "Rate", "float"), Column("b", "Rate", "float"), *COLUMNS[2:4])
    result = make(rows=((0.5, 0.25, Decimal(1), 0.1),), columns=columns)
    page = openpyxl.load_workbook(io.BytesIO(export(result, "xlsx")))["Report"]
    assert [c.value for c in page[1]] == ["Rate [a]", "Rate [b]", "Amount (EUR)", "Rate [r]"]


def test_the_table_is_aligned_and_says_where_it_comes_from() -> None:
    lines = export(make(), "table").decode().splitlines()
    assert "देवनागरी" in lines[2]
    assert "12.5 %" in lines[2]
    assert any(line.startswith("Total") for line in lines)
    assert any("4 of 9 rows · snapshot s1 of 2014-03-12 15:00 IST" in line for line in lines)
    assert lines[-1] == "Note: Mind the gap."
    assert not any("\t" in line for line in lines)


def test_a_terminal_is_not_steered_by_data() -> None:
    rows = (("\x1b[31mred", 1, Decimal(1), 0.1, None, None, None, None),)
    assert "\x1b" not in export(make(rows=rows), "table").decode()


def test_a_file_is_what_export_gives(tmp_path: Any, ask: Ask) -> None:
    result = ask("students", "count", by=["name"])
    for form in set(FORMATS):
        path = tmp_path / f"x.{form}"
        export_to(result, form, path)
        assert path.read_bytes() == export(result, form)
    with pytest.raises(ValueError, match="doc"):
        export(result, "doc")
