"""Several files of one answer: the engine is asked once, and each file is what it is alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from pypdf import PdfReader

from reports import api
from reports.api import Book, EmptyPart, Export, Part, SqlLimits, SqlRequest, sql_part
from reports.contracts import SnapshotRef
from reports.engine.engine import Engine
from tests.reports.conftest import EVERYTHING
from tests.reports.test_export_book import BY_COURSE, LIST, request

NOBODY = LIST | {"filters": [{"field": "clicks", "op": "lt", "value": -1}]}
STREAMED = ("csv", "json", "xlsx", "parquet", "arrow")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that reach the engine."""
    found: list[str] = []
    run, listing = Engine.run, Engine.listing

    def counted_run(self: Engine, *args: Any) -> Any:
        found.append("run")
        return run(self, *args)

    def counted_listing(self: Engine, *args: Any) -> Any:
        found.append("listing")
        return listing(self, *args)

    monkeypatch.setattr(Engine, "run", counted_run)
    monkeypatch.setattr(Engine, "listing", counted_listing)
    return found


def same(form: str, one: Path, other: Path) -> bool:
    if form == "parquet":
        return bool(pl.read_parquet(one).equals(pl.read_parquet(other)))
    return one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("definition", [BY_COURSE, LIST, NOBODY])
@pytest.mark.parametrize("forms", [STREAMED, ("pdf", "csv")])
def test_each_file_is_what_it_is_alone(
    school: SnapshotRef,
    tmp_path: Path,
    asked: list[str],
    definition: dict[str, Any],
    forms: tuple[str, ...],
) -> None:
    seen: list[int] = []
    files = [(tmp_path / form, Export(form, progress=seen.append)) for form in forms]
    meta = api.export_files(request(school, definition), files)
    assert len(asked) == 1
    for form, (path, _wanted) in zip(forms, files, strict=True):
        alone = tmp_path / f"alone.{form}"
        assert api.export_report(request(school, definition), alone, Export(form)).row_count == (
            meta.row_count
        )
        assert same(form, path, alone), form
    assert {path.name for path in tmp_path.iterdir()} == {
        *forms, *(f"alone.{form}" for form in forms)
    }  # fmt: skip


def test_a_book_in_two_forms_asks_each_report_once(
    school: SnapshotRef, tmp_path: Path, asked: list[str]
) -> None:
    book = Book(
        "Both", (Part("One", request(school, BY_COURSE)), Part("Two", request(school, LIST)))
    )
    files = [(tmp_path / form, Export(form)) for form in ("xlsx", "pdf")]
    facts = api.export_books([(book, path, one) for path, one in files])
    assert asked == ["run", "run"]
    for path, wanted in files:
        alone = tmp_path / "alone"
        assert api.export_book(book, alone, wanted) == facts
        assert path.read_bytes() == alone.read_bytes()


def sql(school: SnapshotRef, text: str, seconds: float = 30.0) -> SqlRequest:
    return SqlRequest(text, EVERYTHING, school, masks=False, limits=SqlLimits.for_file(seconds))


def test_statements_and_empty_places_stand_among_reports(
    school: SnapshotRef, tmp_path: Path
) -> None:
    text = "SELECT DATE '2026-11-30' AS day, 1.50 AS price, ['a', 'b'] AS words, NULL AS gone"
    book = Book(
        "Mixed",
        (
            sql_part("Statement", sql(school, text)),
            sql_part("Wrong", sql(school, "SELECT nothing FROM nowhere")),
            EmptyPart("Closed", "Not for your role."),
        ),
        data=request(school, {}),
    )
    files = [(tmp_path / f"b.{form}", Export(form)) for form in ("xlsx", "pdf")]
    api.export_books([(book, path, one) for path, one in files])
    sheets = openpyxl.load_workbook(tmp_path / "b.xlsx")
    assert sheets.sheetnames[:3] == ["Statement", "Wrong", "Closed"]
    head, row = sheets["Statement"].iter_rows(values_only=True)
    assert head == ("day", "price", "words", "gone")
    assert (row[0].date().isoformat(), float(row[1]), row[3]) == ("2026-11-30", 1.5, None)
    assert "nowhere" in str(sheets["Wrong"]["A2"].value)
    assert sheets["Closed"]["A2"].value == "Not for your role."
    printed = "".join(page.extract_text() for page in PdfReader(tmp_path / "b.pdf").pages)
    assert all(one in printed for one in ("Statement", "2026-11-30", "1.50", "Not for your role."))


def test_a_statement_that_takes_too_long_stops_no_other(
    school: SnapshotRef, tmp_path: Path
) -> None:
    slow = "SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range + b.range = 7"
    parts = (Part("One", request(school, BY_COURSE)), sql_part("Slow", sql(school, slow, 0.5)))
    path = tmp_path / "b.xlsx"
    api.export_book(Book("Mixed", parts), path, Export("xlsx"))
    sheets = openpyxl.load_workbook(path)
    assert str(sheets["Slow"]["A2"].value).startswith("The report was stopped")
