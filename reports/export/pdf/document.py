"""The PDF: the question, its chart, all rows with their totals, and where they come from.

One report, or several under headings of their own.

The page lies down for more than six columns and grows to A3 for more than fourteen. Every row
is in it, or there is no PDF: more than :data:`MAX_ROWS` rows are refused with the formats that
can hold them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Any, Final

from reports.contracts import Cell, Column, Result
from reports.errors import InternalReportError, ReportTimeout
from reports.export.about import head_texts, hidden_note, rows_text, snapshot_time_text
from reports.export.localized import localized
from reports.export.pdf.canvas import Styles
from reports.export.pdf.charts import chart_of
from reports.export.pdf.fonts import FAMILIES, font_folders, max_width
from reports.export.problems import ExportTooLong
from reports.export.show import cell_text, one_line
from reports.export.totals import HIDDEN, label_of, placed_totals
from reports.export.widened import head_of, hidden_cells, hides_any, widened, widened_totals
from reports.export.wording import ENGLISH, Wording

MAX_ROWS: Final = 20_000
MAX_CELLS: Final = 100_000
"""Some 400 pages: beyond it nobody reads on paper, and setting it takes more than a gigabyte."""

_MAX_TAGGED: Final = 30_000
"""Cells up to which screen readers get the table's structure; it makes the file tenfold."""

_SECONDS: Final = 120.0

_PORTRAIT_COLUMNS: Final = 6
_A4_COLUMNS: Final = 14
_MARGINS: Final = 2 * 14 * 72 / 25.4
_PAPER: Final = {"a4": (595.28, 841.89), "a3": (841.89, 1190.55)}
_RIGHT: Final = frozenset(("integer", "decimal", "float"))
_GAP: Final = 4.5
"""Points to the left and the right of a cell's text."""

_BREAK: Final = "\u200b"
_CLUSTER: Final = re.compile(
    # After a whole letter: not before a sign that belongs to it, nor after a joiner (virama).
    r"([^\u094d\u200d])(?=[^\u0900-\u0903\u093a-\u093c\u093e-\u094f\u0951-\u0957\u0962\u0963"
    r"\u0300-\u036f\u200c\u200d\ufe0f])"
)
_BOLD: Final = 1.1
"""The width of a text in bold, over that of the same in regular, at most."""


@dataclass(frozen=True)
class PdfPart:
    """One of the reports in a PDF, under a heading."""

    title: str
    result: Result


def to_pdf(result: Result, wording: Wording = ENGLISH) -> bytes:
    """The result as a PDF file: the same bytes each time.

    Raises :class:`~reports.export.problems.ExportTooLong` beyond :data:`MAX_ROWS` rows or
    :data:`MAX_CELLS` cells, and ReportTimeout if it takes too long to set.
    """
    result = localized(result, wording)
    words = [one_line(sentence) for sentence in result.words]
    title = words[0] if words else wording.say("report")
    head = {"title": title, "sentences": [], "footer": _footer(result, wording)}
    return _set([result], head, [part_of(result, wording) | {"sentences": words[1:]}], wording)


def to_pdf_book(
    title: str,
    sentences: Sequence[str],
    parts: Sequence[PdfPart],
    wording: Wording = ENGLISH,
    styles: Styles | None = None,
) -> bytes:
    """Several results, one after the other, each under its title; ``styles`` are for all charts.

    They are in the language already. Raises as :func:`to_pdf` does.
    """
    results = [part.result for part in parts]
    first = results[0]
    head = {
        "title": one_line(title),
        "sentences": [one_line(sentence) for sentence in sentences],
        "footer": [f"{_source(first, wording)} · {wording.say('reportCount', count=len(parts))}"],
    }
    shown = [
        part_of(part.result, wording, styles)
        | {
            "title": one_line(part.title),
            "caption": " · ".join(_counted(part.result, wording)),
        }
        for part in parts
    ]
    return _set(results, head, shown, wording)


