"""Workbooks and PDFs in a reader's language; files of data are the same for all."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from reports import api
from reports.api import Book, EmptyPart, Export, Part, Wording
from reports.contracts import Column, SnapshotRef
from tests.reports.test_export_book import BY_COURSE, LIST, request
from tests.reports.test_export_once import asked

__all__ = ["asked"]


def shouted(text: str) -> str:
    """A language that everybody can read: names in braces stay as they are."""
    parts = text.split("{")
    rest = [
        f"{{{name}}}{after.upper()}" for name, _, after in (p.partition("}") for p in parts[1:])
    ]
    return parts[0].upper() + "".join(rest)


def label(column: Column, _definition: Mapping[str, Any]) -> Column:
    return replace(column, label=shouted(column.label))


LOUD = Wording("en", shouted, shouted, label)
COMPARED = BY_COURSE | {
    "filters": [{"field": "enrolledOn", "op": "inLast", "value": {"n": 12, "unit": "month"}}],
    "compare": {"to": "previousYear"},
    "totals": "grand",
}


def rows_of(path: Path, sheet: str) -> list[tuple[Any, ...]]:
    return list(
        openpyxl.load_workbook(io.BytesIO(path.read_bytes()))[sheet].iter_rows(values_only=True)
    )


def printed(path: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


@pytest.mark.parametrize("definition", [LIST, BY_COURSE, COMPARED])
def test_one_answer_in_two_languages(
    school: SnapshotRef, tmp_path: Path, asked: list[str], definition: dict[str, Any]
) -> None:
    files = [
        (tmp_path / f"{name}.xlsx", Export("xlsx", wording=wording))
        for name, wording in (("plain", Wording()), ("loud", LOUD))
    ]
    api.export_files(request(school, definition), files)
    assert len(asked) == 1
    plain, loud = rows_of(files[0][0], "Report"), rows_of(files[1][0], "REPORT")
    assert loud[0] == tuple(str(head).upper() for head in plain[0])
    assert loud[1] == plain[1]
    about = dict(rows_of(files[1][0], "ABOUT"))
    assert about["SCOPE"] == "WHOLE INSTITUTION"
    assert "QUESTION" in about
    digests = {"SHA-256 of the rows as CSV", "SHA-256 OF THE ROWS AS CSV"}
    found = [
        {value for name, value in rows_of(path, sheet) if name in digests}
        for (path, _), sheet in zip(files, ("About", "ABOUT"), strict=True)
    ]
    assert found[0] == found[1]  # both compare with the one CSV file
    if definition is COMPARED:
        assert "(PREVIOUS YEAR)" in str(loud[0][-1])
        assert loud[-1][0] == "TOTAL"
        assert str(about["FILTERS"]).startswith("ONLY WHERE ")


def test_a_pdf_speaks_the_language(school: SnapshotRef, tmp_path: Path) -> None:
    api.export_report(
        request(school, COMPARED | {"chart": {"type": "bar", "goal": 1}}),
        tmp_path / "f.pdf",
        Export("pdf", wording=LOUD),
    )
    text = printed(tmp_path / "f.pdf")
    for one in ("PAGE 1 OF 1", "SCOPE: WHOLE INSTITUTION", "ROWS", "TOTAL", "GOAL 1", "SNAPSHOT"):
        assert one in text
    for one in ("Page", "Goal", "Total", "Snapshot", "rows"):
        assert one not in text


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "arrow"])
def test_data_has_no_language(school: SnapshotRef, tmp_path: Path, form: str) -> None:
    for name, wording in (("plain", Wording()), ("loud", LOUD)):
        wanted = Export(form, wording=wording)
        api.export_report(request(school, BY_COURSE), tmp_path / name, wanted)
    assert (tmp_path / "plain").read_bytes() == (tmp_path / "loud").read_bytes()


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
def test_a_book_in_two_languages_asks_each_report_once(
    school: SnapshotRef, tmp_path: Path, asked: list[str], form: str
) -> None:
    wrong = BY_COURSE | {"measures": ["nothing"]}
    files = []
    for name, wording in (("plain", Wording()), ("loud", LOUD)):
        title = (str, shouted)[name == "loud"]
        parts = (
            Part(title("Courses"), request(school, BY_COURSE), {"enrollments.count": title("Own")}),
            Part(title("Wrong"), request(school, wrong)),
            EmptyPart(title("Closed"), title("Not for you.")),
        )
        book = Book(title("Board"), parts, (title("Term: now"),))
        files.append((book, tmp_path / name, Export(form, wording=wording)))
    api.export_books(files)
    assert asked == ["run"]
    if form == "pdf":
        text = printed(tmp_path / "loud")
        assert all(t in text for t in ("BOARD", "NOT FOR YOU.", "NOT AVAILABLE", "3 REPORTS"))
        return
    for book, path, wanted in files:
        api.export_book(book, tmp_path / "alone", wanted)
        assert path.read_bytes() == (tmp_path / "alone").read_bytes()
    loud = files[1][1]
    assert "OWN" in rows_of(loud, "COURSES")[0]
    assert rows_of(loud, "WRONG")[0] == ("NOT AVAILABLE",)
    assert str(rows_of(loud, "WRONG")[1][0]).isupper()
    assert rows_of(loud, "CLOSED")[1] == ("NOT FOR YOU.",)
    assert ("DASHBOARD", "BOARD") in rows_of(loud, "ABOUT")
