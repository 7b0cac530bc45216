"""The door of the report engine: everything that other packages call.

    catalogue = catalog(attributes)                  # what can be asked
    report = validate(definition, catalogue)         # canonical, bound, with a digest
    result = run(definition, scope, snapshot)        # one immutable snapshot, one scope
    export(result, "csv")

There is no way to run a report without a :class:`~reports.contracts.Scope`.
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from reports.cancellation import Cancellation
from reports.catalog.describe import describe, fitting
from reports.catalog.model import Catalogue
from reports.catalog.product import product_catalogue
from reports.contracts import (
    Difference,
    Explanation,
    History,
    Limits,
    Prepared,
    ReportMeta,
    Result,
    Scope,
    ScopeKind,
    SnapshotRef,
)
from reports.engine.database import NO_INSTITUTION, open_database
from reports.engine.engine import Engine
from reports.engine.pivot import Pivot
from reports.engine.run import find_snapshot
from reports.engine.snapshots import EngineSettings
from reports.export.formats import FORMATS, MEDIA_TYPES, ExportFormat, render
from reports.export.listing import can_stream, streamed
from reports.export.source import stream_of
from reports.export.stream import STREAMED, replacing, write_stream
from reports.language.jsonschema import definition_schema
from reports.language.report import Report
from reports.language.validate import validate_definition
from reports.modelfile.schema import model_file_schema
from reports.snapshot.schema import OLDEST_READABLE, SCHEMA_VERSION, AttributeDefinition
from reports.snapshot.storage import Storage, StorageError, StoredFile, open_storage
from reports.zones import warn_of_difference

__all__ = [
    "FORMATS",
    "MEDIA_TYPES",
    "READABLE",
    "AttributeDefinition",
    "Cancellation",
    "Catalogue",
    "Database",
    "Export",
    "ExportFormat",
    "Pivot",
    "Report",
    "Storage",
    "StorageError",
    "StoredFile",
    "catalog",
    "catalogue_of",
    "catalogue_schema",
    "check_zone",
    "close",
    "describe",
    "diff",
    "drill",
    "explain",
    "export",
    "export_report",
    "export_to",
    "fitting",
    "open_storage",
    "pivot",
    "prepare",
    "run",
    "schema",
    "validate",
]


@dataclass(frozen=True)
class Export:
    """How a report becomes a file: the form, and what it may cost.

    ``bom`` is for CSV readers that need one; ``progress`` is told how many rows are written.
    """

    form: ExportFormat | str
    bom: bool = False
    limits: Limits = field(default_factory=Limits.for_export)
    progress: Callable[[int], None] | None = None


READABLE: Final = (OLDEST_READABLE, SCHEMA_VERSION)
"""The first and the last schema version of snapshots that can be asked."""

_engine = Engine()
atexit.register(_engine.close)
os.register_at_fork(before=_engine.close)  # DuckDB's threads don't survive in a child


def catalog(attributes: Iterable[AttributeDefinition] = ()) -> Catalogue:
    """The product's catalogue with an institution's custom attributes."""
    return product_catalogue(tuple(attributes))


def catalogue_of(snapshot: SnapshotRef) -> Catalogue:
    """What can be asked of a snapshot: with the custom attributes it was taken with.

    Raises :class:`~reports.errors.SnapshotDamaged`, :class:`~reports.errors.ScopeMismatch`.
    """
    return _engine.catalogue(snapshot)


def validate(definition: Mapping[str, Any], catalogue: Catalogue) -> Report:
    """The definition checked, completed with its defaults, and bound to the catalogue.

    Raises :class:`~reports.errors.ReportInvalid` with every problem found.
    """
    return validate_definition(definition, catalogue)


def run(
    definition: Mapping[str, Any],
    scope: Scope,
    snapshot: SnapshotRef,
    *,
    limits: Limits | None = None,
    history: History | None = None,
) -> Result:
    """The answer to ``definition`` over ``snapshot``, counting only rows inside ``scope``.

    ``history`` finds the snapshots that ``asOf`` and ``compare`` name; without it they are
    refused. Raises :class:`~reports.errors.ReportError`: ReportInvalid, ReportTimeout,
    ReportTooLarge, ReportFailed, ScopeMismatch, SnapshotDamaged.
    """
    return _engine.run(definition, scope, snapshot, limits or Limits(), history)


def explain(
    definition: Mapping[str, Any],
    scope: Scope,
    snapshot: SnapshotRef,
    *,
    history: History | None = None,
) -> Explanation:
    """What ``run`` would do, without doing it. Raises as ``run`` does."""
    return _engine.explain(definition, scope, snapshot, history)


def drill(
    definition: Mapping[str, Any],
    cell: Mapping[str, Any],
    scope: Scope,
    snapshot: SnapshotRef,
    *,
    limits: Limits | None = None,
    history: History | None = None,
) -> Result:
    """The rows behind a cell: ``{"measure": key, "row": [its groups], "entity": …}``.

    ``row`` holds the groups of a row of the result, or the leading ones of a total. Of a rate
    the rows of its base are listed, those that it counts marked in the column ``counted``;
    a formula over several entities is drilled by ``entity``. Raises as :func:`run` does.
    """
    return _engine.drill(definition, cell, scope, snapshot, limits or Limits(), history)


def pivot(
    definition: Mapping[str, Any],
    scope: Scope,
    snapshot: SnapshotRef,
    *,
    limits: Limits | None = None,
    history: History | None = None,
) -> Pivot:
    """A report by two or more dimensions with the last one across, totals on both sides.

    Row totals, column totals and the grand total are the measures over their rows. Raises as
    :func:`run` does.
    """
    return _engine.pivot(definition, scope, snapshot, limits or Limits(), history)


def diff(
    definition: Mapping[str, Any],
    scope: Scope,
    before: SnapshotRef,
    after: SnapshotRef,
    *,
    limits: Limits | None = None,
) -> Difference:
    """What a report's rows gained, lost and changed from one snapshot to another.

    Records are told apart by their key, groups by their groups. Raises as :func:`run` does.
    """
    return _engine.diff(definition, scope, before, after, limits or Limits())


class Database:
    """Any DuckDB file, asked by a catalogue file; from the shell alone, as it has no scope.

    Raises :class:`~reports.errors.CatalogueFileInvalid` if either isn't as it must be. ``now``
    is what relative dates go by (default: this moment).
    """

    def __init__(self, catalogue: Path, database: Path, now: datetime | None = None) -> None:
        self._open = open_database(catalogue, database, EngineSettings(), now)
        self._scope = Scope(NO_INSTITUTION, ScopeKind.INSTITUTION)

    @property
    def catalogue(self) -> Catalogue:
        """What can be asked."""
        return self._open.catalogue

    def run(self, definition: Mapping[str, Any], limits: Limits | None = None) -> Result:
        """The answer, as :func:`run` gives it."""
        return _engine.run_on(self._open, definition, self._scope, limits or Limits())

    def drill(
        self,
        definition: Mapping[str, Any],
        cell: Mapping[str, Any],
        limits: Limits | None = None,
    ) -> Result:
        """The rows behind a cell, as :func:`drill` gives them."""
        limits = limits or Limits()
        return _engine.drill_on(self._open, definition, cell, self._scope, limits)

    def pivot(self, definition: Mapping[str, Any], limits: Limits | None = None) -> Pivot:
        """The answer laid out across, as :func:`pivot` gives it."""
        return _engine.pivot_on(self._open, definition, self._scope, limits or Limits())

    def explain(self, definition: Mapping[str, Any]) -> Explanation:
        """What :meth:`run` would do."""
        return _engine.explain_on(self._open, definition, self._scope)

    def close(self) -> None:
        """Let go of the file."""
        self._open.connection.close()


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a report definition."""
    return definition_schema()