def _set(
    results: Sequence[Result],
    head: dict[str, Any],
    parts: list[dict[str, Any]],
    wording: Wording,
) -> bytes:
    """Set the parts, those on like pages together."""
    widths = [max(len(result.columns), 1) for result in results]
    rows = [len(result.rows) for result in results]
    cells = sum(width * count for width, count in zip(widths, rows, strict=True))
    if sum(rows) > MAX_ROWS or cells > MAX_CELLS:
        maximum = min(MAX_ROWS, MAX_CELLS // max(widths))
        raise ExportTooLong(sum(rows), maximum, max(widths))
    data = head | {
        "language": wording.language,
        "noRows": wording.say("noRows"),
        "note": wording.say("note"),
        "page": wording.say("page", page="\u0001", pages="\u0002"),
        "fonts": list(FAMILIES),
        "pages": _pages(parts),
    }
    job = {
        "template": _template(),
        "fonts": font_folders(),
        "data": json.dumps(data, ensure_ascii=False),
        "timestamp": int(results[0].meta.snapshot.taken_at.timestamp()),
        "tagged": cells <= _MAX_TAGGED,
    }
    return _pressed(json.dumps(job).encode())


def _pages(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Consecutive parts that lie on pages of one size."""
    sizes = groupby(parts, key=lambda part: (part["paper"], part["landscape"]))
    return [
        {"paper": paper, "landscape": is_landscape, "parts": list(found)}
        for (paper, is_landscape), found in sizes
    ]


def _pressed(job: bytes) -> bytes:
    press = str(resources.files("reports.export.pdf") / "press.py")
    command = [sys.executable, "-P", press]
    try:
        done = subprocess.run(command, input=job, capture_output=True, timeout=_SECONDS, check=True)
    except subprocess.TimeoutExpired as error:
        raise ReportTimeout(_SECONDS) from error
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace")[-2_000:]
        raise InternalReportError(f"a PDF could not be set: {reason}") from error
    return done.stdout


@cache
def _template() -> str:
    return (resources.files("reports.export.pdf") / "template.typ").read_text(encoding="utf-8")


def part_of(
    result: Result, wording: Wording = ENGLISH, styles: Styles | None = None
) -> dict[str, Any]:
    """Return the data of one result that the template sets."""
    columns, rows = widened(result)
    paper = "a3" if len(columns) > _A4_COLUMNS else "a4"
    is_landscape = len(columns) > _PORTRAIT_COLUMNS
    width = _PAPER[paper][1 if is_landscape else 0] - _MARGINS
    chart = chart_of(result, width, wording, styles)
    heads = [one_line(text) for text in head_texts(columns)]
    lines, totals = _lines(result, columns, rows, wording)
    size = _font_size(len(columns))
    widths = _widths(heads, lines, width, size)
    rooms = [(w - 2 * _GAP) / size for w in widths]
    notes = [one_line(notice.message) for notice in result.meta.warnings]
    return {
        "title": "",
        "caption": "",
        "sentences": [one_line(sentence) for sentence in result.words],
        "notes": notes + ([hidden_note(wording)] if hides_any(result) else []),
        "paper": paper,
        "landscape": is_landscape,
        "size": size,
        "gap": _GAP,
        "chart": chart.to_wire() if chart else None,
        "heads": [_breakable(head, room / _BOLD) for head, room in zip(heads, rooms, strict=True)],
        "aligns": ["right" if column.type in _RIGHT else "left" for column in columns],
        "widths": widths,
        "single": [_is_single(line, rooms) for line in lines],
        "rows": [
            [_breakable(text, room) for text, room in zip(line, rooms, strict=True)]
            for line in lines
        ],
        "totals": totals,
    }


def _lines(
    result: Result,
    columns: tuple[Column, ...],
    rows: tuple[tuple[Cell, ...], ...],
    wording: Wording,
) -> tuple[list[list[str]], list[int]]:
    """The rows with the totals between them, and the numbers of the lines that are totals."""
    zone = result.meta.snapshot.time_zone
    hidden = set(hidden_cells(result))
    placed = list(reversed(placed_totals(result, widened_totals(result))))
    lines: list[list[str]] = []
    totals: list[int] = []
    for number in range(len(rows) + 1):
        if number:
            texts = _texts(columns, rows[number - 1], zone, wording)
            if hidden:
                texts = [HIDDEN if (number - 1, i) in hidden else t for i, t in enumerate(texts)]
            lines.append(texts)
        while placed and placed[-1].after == number:
            total = placed.pop()
            row = tuple(total.cells(len(columns)))
            texts = ["" if text == "–" else text for text in _texts(columns, row, zone, wording)]
            texts[total.label_column] = label_of(total, columns, zone, wording)
            totals.append(len(lines))
            lines.append(texts)
    return lines, totals


def _texts(
    columns: tuple[Column, ...], row: tuple[Cell, ...], zone: str, wording: Wording
) -> list[str]:
    return [
        cell_text(value, column, zone, wording) for value, column in zip(row, columns, strict=True)
    ]


def _breakable(text: str, room: float) -> str:
    """A word wider than its column may break between letters, not to run into the next.

    The marks are for the template, which breaks there without leaving anything in the text.
    """
    if _width(text) <= room:
        return text
    return " ".join(
        _CLUSTER.sub(rf"\1{_BREAK}", word) if _width(word) > room else word
        for word in text.split(" ")
    )


def _width(text: str) -> float:
    known = max_width(text)
    return 0.7 * len(text) if known is None else known


def _widths(heads: list[str], lines: list[list[str]], page: float, size: float) -> list[float]:
    """The columns' widths in points: what they need, and less for the widest if that's too much.

    A column needs room for the longest word of its head, and for what stands in 95 of 100 rows.
    """
    needs = []
    for index, head in enumerate(heads):
        found = sorted(_width(line[index]) for line in lines)
        usual = found[int(len(found) * 0.95)] if found else 0.0
        word = max(_width(word) for word in head.split(" ")) * _BOLD
        needs.append(max(usual, word, 2.0) * size + 2 * _GAP)
    widths = [min(need, _maximum(needs, page)) for need in needs]
    return [width * page / sum(widths) for width in widths]


def _maximum(needs: list[float], page: float) -> float:
    """The width above which columns are cut, so that all of them fit on the page."""
    left = page
    for done, need in enumerate(sorted(needs)):
        share = left / (len(needs) - done)
        if need > share:
            return share
        left -= need
    return max(needs)


def _is_single(line: list[str], rooms: list[float]) -> bool:
    """Return True if a line surely needs no second one: it is set without being measured."""
    needs = [max_width(text) for text in line]
    return all(need is not None and need <= room for need, room in zip(needs, rooms, strict=True))


def _font_size(columns: int) -> float:
    for maximum, size in ((6, 9.0), (9, 8.0), (14, 7.0), (18, 7.0)):
        if columns <= maximum:
            return size
    return 6.0


def _footer(result: Result, wording: Wording) -> list[str]:
    count, digest = _counted(result, wording)
    return [f"{_source(result, wording)} · {count}", digest]


def _source(result: Result, wording: Wording) -> str:
    meta = result.meta
    time = snapshot_time_text(head_of(result))
    return wording.say("source", id=meta.snapshot.id, time=time, scope=wording.scope(meta.scope))


def _counted(result: Result, wording: Wording) -> tuple[str, str]:
    """The number of rows, and the digest of the question."""
    count = wording.say("rowCount", count=rows_text(result.meta, wording))
    return count, wording.say("digest", digest=result.meta.definition_digest)
