"""Snapshots to take away: a private file of the views that the principal may read.

No record uses the file, so it is removed after a week; and as soon as a person is erased.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any, Final

from optilearn.analytics.auditing import audited
from optilearn.analytics.reach import Reach
from optilearn.analytics.services import cancellable, scope_of
from optilearn.analytics.single_flight import Deadline
from optilearn.analytics.snapshots import history, newest_snapshot
from optilearn.analytics.sql.policies import masks_people, require_analyst, sql_access
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.files.access import UploadPlace
from optilearn.files.services import GeneratedFile, discard_all, store_generated
from reports import api as reports
from reports.api import Copy, CopyFormat, CopyRequest
from reports.contracts import SnapshotRef
from reports.errors import SnapshotUnknown

__all__ = ["CopyFormat", "copy_snapshot", "withdraw_copies"]

NEWEST: Final = "newest"
_SECONDS: Final = 300.0
_CATEGORY: Final = "snapshots"
_TYPES: Final = {
    CopyFormat.DUCKDB: ("application/vnd.duckdb", "duckdb"),
    CopyFormat.PARQUET: ("application/zip", "zip"),
}


def copy_snapshot(*, principal: Principal, snapshot: str, form: CopyFormat) -> dict[str, Any]:
    """Write a snapshot's views to a private file of the principal's, and describe it.

    ``snapshot`` is an id, a moment, or ``newest``. Raises ``AppError``: FORBIDDEN, NOT_FOUND,
    CONFLICT where there is no room for the file, SERVICE_UNAVAILABLE.
    """
    with (
        audited(principal, "snapshot.copy") as asked,
        cancellable(principal, None) as cancellation,
        tempfile.TemporaryDirectory(prefix="optilearn-copy-") as folder,
    ):
        require_analyst(principal)
        ref = _named(snapshot)
        asked.scope = scope_of(principal)
        asked.facts |= {"snapshot": ref.snapshot_id, "format": form.value}
        limits = Deadline(asked.arrived, _SECONDS, cancellation).limits()
        request = CopyRequest(
            snapshot=ref,
            scope=asked.scope,
            masks=masks_people(principal),
            form=form,
            folder=Path(folder),
            seconds=limits.seconds,
            cancellation=cancellation,
        )
        copy = reports.copy_sql_views(request)
        reach = Reach(asked.scope, sql_access(principal))
        stored = _stored(principal, ref, form, reach, copy)
        asked.facts |= {"file": stored["fileId"], "size": stored["sizeBytes"]}
    return stored


def withdraw_copies() -> int:
    """Take back every copy of the institution in force: one may show an erased person."""
    return discard_all(_CATEGORY)


def _named(snapshot: str) -> SnapshotRef:
    if snapshot == NEWEST:
        return newest_snapshot()
    try:
        return history(snapshot)
    except SnapshotUnknown as error:
        raise not_found() from error


def _stored(
    principal: Principal, ref: SnapshotRef, form: CopyFormat, reach: Reach, copy: Copy
) -> dict[str, Any]:
    media, ending = _TYPES[form]
    name = f"{principal.institution_slug}-{ref.snapshot_id}.{ending}"
    size = copy.path.stat().st_size
    with copy.path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        source.seek(0)
        file = GeneratedFile(name, media, source, size, reach.to_record())
        file_id = store_generated(place=UploadPlace(_CATEGORY), file=file, owner=principal)
    return {
        "fileId": file_id,
        "name": name,
        "sizeBytes": size,
        "sha256": digest,
        "manifest": dict(copy.manifest),
    }
