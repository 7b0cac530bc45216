"""The published snapshots of the institution in force, as files on this machine."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.translation import gettext as _

from optilearn.analytics.models import Snapshot
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import require_institution_id
from reports.api import Storage, StorageError, StoredFile, open_storage
from reports.contracts import SnapshotRef


def newest_snapshot() -> SnapshotRef:
    """The snapshot that serves, fetched if it lies in another place.

    The newest is the one published last: ids follow the order of publication, clocks may not.
    Raises ``AppError``: NOT_FOUND before the first snapshot, SERVICE_UNAVAILABLE if the file
    can't be had.
    """
    row = (
        Snapshot.objects.filter(status=Snapshot.Status.PUBLISHED)
        .order_by("-id")
        .values_list("snapshot_id", "storage_key", "file_digest", "size_bytes")
        .first()
    )
    if row is None:
        raise AppError(
            ErrorCode.NOT_FOUND,
            _("There is no snapshot of this institution yet. One is taken within the hour."),
        )
    snapshot_id, key, digest, size = row
    try:
        path = _storage().fetch(StoredFile(key=key, digest=digest, size_bytes=size))
    except StorageError as error:
        raise AppError(
            ErrorCode.SERVICE_UNAVAILABLE,
            _("The data of this institution can't be read now. Please try again in a while."),
            {"reason": str(error)},
        ) from error
    return SnapshotRef(
        institution_id=require_institution_id(),
        snapshot_id=snapshot_id,
        path=str(path),
        file_digest=digest,
        size_bytes=size,
    )


@cache
def _storage() -> Storage:
    return open_storage(settings.SNAPSHOT_URL, cache=settings.SNAPSHOT_CACHE)
