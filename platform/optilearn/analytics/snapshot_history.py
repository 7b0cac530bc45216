"""Reads of the catalog of snapshots, for those who look after the institution's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import QuerySet

from optilearn.analytics.models import Snapshot
from optilearn.core.access.policies import ADMINS, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.http.pages import PageQuery
from reports.api import READABLE

Row = dict[str, Any]

DATA_READERS: Final = ADMINS | {Role.ANALYST}
"""Roles that see which snapshots there are, and how many rows each table has."""
_SETTINGS: Final = (
    "schema_version", "time_zone", "first_weekday", "min_group_size", "attributes",
)  # fmt: skip
"""The facts of a manifest, beside its tables, on which numbers depend."""


def snapshots_list(
    principal: Principal, query: PageQuery, status: str | None = None
) -> tuple[list[Row], int]:
    """A page of the attempts, the newest first, and their number. Three queries.

    Raises ``AppError`` FORBIDDEN.
    """
    require(principal, DATA_READERS)
    rows = Snapshot.objects.order_by("-id")
    if status is not None:
        rows = rows.filter(status=status)
    serving = _serving_id()
    return [_row(row, serving) for row in rows[query.window]], rows.count()


def snapshot_detail(principal: Principal, snapshot_id: str) -> Row:
    """One attempt with the rows of each table, and those of the published one before.

    Three queries. Raises ``AppError``: FORBIDDEN, NOT_FOUND.
    """
    require(principal, DATA_READERS)
    row = _named(snapshot_id)
    before = _published().filter(pk__lt=row.pk).order_by("-id").first()
    found = _row(row, _serving_id())
    return found | {"before": before.snapshot_id if before else None}


def serving_snapshot(principal: Principal) -> Row | None:
    """The snapshot that reports are answered from; None before the first. Two queries.

    Raises ``AppError`` FORBIDDEN.
    """
    require(principal, DATA_READERS)
    serving = _serving_id()
    row = Snapshot.objects.filter(pk=serving).first() if serving else None
    return _row(row, serving) if row else None


def snapshot_difference(principal: Principal, before: str, after: str) -> Row:
    """Compare what two snapshots say of themselves: rows and content of each table, settings.

    ``changed`` is True for a table whose rows differ, be there as many or not. Two queries.
    Raises ``AppError``: FORBIDDEN, NOT_FOUND for an id that isn't there.
    """
    require(principal, DATA_READERS)
    old, new = _named(before), _named(after)
    serving = _serving_id()
    return {
        "before": _row(old, serving),
        "after": _row(new, serving),
        "tables": _tables_of(old.manifest, new.manifest),
        "settings": [
            {"name": name, "before": old.manifest.get(name), "after": new.manifest.get(name)}
            for name in _SETTINGS
            if old.manifest.get(name) != new.manifest.get(name)
        ],
    }


def _tables_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Row]:
    earlier, later = old.get("tables", {}), new.get("tables", {})
    found = []
    for name in sorted(earlier.keys() | later.keys()):
        a, b = earlier.get(name, {}), later.get(name, {})
        found.append(
            {
                "name": name,
                "before": a.get("rows"),
                "after": b.get("rows"),
                "difference": b["rows"] - a["rows"] if a and b else None,
                "changed": a.get("digest") != b.get("digest"),
            }
        )
    return found


def _named(snapshot_id: str) -> Snapshot:
    row = Snapshot.objects.filter(snapshot_id=snapshot_id).first()
    if row is None:
        raise not_found()
    return row


def _published() -> QuerySet[Snapshot]:
    return Snapshot.objects.filter(status=Snapshot.Status.PUBLISHED, schema_version__range=READABLE)


def _serving_id() -> int | None:
    """The newest is the one published last: ids follow the order of publication."""
    return _published().order_by("-id").values_list("pk", flat=True).first()


def _row(row: Snapshot, serving: int | None) -> Row:
    tables = {
        name: facts.get("rows", 0) for name, facts in sorted(row.manifest.get("tables", {}).items())
    }
    return {
        "id": row.snapshot_id,
        "takenAt": row.taken_at,
        "publishedAt": row.published_at,
        "checkedAt": row.checked_at,
        "kind": row.kind,
        "status": row.status,
        "schemaVersion": row.schema_version,
        "size": row.size_bytes,
        "digest": row.file_digest,
        "rows": sum(tables.values()),
        "tables": tables,
        "problem": row.problem,
        "isServing": row.pk == serving,
    }
