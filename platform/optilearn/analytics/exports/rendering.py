"""Files of reports and dashboards, whoever they are for: a person's export, a schedule's recipient.

Nothing here asks who wants the file: the reach decides its rows, so a caller that serves several
people of one reach renders once. A file is whole or not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, assert_never

from django.utils import translation
from django.utils.translation import gettext as _

from dashboards.palette import Palette
from optilearn.analytics.exports.contents import (
    BoardContent,
    Content,
    Definition,
    ReportContent,
    SqlTileContent,
    TileContent,
)
from optilearn.analytics.exports.names import file_name
from optilearn.analytics.exports.wording import wording_of
from optilearn.analytics.reach import Reach
from optilearn.analytics.snapshots import history
from optilearn.analytics.sql.policies import SqlAccess
from reports import api as reports
from reports.api import (
    AskedPart,
    Book,
    Cancellation,
    Catalog,
    EmptyPart,
    ExportFormat,
    Part,
    ReportRequest,
    SqlLimits,
    SqlRequest,
)
from reports.contracts import Limits, SnapshotRef

REPORT_FORMATS: Final = (
    ExportFormat.CSV,
    ExportFormat.XLSX,
    ExportFormat.PDF,
    ExportFormat.PARQUET,
    ExportFormat.ARROW,
    ExportFormat.JSON,
)
SQL_SECONDS: Final = 60.0
"""For each tile of SQL, within the time of all."""
_CHUNK: Final = 1024**2


@dataclass(frozen=True)
class Rendering:
    """The form of a file, and the work that may go into it.

    ``progress`` is called with the number of rows that are written; ``bom`` begins CSV with a mark
    by which spreadsheets know its encoding. ``language`` is the reader's, for what people read.
    """

    form: ExportFormat
    seconds: float = 300.0
    bom: bool = False
    progress: Callable[[int], None] | None = None
    cancellation: Cancellation | None = None
    language: str = "en"

    @property
    def limits(self) -> Limits:
        """Every row, within the time."""
        return Limits(rows=None, seconds=self.seconds, cancellation=self.cancellation)


@dataclass(frozen=True)
class FileFacts:
    """A finished file; ``sha256`` is of its bytes."""

    rows: int
    sha256: str
    size: int
    content_type: str
    name: str


def render_file(
    content: Content, reach: Reach, snapshot: SnapshotRef, path: Path, rendering: Rendering
) -> FileFacts:
    """Write the content, counted over one snapshot inside one scope, to ``path``.

    Raises ``reports.errors.ReportError``, ReportCancelled among them, and leaves no file then.
    The caller checks who may ask, and writes the audit row.
    """
    (facts,) = render_files(reach, snapshot, [Wanted(content, path, rendering)])
    return facts


@dataclass(frozen=True)
class Wanted:
    """A file of a content, whose titles and notes are in the rendering's language."""

    content: Content
    path: Path
    rendering: Rendering


def render_files(reach: Reach, snapshot: SnapshotRef, wanted: Sequence[Wanted]) -> list[FileFacts]:
    """The same in several forms and languages, one file at least, of one answer.

    Their contents have the same questions. The first says what it may cost.
    """
    limits = wanted[0].rendering.limits
    catalog = reports.catalog_of(snapshot)
    exports = [_export(one.rendering, catalog) for one in wanted]

    def request(definition: Definition) -> ReportRequest:
        return ReportRequest(definition, reach.scope, snapshot, limits, history)

    content = wanted[0].content
    match content:
        case ReportContent():
            files = [(one.path, export) for one, export in zip(wanted, exports, strict=True)]
            meta = reports.export_files(request(content.definition), files)
            rows, info = meta.row_count, meta.snapshot
        case BoardContent():
            books = [
                (_book(one, request, reach), one.path, export)
                for one, export in zip(wanted, exports, strict=True)
            ]
            facts = reports.export_books(books)
            rows, info = facts.rows, facts.snapshot
        case _:
            assert_never(content)
    return [
        FileFacts(
            rows=rows,
            sha256=_digest_of(one.path),
            size=one.path.stat().st_size,
            content_type=content_type_of(one.rendering.form),
            name=file_name(one.content.name, info, one.rendering.form),
        )
        for one in wanted
    ]


def _export(one: Rendering, catalog: Catalog) -> reports.Export:
    return reports.Export(one.form, one.bom, one.progress, wording_of(one.language, catalog))


def _book(one: Wanted, request: Callable[[Definition], ReportRequest], reach: Reach) -> Book:
    content = one.content
    assert isinstance(content, BoardContent)
    with translation.override(one.rendering.language):
        parts = tuple(_part(tile, request, reach) for tile in content.tiles)
    return Book(content.name, parts, content.notes, request({}), Palette().styles)


def _part(
    tile: TileContent | SqlTileContent, request: Callable[[Definition], ReportRequest], reach: Reach
) -> Part | AskedPart | EmptyPart:
    """A tile as far as the reader's role reaches: SQL is for few, and for some without names."""
    if isinstance(tile, TileContent):
        return Part(tile.title, request(tile.definition), tile.labels)
    if reach.sql is SqlAccess.NONE:
        return EmptyPart(tile.title, _("Your role doesn't read SQL, which this tile is made of."))
    masks = reach.sql is SqlAccess.MASKED
    limits = SqlLimits.for_file(SQL_SECONDS)
    snapshot = request({}).snapshot
    asked = SqlRequest(tile.sql, reach.scope, snapshot, masks, limits)
    return reports.sql_part(tile.title, asked)


def needed_reach(content: Content, reach: Reach) -> Reach:
    """Return the reach of a file of the content: without SQL in it, it takes no role for that."""
    has_sql = isinstance(content, BoardContent) and content.has_sql
    return reach if has_sql else replace(reach, sql=SqlAccess.NONE)


def content_type_of(form: ExportFormat) -> str:
    """The content type of a format, without parameters."""
    return reports.MEDIA_TYPES[form].partition(";")[0]


def _digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
