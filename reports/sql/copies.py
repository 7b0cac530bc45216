"""A snapshot as a file to take away: the views of a scope, as one DuckDB file or as Parquet."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from reports.cancellation import Cancellation
from reports.contracts import Scope, SnapshotRef
from reports.errors import ReportBusy
from reports.sql.engine import SqlEngine
from reports.sql.messages import Bind, Copying
from reports.sql.process import SqlProcess
from reports.sql.views import Views
from reports.sql.writer import DATABASE

WRITER: Final = "reports.sql.writer"
MANIFEST: Final = "manifest.json"
_ARCHIVE: Final = "snapshot.zip"
_turn: Final = threading.Semaphore()
"""Copies are written one after the other: each reads a whole snapshot."""


class CopyFormat(StrEnum):
    """The form of a copy."""

    DUCKDB = "duckdb"
    PARQUET = "parquet"
    """A ZIP archive of one Parquet file for each view, and a manifest."""


@dataclass(frozen=True)
class CopyRequest:
    """The part of a snapshot that is wanted, and the folder to write it into."""

    snapshot: SnapshotRef
    scope: Scope
    masks: bool
    form: CopyFormat
    folder: Path
    max_bytes: int = 2 * 1024**3
    """Of one file."""
    seconds: float = 300.0
    cancellation: Cancellation | None = None


@dataclass(frozen=True)
class Copy:
    """A copy on the disk; ``manifest`` says what is in it."""

    path: Path
    manifest: Mapping[str, Any]


def copy_snapshot(engine: SqlEngine, request: CopyRequest) -> Copy:
    """Write a copy, in a process of its own and in bounded memory.

    Raises :class:`~reports.errors.ReportError` as :meth:`SqlEngine.run` does.
    """
    deadline = time.perf_counter() + request.seconds
    views = engine.views(request.snapshot, request.scope, masks=request.masks)
    is_parquet = request.form is CopyFormat.PARQUET
    folder = request.folder.resolve()
    bind = engine.bind(request.snapshot.path, views)
    copying = Copying(views.names, is_parquet, str(folder), request.max_bytes)
    rows = _written(bind, copying, deadline, request.cancellation)
    if not is_parquet:
        path = folder / DATABASE
        tables = [{"name": name, "rows": count} for name, count in rows.items()]
        return Copy(path, _manifest(views, request, tables))
    tables = [_of_file(folder / f"{name}.parquet", name, count) for name, count in rows.items()]
    manifest = _manifest(views, request, tables)
    return Copy(_archived(folder, manifest), manifest)


def _written(
    bind: Bind, copying: Copying, deadline: float, cancellation: Cancellation | None
) -> dict[str, int]:
    """Have the files written, and return the rows of each view."""
    if not _turn.acquire(timeout=max(deadline - time.perf_counter(), 0)):
        raise ReportBusy
    try:
        process = SqlProcess(WRITER)
        try:
            process.bind("copy", bind, deadline)
            (end,) = process.ask(copying, deadline, cancellation)
        finally:
            process.close()
    finally:
        _turn.release()
    assert isinstance(end, dict)
    rows: dict[str, int] = end["rows"]
    return rows


def _of_file(path: Path, name: str, rows: int) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    facts = {"name": name, "rows": rows, "file": path.name}
    return facts | {"sizeBytes": path.stat().st_size, "sha256": digest}


def _manifest(views: Views, request: CopyRequest, tables: list[dict[str, Any]]) -> dict[str, Any]:
    masked = [
        f"{view.entity.key}.{column.field.name}"
        for view in views.views
        for column in view.columns
        if column.is_masked
    ]
    return {
        "snapshot": views.info.to_wire(),
        "timeZone": views.info.time_zone,
        "scope": request.scope.to_wire(),
        "masked": masked,
        "tables": tables,
        "warnings": [notice.to_wire() for notice in views.notices],
    }


def _archived(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Put the files into one, as they are: Parquet is compressed already."""
    path = folder / _ARCHIVE
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False))
        for table in manifest["tables"]:
            archive.write(folder / table["file"], table["file"])
            (folder / table["file"]).unlink()
    return path
