"""Files of reports and dashboards, whoever they are for: a person's export, a schedule's recipient.

Nothing here asks who wants the file: the scope decides its rows, so a caller that serves several
people of one scope renders once. A file is whole or not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

from optilearn.analytics.exports.contents import BoardContent, Content, Definition, ReportContent
from optilearn.analytics.exports.names import file_name
from optilearn.analytics.snapshots import history
from reports import api as reports
from reports.api import Book, Cancellation, ExportFormat, Part, ReportRequest
from reports.contracts import Limits, Scope, SnapshotRef

REPORT_FORMATS: Final = (
    ExportFormat.CSV,
    ExportFormat.XLSX,
    ExportFormat.PDF,
    ExportFormat.PARQUET,
    ExportFormat.ARROW,
    ExportFormat.JSON,
)
_CHUNK: Final = 1024**2


@dataclass(frozen=True)
class Rendering:
    """The form of a file, and the work that may go into it.

    ``progress`` is called with the number of rows that are written; ``bom`` begins CSV with a mark
    by which spreadsheets know its encoding.
    """

    form: ExportFormat
    seconds: float = 300.0
    bom: bool = False
    progress: Callable[[int], None] | None = None
    cancellation: Cancellation | None = None

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
    content: Content, scope: Scope, snapshot: SnapshotRef, path: Path, rendering: Rendering
) -> FileFacts:
    """Write the content, counted over one snapshot inside one scope, to ``path``.

    Raises ``reports.errors.ReportError``, ReportCancelled among them, and leaves no file then.
    The caller checks who may ask, and writes the audit row.
    """
    wanted = reports.Export(rendering.form, rendering.bom, rendering.progress)

    def request(definition: Definition) -> ReportRequest:
        return ReportRequest(definition, scope, snapshot, rendering.limits, history)

    match content:
        case ReportContent():
            meta = reports.export_report(request(content.definition), path, wanted)
            rows, info = meta.row_count, meta.snapshot
        case BoardContent():
            parts = tuple(Part(t.title, request(t.definition), t.labels) for t in content.tiles)
            facts = reports.export_book(Book(content.name, parts, content.notes), path, wanted)
            rows, info = facts.rows, facts.snapshot
        case _:
            assert_never(content)
    return FileFacts(
        rows=rows,
        sha256=_digest_of(path),
        size=path.stat().st_size,
        content_type=content_type_of(rendering.form),
        name=file_name(content.name, info, rendering.form),
    )


def content_type_of(form: ExportFormat) -> str:
    """The content type of a format, without parameters."""
    return reports.MEDIA_TYPES[form].partition(";")[0]


def _digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
