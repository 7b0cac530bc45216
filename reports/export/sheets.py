"""Writing worksheets: one small interface, two libraries behind it.

The faster one has a single maintainer; where it isn't installed, XlsxWriter does the same.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

try:
    import rustpy_xlsxwriter as rust
except ImportError:
    rust = None  # type: ignore[assignment]  # the fallback is chosen where it is None

_CORE = "docProps/core.xml"
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Sheet:
    """A worksheet: heads must differ; ``formats`` are number formats, one for each column."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    formats: tuple[str, ...]
    widths: tuple[float, ...]


Writer = Callable[[Sequence[Sheet], datetime], bytes]


def write_workbook(sheets: Sequence[Sheet], *, created: datetime) -> bytes:
    """The sheets as a workbook with frozen, bold heads; ``created`` is its date."""
    writer: Writer = with_xlsxwriter if rust is None else with_rust
    return writer(sheets, created.astimezone(UTC))


def with_rust(sheets: Sequence[Sheet], created: datetime) -> bytes:
    """By rustpy-xlsxwriter."""
    out = io.BytesIO()
    full = [sheet for sheet in sheets if sheet.rows]
    empty = [sheet for sheet in sheets if not sheet.rows]
    if empty:  # it takes the heads from the first row, so a sheet without rows has none
        return with_xlsxwriter(sheets, created)
    rust.write_worksheets(
        [(s.name, [dict(zip(s.heads, row, strict=True)) for row in s.rows]) for s in full],
        out,
        freeze_panes={s.name: {"row": 1, "col": 0} for s in full},
        column_formats={
            s.name: [rust.Format().set_num_format(text) for text in s.formats] for s in full
        },
        column_widths={s.name: list(s.widths) for s in full},
        header_format={s.name: rust.Format().set_bold() for s in full},
    )
    return _dated(out, created)


def _dated(out: io.BytesIO, created: datetime) -> bytes:
    """The workbook with its date of creation set: the library writes the time of day there.

    The part with the date lies near the end, so only the end is written anew.
    """
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        start = archive.getinfo(_CORE).header_offset
        tail = [i for i in archive.infolist() if i.header_offset >= start]
        contents = [(info.filename, archive.read(info)) for info in tail]
        for info in tail:
            archive.filelist.remove(info)
            del archive.NameToInfo[info.filename]
        archive.start_dir = start
        for name, content in contents:
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _core(created) if name == _CORE else content)
    return out.getvalue()


def _core(created: datetime) -> str:
    stamp = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    base = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<cp:coreProperties xmlns:cp="{base}" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{stamp}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{stamp}</dcterms:modified>'
        "</cp:coreProperties>"
    )


def with_xlsxwriter(sheets: Sequence[Sheet], created: datetime) -> bytes:
    """By XlsxWriter."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": created.replace(tzinfo=None)})
    bold = book.add_format({"bold": True})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        for index, (head, width) in enumerate(zip(sheet.heads, sheet.widths, strict=True)):
            page.write_string(0, index, head, bold)
            page.set_column(index, index, width)
        formats = [book.add_format({"num_format": text}) for text in sheet.formats]
        for number, row in enumerate(sheet.rows, start=1):
            for index, value in enumerate(row):
                _write(page, (number, index), value, formats[index])
    book.close()
    return out.getvalue()


def _write(page: Worksheet, place: tuple[int, int], value: object, form: Format) -> None:
    if value is None:
        return
    if isinstance(value, str):
        page.write_string(*place, value, form)
    elif isinstance(value, bool):
        page.write_boolean(*place, value, form)
    elif isinstance(value, date):
        page.write_datetime(*place, value, form)
    else:
        page.write_number(*place, value, form)
