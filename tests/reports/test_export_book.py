"""Several reports in one file: each cell is the engine's, and one that fails stops no other."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from reports.api import Book, Cancellation, Export, Part, export_book
from reports.contracts import Limits, Result, SnapshotRef
from reports.engine.engine import Engine
from reports.errors import ReportCancelled, ReportError
from reports.export.formats import ExportFormat
from reports.export.pdf import PdfPart, to_pdf_book
from reports.export.pdf import document as pdf_document
from reports.export.sheet_names import SheetNames
from reports.export.show import cell_text
from reports.export.sizes import MAX_SHEETS, max_rows, rows_of_export
from reports.requests import ReportRequest
from tests.reports.conftest import EVERYTHING
from tests.reports.export_results import grouped_result, hard_result

BY_COURSE: dict[str, Any] = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": ["enrollments.count", {"key": "pct", "field": "progressPct", "agg": "avg"}],
    "totals": "grand",
    "chart": {"type": "bar"},
}
LIST: dict[str, Any] = {
    "version": 1,
    "entity": "activity",
    "mode": "rows",
    "columns": ["student.name", "occurredOn", "clicks"],
}
WRONG: dict[str, Any] = BY_COURSE | {"dimensions": ["course.colour"]}


def request(
    school: SnapshotRef, definition: dict[str, Any], limits: Limits | None = None
) -> ReportRequest:
    return ReportRequest(definition, EVERYTHING, school, limits)


def book_of(school: SnapshotRef, *parts: tuple[str, dict[str, Any]], **rest: Any) -> Book:
    found = tuple(Part(title, request(school, definition)) for title, definition in parts)
    return Book("The school", found, **rest)


def write(book: Book, path: Path, form: str, **rest: Any) -> int:
    return export_book(book, path, Export(form, **rest)).rows


def values(sheet: Any) -> list[tuple[Any, ...]]:
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]


def test_each_sheet_is_the_answer_cell_by_cell(
    engine: Engine, school: SnapshotRef, tmp_path: Path
) -> None:
    book = book_of(school, ("Courses", BY_COURSE), ("Clicks", LIST), notes=("Term: 2013J",))
    path = tmp_path / "book.xlsx"
    seen: list[int] = []
    rows = write(book, path, "xlsx", progress=seen.append)
    sheets = openpyxl.load_workbook(path)
    assert sheets.sheetnames == ["Courses", "Clicks", "About"]
    answer, listed = (engine.run(request(school, d)) for d in (BY_COURSE, LIST))
    found = values(sheets["Courses"])
    assert found[1 : len(answer.rows) + 1] == plain(answer)
    assert found[-1][0] == "Total"
    assert [(n, on.date(), c) for n, on, c in values(sheets["Clicks"])[1:]] == list(listed.rows)
    about = dict(values(sheets["About"]))
    assert about["Dashboard"] == "The school"
    assert about["Filters"] == "None"  # of the last tile; the dashboard's stand before them
    assert ("Filters", "Term: 2013J") in values(sheets["About"])
    assert [v for k, v in values(sheets["About"]) if k == "Sheet"] == ["Courses", "Clicks"]
    assert {v for k, v in values(sheets["About"]) if k == "Snapshot"} == {"s1"}
    assert rows == len(answer.rows) + len(listed.rows)
    assert seen == sorted(seen)
    assert seen[-1] == rows


def plain(answer: Result) -> list[tuple[Any, ...]]:
    """Decimals as a spreadsheet has them."""
    return [tuple(float(v) if isinstance(v, Decimal) else v for v in row) for row in answer.rows]


def test_the_same_book_has_the_same_bytes(school: SnapshotRef, tmp_path: Path) -> None:
    for form in ("xlsx", "pdf"):
        bodies = []
        for name in ("a", "b"):
            write(book_of(school, ("One", BY_COURSE), ("Two", LIST)), tmp_path / name, form)
            bodies.append((tmp_path / name).read_bytes())
        assert bodies[0] == bodies[1]


def test_one_that_cannot_be_answered_says_so_in_its_place(
    school: SnapshotRef, tmp_path: Path
) -> None:
    book = book_of(school, ("Wrong", WRONG), ("Right", BY_COURSE))
    write(book, tmp_path / "x.xlsx", "xlsx")
    sheets = openpyxl.load_workbook(tmp_path / "x.xlsx")
    head, (text,) = values(sheets["Wrong"])
    assert head == ("Not available",)
    assert "course.colour" in text
    assert len(values(sheets["Right"])) > 2
    write(book, tmp_path / "x.pdf", "pdf")
    pages = PdfReader(tmp_path / "x.pdf").pages
    whole = "\n".join(page.extract_text() for page in pages)
    assert "course.colour" in whole.replace("\n", " ")
    assert "MATH" in whole


def test_labels_of_a_tile_head_its_columns(school: SnapshotRef, tmp_path: Path) -> None:
    part = Part("One", request(school, BY_COURSE), {"pct": "प्रगति"})
    for form in ("xlsx", "pdf"):
        write(Book("B", (part,)), tmp_path / f"x.{form}", form)
    heads = values(openpyxl.load_workbook(tmp_path / "x.xlsx")["One"])[0]
    assert heads[2].startswith("प्रगति")


def test_titles_that_no_sheet_may_have(school: SnapshotRef, tmp_path: Path) -> None:
    titles = [
        "",
        "a/b[c]:*?\\",
        "x" * 60,
        "X" * 60,
        "history",
        "About",
        "'quoted'",
        "=1+1",
        "क" * 40,
    ]
    book = book_of(school, *((title, BY_COURSE) for title in titles))
    write(book, tmp_path / "x.xlsx", "xlsx")
    names = openpyxl.load_workbook(tmp_path / "x.xlsx").sheetnames
    assert len(names) == len(titles) + 1
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert not name.startswith("'")
        assert name.casefold() != "history"
    assert names[3] == "X" * 27 + " (2)"


def test_names_are_numbered_for_ever() -> None:
    free = SheetNames()
    names = [free.name_of("y" * 31) for _ in range(120)]
    assert len(set(names)) == 120
    assert max(map(len, names)) == 31
    assert free.name_of("😀" * 20) == "😀" * 15


def test_a_pdf_of_several_paginates_each_table() -> None:
    rows = tuple((f"C{n // 50}", f"course {n}", n, n / 300) for n in range(300))
    parts = [
        PdfPart("The long one", grouped_result(rows=rows, totals=None)),
        PdfPart("कठिन", hard_result()),
    ]
    reader = PdfReader(io.BytesIO(to_pdf_book("Board", ["Term: 2013J"], parts)))
    pages = [page.extract_text() for page in reader.pages]
    assert re.findall(r"course (\d+)", "\n".join(pages)) == [str(n) for n in range(300)]
    assert "Board" in pages[0]
    assert "Term: 2013J" in pages[0]
    assert "The long one" in pages[0]
    assert all("Snapshot s-7 of 2014-03-12 15:00 IST" in page for page in pages)
    assert all(f"Page {n} of {len(pages)}" in page for n, page in enumerate(pages, start=1))
    # Nine columns lie down, after upright pages.
    first, last = reader.pages[0].mediabox, reader.pages[-1].mediabox
    assert (first.width < first.height, last.width > last.height) == (True, True)
    shown = "".join(pages[-1].split())
    for row in parts[1].result.rows:
        for cell, column in zip(row, parts[1].result.columns, strict=True):
            text = "".join(cell_text(cell, column, "Asia/Kolkata").split())
            assert not text.isascii() or text in shown.replace("\u200b", "")


def test_all_parts_together_have_to_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_document, "MAX_ROWS", 7)
    one = PdfPart("One", grouped_result())
    assert to_pdf_book("B", [], [one]).startswith(b"%PDF")
    with pytest.raises(ReportError) as caught:
        to_pdf_book("B", [], [one, one])
    assert caught.value.code == "EXPORT_TOO_LONG"


def test_what_stops_all_leaves_no_file(school: SnapshotRef, tmp_path: Path) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    limits = Limits(rows=None, cancellation=cancellation)
    part = Part("One", request(school, LIST, limits))
    for form in ("xlsx", "pdf"):
        with pytest.raises(ReportCancelled):
            write(Book("B", (part,)), tmp_path / "x", form)
    assert list(tmp_path.iterdir()) == []


def test_a_table_alone_holds_no_book(school: SnapshotRef, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="csv"):
        write(book_of(school, ("One", BY_COURSE)), tmp_path / "x", "csv")


def test_rows_are_known_before_the_work(
    engine: Engine, school: SnapshotRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = engine.prepare(request(school, LIST))
    grouped = engine.prepare(request(school, BY_COURSE))
    assert rows_of_export(engine, listed, ExportFormat.CSV) == 5
    assert (
        rows_of_export(
            engine, engine.prepare(request(school, LIST | {"limit": 2})), ExportFormat.CSV
        )
        == 2
    )
    assert rows_of_export(engine, grouped, ExportFormat.XLSX) is None
    assert rows_of_export(engine, grouped, ExportFormat.PDF) == 2
    assert max_rows(ExportFormat.PDF, 10) == 10_000
    assert max_rows(ExportFormat.XLSX, 3) == MAX_SHEETS * 1_048_575
    assert max_rows(ExportFormat.PARQUET, 3) is None
    monkeypatch.setattr(pdf_document, "MAX_ROWS", 1)
    for prepared in (listed, grouped):
        with pytest.raises(ReportError) as caught:
            rows_of_export(engine, prepared, ExportFormat.PDF)
        assert caught.value.code == "EXPORT_TOO_LONG"
        assert "CSV or Parquet" in caught.value.hint


def test_all_charts_of_a_book_share_their_styles(school: SnapshotRef, tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def styles(names: Sequence[str]) -> list[int]:
        seen.append(list(names))
        return [7 - number for number in range(len(names))]

    pie = BY_COURSE | {"measures": ["enrollments.count"], "chart": {"type": "pie"}}
    parts = tuple(Part(title, request(school, pie)) for title in ("One", "Two"))
    export_book(Book("Board", parts, styles=styles), tmp_path / "b.pdf", Export("pdf"))
    assert len(seen) == 2
    assert seen[0] == seen[1] != []