def catalogue_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a catalogue file."""
    return model_file_schema()


def export(result: Result, form: ExportFormat | str, *, bom: bool = False) -> bytes:
    """The result as a file's bytes; ``bom`` is for CSV readers that need one.

    Raises ``ValueError`` for a format that isn't in :data:`FORMATS`.
    """
    return render(result, ExportFormat(form), bom=bom)


def export_to(
    result: Result, form: ExportFormat | str, path: str | Path, *, bom: bool = False
) -> None:
    """Write :func:`export`'s bytes to ``path``, whole or not at all."""
    body = export(result, form, bom=bom)
    with replacing(Path(path)) as out:
        out.write(body)


def export_report(
    definition: Mapping[str, Any],
    scope: Scope,
    snapshot: SnapshotRef,
    path: str | Path,
    wanted: Export,
    *,
    history: History | None = None,
) -> ReportMeta:
    """Answer a report straight into a file: every row, in bounded memory where rows are listed.

    The file is there when it is whole. Raises as :func:`run` and :func:`export` do.
    """
    form = ExportFormat(wanted.form)
    report, _snapshot = _engine.report(definition, scope, snapshot, history)
    if form not in STREAMED or not can_stream(report):
        result = run(definition, scope, snapshot, limits=wanted.limits, history=history)
        if form in STREAMED:
            write_stream(stream_of(result), form, path, bom=wanted.bom, progress=wanted.progress)
        else:
            export_to(result, form, path)
        return result.meta
    started = time.perf_counter()
    with (
        _engine.listing(definition, scope, snapshot, wanted.limits, history) as question,
        streamed(question, started) as stream,
    ):
        rows = write_stream(stream, form, path, bom=wanted.bom, progress=wanted.progress)
        return stream.ending(rows).meta


def prepare(
    definition: Mapping[str, Any],
    scope: Scope,
    snapshot: SnapshotRef,
    *,
    history: History | None = None,
) -> Prepared:
    """What identifies the answer to a report before it is worked out. Raises as ``run`` does."""
    report, answering = _engine.report(definition, scope, snapshot, history)
    compared = ""
    if report.compare is not None and report.compare.snapshot:
        compared = find_snapshot(report.compare.snapshot, "/compare/snapshot", history).snapshot_id
    manifest = answering.manifest
    return Prepared(
        report.digest,
        manifest.snapshot_id,
        compared,
        scope.digest(),
        manifest.min_group_size,
        manifest.perturbation_key is not None,
    )


def check_zone(zone: str, of_data: datetime) -> datetime | None:
    """The first moment at which DuckDB has other rules for a zone than ``tzdata``; None: nowhere.

    From 1970 to ten years after ``of_data``; a difference is logged as an error, once a process.
    """
    with duckdb.connect(":memory:") as connection:
        return warn_of_difference(connection, zone, of_data)


def close() -> None:
    """Close all open snapshots (tests, and a worker that shuts down)."""
    _engine.close()
