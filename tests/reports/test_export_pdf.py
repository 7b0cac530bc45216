"""PDFs, read back by another program."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from dashboards.palette import Palette
from reports.api import export
from reports.contracts import Column, Compared, Result
from reports.errors import ReportError
from reports.export.pdf import document
from reports.export.pdf.charts import DRAWN, chart_of
from reports.export.show import cell_text
from tests.reports.export_results import GROUPED_ROWS, grouped_result, hard_result, result_of

WIDE_CELL = re.compile(r"\s+")
BARS = {"mode": "categorical", "dimensions": ["category", "course"], "chart": {"type": "bar"}}


def read(result: Result) -> PdfReader:
    return PdfReader(io.BytesIO(export(result, "pdf")))


def text_of(result: Result) -> str:
    return "\n".join(page.extract_text() for page in read(result).pages)


def squeezed(text: str) -> str:
    return WIDE_CELL.sub("", text.replace("\u200b", ""))


def test_every_latin_cell_is_in_the_text() -> None:
    result = hard_result()
    found = squeezed(text_of(result))
    for row in result.rows:
        for cell, column in zip(row, result.columns, strict=True):
            shown = squeezed(cell_text(cell, column, "Asia/Kolkata"))
            if shown.isascii():
                assert shown in found, shown


@pytest.mark.slow
def test_all_rows_are_there_and_heads_repeat() -> None:
    rows = tuple((f"C{n // 500}", f"course {n}", n, n / 3_000) for n in range(3_000))
    reader = read(grouped_result(rows=rows, totals=None))
    pages = [page.extract_text() for page in reader.pages]
    found = re.findall(r"course (\d+)", "\n".join(pages))
    assert found == [str(n) for n in range(3_000)]
    assert all("Completion rate" in page for page in pages)
    assert all(f"Page {n} of {len(pages)}" in page for n, page in enumerate(pages, start=1))
    assert all("Snapshot s-7 of 2014-03-12 15:00 IST" in page for page in pages)
    assert all("3,000 rows" in page and "5f5f5f" in page for page in pages)


def test_totals_stand_where_they_stand_in_the_workbook() -> None:
    text = text_of(grouped_result())
    order = ["AAA-2", "Total AAA", "BBB-1", "Total BBB", "X-1", "Total –"]
    places = [text.index(name) for name in order]
    assert places == sorted(places)
    assert "Enrollments by category, course." in text
    assert "Mind the gap." in text


def test_nothing_in_the_data_is_read_as_markup() -> None:
    rows = (("#panic()", "*a* $x$ #let", 1, None), ("]", "\\", 2, None))
    text = text_of(grouped_result(rows=rows, totals=None))
    assert "#panic()" in text
    assert "*a* $x$ #let" in text


def test_devanagari_is_set() -> None:
    rows = (("विज्ञान", "क्षत्रिय श्री", 1, 0.5),)
    reader = read(grouped_result(rows=rows, totals=None, words=("विषय के अनुसार",)))
    text = "".join(c for c in squeezed(reader.pages[0].extract_text()) if c.isprintable())
    assert "विषयकेअनुसार" in text
    assert "विज्ञान" in text
    assert reader.metadata is not None
    assert reader.metadata.title == "विषय के अनुसार"


def test_the_date_of_the_file_is_the_snapshots() -> None:
    metadata = read(grouped_result()).metadata
    assert metadata is not None
    assert metadata.creation_date is not None
    assert metadata.creation_date.isoformat() == "2014-03-12T09:30:00+00:00"


def test_hidden_and_compared_cells() -> None:
    earlier = (("AAA", "AAA-1", 777, 0.5), *((None,) * 4,) * 3)
    compare = Compared("previous year", earlier)
    text = text_of(grouped_result(suppressed=((1, 2),), compare=compare))
    assert "•" in text
    assert "too few people" in text
    assert "777" in text


@pytest.mark.parametrize(("columns", "width"), [(5, 595), (8, 842), (20, 1191)])
def test_the_page_suits_the_columns(columns: int, width: int) -> None:
    found = tuple(Column(f"c{n}", f"Column {n}", "text") for n in range(columns))
    rows = (tuple("A very long text without any end to it" for _ in found),)
    page = read(result_of(found, rows, definition={"mode": "rows"})).pages[0]
    assert round(page.mediabox.width) == width


def test_an_empty_result_says_so() -> None:
    assert "No rows." in text_of(grouped_result(rows=(), totals=None))


def test_too_many_rows_are_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_ROWS", 3)
    with pytest.raises(ReportError) as caught:
        export(grouped_result(), "pdf")
    assert caught.value.code == "EXPORT_TOO_LONG"
    assert "CSV" in caught.value.hint


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_a_chart_is_drawn_for_each_kind_that_can_be(kind: str) -> None:
    definition = BARS | {"chart": {"type": kind, "goal": 25}}
    columns = (
        Column("day", "Day", "date", None, "date"),
        Column("n", "Enrollments", "integer", "students", "number"),
        Column("d", "Fees", "decimal", "EUR", "number"),
    )
    rows = ((date(2014, 1, 1), 10, Decimal("1.5")), (date(2014, 1, 2), 30, None))
    result = result_of(columns, rows, definition=definition | {"dimensions": ["day"]})
    chart = chart_of(result, 500)
    assert chart is not None
    assert chart.shapes
    assert all(0 <= x <= 505 for shape in chart.shapes for x in across(shape))
    assert export(result, "pdf").startswith(b"%PDF")


def across(shape: dict[str, Any]) -> list[float]:
    return [point[0] for point in shape.get("points", [])] or [shape["at"][0]]


@pytest.mark.parametrize("kind", ["table", "heatmap", "funnel", "cohort", "treemap"])
def test_of_other_kinds_the_table_alone_is_shown(kind: str) -> None:
    assert chart_of(grouped_result(definition=BARS | {"chart": {"type": kind}}), 500) is None


def test_bars_are_as_long_as_their_values() -> None:
    rows = (
        ("A", "x", 10, None),
        ("B", "x", 20, None),
        ("C", "x", None, None),
        ("D", "x", -5, None),
    )
    chart = chart_of(grouped_result(rows=rows, totals=None, definition=BARS), 500)
    assert chart is not None
    bars = [shape["points"] for shape in chart.shapes if shape["kind"] == "area"]
    heights = [bar[2][1] - bar[0][1] for bar in bars]
    assert heights == pytest.approx([heights[0], 2 * heights[0], heights[0] / 2], abs=0.05)


def test_what_a_chart_leaves_out_is_said() -> None:
    rows = tuple((f"c{n}", f"s{s}", n, None) for n in range(3) for s in range(20))
    chart = chart_of(grouped_result(rows=rows, totals=None, definition=BARS), 500)
    assert chart is not None
    assert chart.notes == ["The chart shows 8 of 20 series; the table has all."]


def test_hidden_values_are_not_drawn() -> None:
    chart = chart_of(grouped_result(definition=BARS, suppressed=((0, 2),)), 500)
    assert chart is not None
    assert len([s for s in chart.shapes if s["kind"] == "area"]) == len(GROUPED_ROWS) - 1


def styles_in(result: Result, palette: Palette) -> list[int]:
    """The styles of the marks of a chart, each once, in their order."""
    chart = chart_of(result, 500, styles=palette.styles)
    assert chart is not None
    return list(dict.fromkeys(s["series"] for s in chart.shapes if "series" in s))


def test_a_category_has_one_style_in_all_charts() -> None:
    palette = Palette()
    both = tuple((c, s, 1, None) for c in ("x", "y") for s in ("b", "a"))
    bars = BARS | {"dimensions": ["category", "course"]}
    assert styles_in(grouped_result(rows=both, totals=None, definition=bars), palette) == [0, 1]
    columns = (Column("course", "Course", "text"), Column("n", "N", "integer", None, "number"))
    pie = {"mode": "categorical", "dimensions": ["course"], "chart": {"type": "pie"}}
    rows = (("none", 0), ("new", 1), ("a", 2), ("b", 1))
    assert styles_in(result_of(columns, rows, definition=pie), palette) == [3, 2, 1, 0]
    lines = pie | {"mode": "temporal", "time": {"field": "day", "bucket": "day"}}
    dated = (Column("day", "Day", "date", None, "date"), *columns)
    days = tuple(
        (date(2026, 1, n), name, n) for n, name in ((1, "new"), (1, "b"), (2, "b"), (2, "a"))
    )
    result = result_of(dated, days, definition=lines | {"chart": {"type": "line"}})
    assert styles_in(result, palette) == [1, 0, 2]  # by their names, as on pages


def test_a_treemap_that_is_not_drawn_takes_its_styles() -> None:
    palette = Palette()
    tree = BARS | {"chart": {"type": "treemap"}}
    assert chart_of(grouped_result(definition=tree), 500, styles=palette.styles) is None
    names = [str(row[0]) for row in GROUPED_ROWS if row[0] is not None]
    assert palette.styles(names[:1]) == [0]
    assert len(palette.known) > 1
