"""Totals, hidden cells and compared measures, in every output that shows them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import openpyxl
import polars as pl
import pytest

from reports.api import export
from reports.contracts import Compared, Result, Total
from reports.export import workbook
from tests.reports.export_results import (
    GROUPED_COLUMNS,
    GROUPED_ROWS,
    SUBTOTALS,
    grouped_result,
    result_of,
)

SORTED = [
    "AAA",
    "AAA",
    "Total AAA",
    "BBB",
    "Total BBB",
    None,
    "Total –",
    "Total",
]


def sheet(result: Result, name: str = "Report") -> Any:
    return openpyxl.load_workbook(io.BytesIO(export(result, "xlsx")))[name]


def first_cells(page: Any) -> list[Any]:
    return [row[0] for row in page.iter_rows(min_row=2, values_only=True)]


def lines_of(result: Result) -> list[str]:
    return export(result, "table").decode().splitlines()[2:]


def test_subtotals_follow_their_group_and_are_bold() -> None:
    page = sheet(grouped_result())
    assert first_cells(page) == SORTED
    bold = [row[0].font.b for row in page.iter_rows(min_row=2)]
    assert bold == [str(cell).startswith("Total") for cell in SORTED]
    assert [c.value for c in page[4]] == ["Total AAA", None, 30, pytest.approx(1 / 3)]
    assert page.cell(4, 4).number_format == "0.0%"


def test_subtotals_of_unsorted_rows_follow_all_rows() -> None:
    rows = (GROUPED_ROWS[0], GROUPED_ROWS[2], GROUPED_ROWS[1], GROUPED_ROWS[3])
    found = first_cells(sheet(grouped_result(rows=rows)))
    assert found == ["AAA", "BBB", "AAA", None, "Total AAA", "Total BBB", "Total –", "Total"]


def test_the_subtotal_of_a_group_that_was_cut_off_is_still_there() -> None:
    found = first_cells(sheet(grouped_result(rows=GROUPED_ROWS[:2])))
    assert found == ["AAA", "AAA", "Total AAA", "Total BBB", "Total –", "Total"]


def test_the_text_table_places_them_alike() -> None:
    lines = lines_of(grouped_result())
    assert [line.split("  ")[0].strip() for line in lines[:7]] == [
        cell or "–" for cell in SORTED[:7]
    ]
    assert lines[8].startswith("Total ")


def test_rows_only_where_a_program_reads() -> None:
    result = grouped_result()
    assert len(export(result, "csv").decode().splitlines()) == 5
    assert pl.read_parquet(io.BytesIO(export(result, "parquet"))).height == 4
    assert pl.read_ipc(io.BytesIO(export(result, "arrow"))).height == 4


def test_without_dimensions_the_one_row_is_the_total() -> None:
    columns = GROUPED_COLUMNS[2:]
    result = result_of(
        columns,
        ((64, 0.4),),
        (Total(0, (64, 0.4)),),
        definition={"mode": "categorical", "dimensions": []},
    )
    assert first_cells(sheet(result)) == [64]
    assert not any(line.startswith("Total") for line in lines_of(result))


def test_hidden_cells_are_marked_and_explained() -> None:
    rows = (GROUPED_ROWS[0], ("AAA", "AAA-2", None, 0.25), *GROUPED_ROWS[2:])
    totals = (Total(0, (None, None, None, 0.4), suppressed=(2,)),)
    result = grouped_result(rows=rows, totals=totals, suppressed=((1, 2),))
    page = sheet(result)
    assert [page.cell(n, 3).value for n in (2, 3, 6)] == [10, "•", "•"]
    notes = [row[1] for row in sheet(result, "About").iter_rows(values_only=True)]
    assert any("too few people" in note for note in notes)
    fields = list(csv.reader(io.StringIO(export(result, "csv").decode())))
    assert [line[2] for line in fields[1:]] == ["10", "•", "30", "4"]
    assert "•" in lines_of(result)[1]
    frame = pl.read_parquet(io.BytesIO(export(result, "parquet")))
    assert frame["n"].to_list() == [10, None, 30, 4]
    wire = json.loads(export(result, "json"))
    assert (wire["rows"][1][2], wire["suppressed"]) == (None, [[1, 2]])


def test_a_hidden_number_never_leaves_even_if_it_is_still_in_the_row() -> None:
    result = grouped_result(suppressed=((1, 2),))
    assert first_cells(sheet(result)) == SORTED
    for form in ("csv", "parquet", "arrow", "xlsx", "table"):
        content = export(result, form)
        if form in {"parquet", "arrow"}:
            read = pl.read_parquet if form == "parquet" else pl.read_ipc
            assert read(io.BytesIO(content))["n"].to_list()[1] is None
        elif form == "xlsx":
            assert sheet(result).cell(3, 3).value == "•"
        else:
            assert b"AAA-2" in content
            assert b"20" not in content.split(b"AAA-2")[1].split(b"\n")[0]


def test_compared_measures_stand_after_all_measures() -> None:
    earlier = (("AAA", "AAA-1", 8, 0.5), ("AAA", "AAA-2", 0, None), *((None,) * 4,) * 2)
    result = grouped_result(compare=Compared("previous year", earlier))
    heads = ["Category", "Course", "Enrollments", "Completion rate"]
    heads += ["Enrollments (previous year)", "Completion rate (previous year)"]
    lines = list(csv.reader(io.StringIO(export(result, "csv").decode())))
    assert lines[0] == heads
    assert [line[4:] for line in lines[1:]] == [["8", "0.5"], ["0", ""], ["", ""], ["", ""]]
    page = sheet(result)
    assert [c.value for c in page[1]] == heads
    assert [c.value for c in page[2]] == ["AAA", "AAA-1", 10, 0.5, 8, 0.5]
    assert page.cell(2, 6).number_format == "0.0%"
    frame = pl.read_ipc(io.BytesIO(export(result, "arrow")))
    assert frame["n (previous year)"].to_list() == [8, 0, None, None]
    assert "Enrollments (previous year)" in export(result, "table").decode()
    assert json.loads(export(result, "json"))["compare"]["label"] == "previous year"


def test_what_a_sheet_cannot_hold_continues_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 4)
    book = openpyxl.load_workbook(io.BytesIO(export(grouped_result(), "xlsx")))
    assert book.sheetnames == ["Report", "Report (2)", "Report (3)", "About"]
    found = [cell for name in book.sheetnames[:3] for cell in first_cells(book[name])]
    assert found == SORTED
    assert all(book[name].cell(1, 1).value == "Category" for name in book.sheetnames[:3])
    assert all(book[name].max_row <= 4 for name in book.sheetnames[:3])


def test_a_text_too_long_for_a_cell_is_cut_and_that_is_said() -> None:
    rows = (("x" * 40_000, "😀" * 20_000, 1, None),)
    result = grouped_result(rows=rows, totals=None)
    values = [cell.value for cell in sheet(result)[2]]
    assert len(values[0]) == 32_767
    assert values[0].endswith("…")
    assert len(values[1].encode("utf-16-le")) // 2 <= 32_767
    notes = [row[1] for row in sheet(result, "About").iter_rows(values_only=True)]
    assert any("2 texts are longer" in note for note in notes)
    assert "x" * 40_000 in export(result, "csv").decode()


def test_totals_of_three_levels() -> None:
    rows = (("A", "B", 1, None), ("A", "C", 2, None))
    totals = (*SUBTOTALS[:1], Total(2, ("A", "B", 1, None)), Total(1, ("A", None, 3, None)))
    columns = (*GROUPED_COLUMNS[:2], *GROUPED_COLUMNS[2:])
    definition = {"mode": "categorical", "dimensions": ["a", "b"]}
    page = sheet(result_of(columns, rows, totals, definition=definition))
    found = [row[:2] for row in page.iter_rows(min_row=2, values_only=True)]
    assert found == [
        ("A", "B"),
        ("A", "Total B"),
        ("A", "C"),
        ("Total A", None),
        ("Total", None),
    ]
