"""The entry point of the report engine: everything that other packages call.

    catalog = product_catalog(attributes)                   # what can be asked
    report = validate(definition, catalog)                # canonical, bound, with a digest
    request = ReportRequest(definition, scope, snapshot)    # one immutable snapshot, one scope
    result = run(request)                                   # or run(prepare(request))
    export(result, "csv")

There is no way to run a report without a :class:`~reports.contracts.Scope`.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from reports.cancellation import Cancellation
from reports.catalog.describe import Translate, describe, fitting, path_from
from reports.catalog.model import Catalog, Field
from reports.catalog.product import product_catalog
from reports.contracts import (
    Difference,
    Explanation,
    Limits,
    ReportMeta,
    Result,
    Scope,
    ScopeKind,
    SnapshotRef,
)
from reports.engine.database import NO_INSTITUTION, open_database
from reports.engine.engine import Engine
from reports.engine.pivot import Pivot
from reports.engine.prepared import Prepared
from reports.engine.snapshots import EngineSettings
from reports.export.book import (
    BOOK_FORMATS,
    AskedPart,
    Book,
    BookFacts,
    BookFiles,
    BookWriter,
    EmptyPart,
    Part,
)
from reports.export.files import Export, Files, write_report
from reports.export.formats import FORMATS, MEDIA_TYPES, SPEAKING, ExportFormat, render
from reports.export.sizes import rows_of_export as count_export
from reports.export.stream import replacing
from reports.export.wording import ENGLISH, Wording
from reports.export.wording import TEXTS as EXPORT_TEXTS
from reports.language.jsonschema import definition_schema
from reports.language.phrases import BUCKETS, OPERATORS
from reports.language.report import Report
from reports.language.uses import names_used
from reports.language.validate import validate_definition
from reports.language.words import CHARTS, ChartType
from reports.modelfile.schema import model_file_schema
from reports.requests import ReportRequest
from reports.snapshot.schema import OLDEST_READABLE, SCHEMA_VERSION, AttributeDefinition
from reports.snapshot.storage import Storage, StorageError, StoredFile, open_storage
from reports.sql.copies import Copy, CopyFormat, CopyRequest, copy_snapshot
from reports.sql.engine import SqlEngine
from reports.sql.parts import statement_part
from reports.sql.results import SqlLimits, SqlRequest, SqlResult
from reports.sql.views import Views
from reports.zones import warn_of_difference

__all__ = [
    "BOOK_FORMATS",
    "BUCKETS",
    "CHARTS",
    "EXPORT_TEXTS",
    "FORMATS",
    "MEDIA_TYPES",
    "OPERATORS",
    "READABLE",
    "SPEAKING",
    "AskedPart",
    "AttributeDefinition",
    "Book",
    "BookFacts",
    "Cancellation",
    "Catalog",
    "ChartType",
    "Copy",
    "CopyFormat",
    "CopyRequest",
    "Database",
    "EmptyPart",
    "Export",
    "ExportFormat",
    "Field",
    "Part",
    "Pivot",
    "Prepared",
    "Report",
    "ReportRequest",
    "SqlLimits",
    "SqlRequest",
    "SqlResult",
    "Storage",
    "StorageError",
    "StoredFile",
    "Views",
    "Wording",
    "catalog_of",
    "catalog_schema",
    "check_zone",
    "close",
    "copy_sql_views",
    "describe",
    "diff",
    "drill",
    "explain",
    "export",
    "export_book",
    "export_books",
    "export_files",
    "export_report",
    "export_to",
    "fitting",
    "names_used",
    "open_storage",
    "path_from",
    "pivot",
    "prepare",
    "product_catalog",
    "rows_of_export",
    "run",
    "run_sql",
    "schema",
    "sql_file",
    "sql_part",
    "sql_to_wire",
    "sql_views",
    "validate",
]


READABLE: Final = (OLDEST_READABLE, SCHEMA_VERSION)
"""The first and the last schema version of snapshots that can be asked."""

_engine = Engine()
_sql = SqlEngine(_engine.snapshot)
atexit.register(_engine.close)
atexit.register(_sql.close)
os.register_at_fork(before=_engine.close)  # DuckDB's threads don't survive in a child
os.register_at_fork(after_in_child=_sql.forget)


def catalog_of(snapshot: SnapshotRef) -> Catalog:
    """Return the catalog of a snapshot, with the custom attributes it was taken with.

    Raises :class:`~reports.errors.SnapshotDamaged`, :class:`~reports.errors.ScopeMismatch`.
    """
    return _engine.catalog(snapshot)


def validate(definition: Mapping[str, Any], catalog: Catalog) -> Report:
    """The definition checked, completed with its defaults, and bound to the catalog.

    Raises :class:`~reports.errors.ReportInvalid` with every problem found.
    """
    return validate_definition(definition, catalog)


def prepare(request: ReportRequest) -> Prepared:
    """Open the snapshot and validate the definition: everything but the work.

    The answer to what this returns can be cached by its ``identity``; every function below takes
    it in place of the request. Raises :class:`~reports.errors.ReportError`: ReportInvalid,
    ScopeMismatch, SnapshotDamaged.
    """
    return _engine.prepare(request)


def run(asked: ReportRequest | Prepared) -> Result:
    """Answer a report over its snapshot, counting only rows inside its scope.

    Raises :class:`~reports.errors.ReportError`: ReportInvalid, ReportTimeout,
    ReportTooLarge, ReportFailed, ScopeMismatch, SnapshotDamaged.
    """
    return _engine.run(asked)


def explain(asked: ReportRequest | Prepared, translate: Translate = str) -> Explanation:
    """Describe what ``run`` would do, in the language of ``translate``. Raises as ``run`` does."""
    return _engine.explain(asked, translate)


def drill(asked: ReportRequest | Prepared, cell: Mapping[str, Any]) -> Result:
    """List the rows behind a cell: ``{"measure": key, "row": [its groups], "entity": …}``.

    ``row`` holds the groups of a row of the result, or the leading ones of a total. Of a rate
    the rows of its base are listed, those that it counts marked in the column ``counted``;
    a formula over several entities is drilled by ``entity``. Raises as :func:`run` does.
    """
    return _engine.drill(asked, cell)


def pivot(asked: ReportRequest | Prepared) -> Pivot:
    """Answer a report by two or more dimensions with the last one across, totals on both sides.

    Row totals, column totals and the grand total are the measures over their rows. Raises as
    :func:`run` does.
    """
    return _engine.pivot(asked)


def diff(request: ReportRequest, before: SnapshotRef) -> Difference:
    """Compare a report's rows in the request's snapshot with those of an earlier one.

    Records are distinguished by their key, groups by their groups. Raises as :func:`run` does.
    """
    return _engine.diff(request, before)


def sql_views(snapshot: SnapshotRef, scope: Scope, *, masks: bool) -> Views:
    """Return what SQL can read of a snapshot within a scope; ``masks``: without names and codes.

    Raises :class:`~reports.errors.ReportError`: ReportInvalid, ScopeMismatch, SnapshotDamaged.
    """
    return _sql.views(snapshot, scope, masks=masks)


def run_sql(request: SqlRequest) -> SqlResult:
    """Answer one SELECT over the views of :func:`sql_views`, in a process of its own.

    Raises ``ReportError``: ReportInvalid, ReportBusy, ReportTimeout, ReportCancelled,
    ScopeMismatch, SnapshotDamaged.
    """
    return _sql.run(request)


def sql_to_wire(result: SqlResult) -> dict[str, Any]:
    """The answer to a statement as the API has it (docs/analysts.md#answers)."""
    from reports.sql.outputs import to_wire  # noqa: PLC0415 - slow to import

    return to_wire(result)


def sql_file(result: SqlResult, form: ExportFormat | str) -> bytes:
    """The answer to a statement as a file; as ``arrow`` it is a stream of Arrow IPC.

    Raises ``ValueError`` for a format without rows of its own (table, PDF).
    """
    from reports.sql.outputs import to_file  # noqa: PLC0415 - slow to import

    return to_file(result, ExportFormat(form))


def copy_sql_views(request: CopyRequest) -> Copy:
    """Write the views of :func:`sql_views` into a folder, in a process of its own.

    Raises as :func:`run_sql` does.
    """
    return copy_snapshot(_sql, request)


class Database:
    """Any DuckDB file, asked by a catalog file; from the shell alone, as it has no scope.

    Raises :class:`~reports.errors.CatalogFileInvalid` if either isn't as it must be. ``now``
    is what relative dates go by (default: this moment).
    """

    def __init__(self, catalog: Path, database: Path, now: datetime | None = None) -> None:
        self._open = open_database(catalog, database, EngineSettings(), now)
        self._scope = Scope(NO_INSTITUTION, ScopeKind.INSTITUTION)
        manifest = self._open.manifest
        self._ref = SnapshotRef(NO_INSTITUTION, manifest.snapshot_id, str(database), "", 0)

    @property
    def catalog(self) -> Catalog:
        """The catalog that the file declares."""
        return self._open.catalog

    def run(self, definition: Mapping[str, Any], limits: Limits | None = None) -> Result:
        """Answer a report, as :func:`run` does."""
        return _engine.run(self._prepared(definition, limits))

    def drill(
        self,
        definition: Mapping[str, Any],
        cell: Mapping[str, Any],
        limits: Limits | None = None,
    ) -> Result:
        """List the rows behind a cell, as :func:`drill` does."""
        return _engine.drill(self._prepared(definition, limits), cell)

    def pivot(self, definition: Mapping[str, Any], limits: Limits | None = None) -> Pivot:
        """Answer a report laid out across, as :func:`pivot` does."""
        return _engine.pivot(self._prepared(definition, limits))

    def explain(self, definition: Mapping[str, Any]) -> Explanation:
        """Describe what :meth:`run` would do."""
        return _engine.explain(self._prepared(definition))

    def _prepared(self, definition: Mapping[str, Any], limits: Limits | None = None) -> Prepared:
        request = ReportRequest(definition, self._scope, self._ref, limits)
        return _engine.bind(request, self._open)

    def close(self) -> None:
        """Let go of the file."""
        self._open.connection.close()


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a report definition."""
    return definition_schema()


def catalog_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a catalog file."""
    return model_file_schema()


def export(
    result: Result, form: ExportFormat | str, *, bom: bool = False, wording: Wording = ENGLISH
) -> bytes:
    """The result as a file's bytes; ``bom`` is for CSV readers that need one.

    ``wording`` is the language of a workbook or a PDF, but for the question's own words.

    Raises ``ValueError`` for a format that isn't in :data:`FORMATS`.
    """
    return render(result, ExportFormat(form), bom=bom, wording=wording)


def export_to(
    result: Result, form: ExportFormat | str, path: str | Path, *, bom: bool = False
) -> None:
    """Write :func:`export`'s bytes to ``path``, whole or not at all."""
    body = export(result, form, bom=bom)
    with replacing(Path(path)) as out:
        out.write(body)


def export_report(request: ReportRequest, path: str | Path, wanted: Export) -> ReportMeta:
    """Answer a report straight into a file: every row, in bounded memory where rows are listed.

    The file is there when it is whole. Raises as :func:`run` and :func:`export` do.
    """
    return export_files(request, [(path, wanted)])


def export_files(request: ReportRequest, files: Files) -> ReportMeta:
    """The same in several forms, one at least, of one answer: it is worked out once."""
    return write_report(_engine, request, files)


def export_book(book: Book, path: str | Path, wanted: Export) -> BookFacts:
    """Answer several reports straight into one file of a format in :data:`BOOK_FORMATS`.

    A report that can't be answered says so in its place. The file is there when it is whole.
    Raises as :func:`run` and :func:`export` do, for what concerns all of them.
    """
    return export_books([(book, path, wanted)])


def export_books(files: BookFiles) -> BookFacts:
    """The same in several forms and languages, one file at least; the books have equal reports."""
    return BookWriter(_engine, files[0][0]).write(files)


def sql_part(title: str, request: SqlRequest) -> AskedPart:
    """A statement as a part of a book, in the book's time and no more than its own."""
    return statement_part(title, request, _sql)


def rows_of_export(prepared: Prepared, form: ExportFormat) -> int | None:
    """Count the rows of an export before it is written; None where only the work itself tells.

    Raises as :func:`run` does, and :class:`~reports.export.problems.ExportTooLong` for more rows
    than the format can hold.
    """
    return count_export(_engine, prepared, form)


def check_zone(zone: str, of_data: datetime) -> datetime | None:
    """The first moment at which DuckDB has other rules for a zone than ``tzdata``; None: nowhere.

    From 1970 to ten years after ``of_data``; a difference is logged as an error, once a process.
    """
    with duckdb.connect(":memory:") as connection:
        return warn_of_difference(connection, zone, of_data)


def close() -> None:
    """Close all open snapshots (tests, and a worker that shuts down)."""
    _engine.close()
