"""The published snapshots of the institution in force, as files on this machine."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from optilearn.analytics.models import Snapshot
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import compose, quoted
from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import institution_by_id
from reports.api import READABLE, Storage, StorageError, StoredFile, open_storage
from reports.contracts import SnapshotRef
from reports.errors import SnapshotUnknown

_FIELDS: Final = ("snapshot_id", "storage_key", "file_digest", "size_bytes")
_NEWEST: Final = compose(
    "SELECT snapshot_id, storage_key, file_digest, size_bytes FROM analytics_snapshot"
    " WHERE institution_id = %s AND status = <published> AND schema_version BETWEEN %s AND %s"
    " ORDER BY id DESC LIMIT 1",
    published=quoted(Snapshot.Status.PUBLISHED),
)
"""As the ORM would ask it, without the 0.4 ms that it takes to put that together: this stands
before every answer."""
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}(:\d{2}){0,2}([.,]\d{1,9})?(Z|[+-][\d:]+)?")
_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_Row = tuple[str, str, str, int]


def newest_snapshot() -> SnapshotRef:
    """The snapshot that serves, fetched if it lies in another place.

    The newest is the one published last: ids follow the order of publication, clocks may not.
    Raises ``AppError``: NOT_FOUND before the first snapshot, SERVICE_UNAVAILABLE if the file
    is unavailable.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [require_institution_id(), *READABLE])
        row = cursor.fetchone()
    if row is None:
        raise AppError(
            ErrorCode.NOT_FOUND,
            _("This institution has no snapshot yet. The first one is taken within the hour."),
        )
    return _fetched(row)


def history(name: str) -> SnapshotRef:
    """The published snapshot of that id, or the newest of those taken by a moment.

    A moment is an ISO instant (without an offset: on the institution's clock) or a date, which
    means its end there. Raises ``reports.errors.SnapshotUnknown``, which names the oldest and
    the newest ones, and ``AppError`` SERVICE_UNAVAILABLE if the file is unavailable.
    """
    rows = _named(name)
    row = None if rows is None else rows.values_list(*_FIELDS).first()
    if row is None:
        raise _unknown()
    return _fetched(row)


def recorded_since(version: int) -> str:
    """The hint that says from when on snapshots have what came with a schema version."""
    found = _published().filter(schema_version__gte=version).order_by("taken_at", "id")
    first = found.values_list("snapshot_id", "taken_at").first()
    if first is None:
        return _("No snapshot has it yet. One is taken within the hour.")
    hint = _("Snapshots have it since {snapshot}, of {time}.")
    return hint.format(snapshot=first[0], time=_shown(first[1]))


def _published() -> QuerySet[Snapshot]:
    """Those that this release can read: during an upgrade there may be later ones."""
    return Snapshot.objects.filter(status=Snapshot.Status.PUBLISHED, schema_version__range=READABLE)


def _named(name: str) -> QuerySet[Snapshot] | None:
    try:
        if _DAY.fullmatch(name):
            rows = _published().filter(taken_at__lt=_end_of(date.fromisoformat(name)))
        elif _MOMENT.fullmatch(name):
            rows = _published().filter(taken_at__lte=_instant(datetime.fromisoformat(name)))
        elif _ID.fullmatch(name):
            return _published().filter(snapshot_id=name)
        else:
            return None
    except (ValueError, OverflowError):  # the 30th of February; a year before the first
        return None
    return rows.order_by("-taken_at", "-id")


def _end_of(day: date) -> datetime:
    """The first instant after a day on the institution's clock."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    following = day + timedelta(days=1)
    return _instant(datetime(following.year, following.month, following.day))  # noqa: DTZ001 - made aware there


def _instant(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        zone = institution_by_id(require_institution_id()).time_zone
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC)


def _unknown() -> SnapshotUnknown:
    message = _("There is no snapshot with this id or from this time.")
    published = _published().order_by("taken_at", "id").values_list("snapshot_id", "taken_at")
    oldest, newest = published.first(), published.last()
    if oldest is None or newest is None:
        return SnapshotUnknown(message)
    hint = _("The oldest is {oldest}, of {oldest_time}; the newest is {newest}, of {newest_time}.")
    return SnapshotUnknown(
        message,
        hint.format(
            oldest=oldest[0],
            oldest_time=_shown(oldest[1]),
            newest=newest[0],
            newest_time=_shown(newest[1]),
        ),
    )


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _fetched(row: _Row) -> SnapshotRef:
    snapshot_id, key, digest, size = row
    try:
        path = _storage().fetch(StoredFile(key=key, digest=digest, size_bytes=size))
    except StorageError as error:
        raise AppError(
            ErrorCode.SERVICE_UNAVAILABLE,
            _("The data of this institution can't be read now. Try again in a few minutes."),
            {"reason": str(error)},
        ) from error
    return SnapshotRef(
        institution_id=require_institution_id(),
        snapshot_id=snapshot_id,
        path=str(path),
        file_digest=digest,
        size_bytes=size,
    )


def _storage() -> Storage:
    return _storage_at(settings.SNAPSHOT_URL, settings.SNAPSHOT_CACHE)


@cache
def _storage_at(url: str, cached: Path) -> Storage:
    """One for each place: it knows which files it has proven."""
    return open_storage(url, cache=cached)
