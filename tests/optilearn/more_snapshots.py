"""Further snapshots of a twin: real files, made from its first one with some SQL."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
from django.conf import settings

from optilearn.analytics.models import Snapshot
from optilearn.core.tenancy.context import tenant_context
from reports.snapshot.manifest import MANIFEST_TABLE, Manifest
from reports.snapshot.storage import digest_of
from tests.support.twins import Twin

_TABLES = "SELECT table_name FROM duckdb_tables()"


def first(twin: Twin) -> Snapshot:
    """The snapshot that the suite's setup took."""
    with tenant_context(twin.id):
        return Snapshot.objects.earliest("id")


def another(
    twin: Twin,
    name: str,
    sql: Sequence[str] = (),
    *,
    later: timedelta = timedelta(days=1),
    status: str = Snapshot.Status.PUBLISHED,
    **manifest: Any,
) -> Snapshot:
    """A snapshot taken that much later than the first, changed by ``sql``."""
    origin = first(twin)
    root = Path(urlsplit(settings.SNAPSHOT_URL).path)
    key = str(Path(origin.storage_key).with_name(f"{name}-{secrets.token_hex(4)}.duckdb"))
    path = root / key
    shutil.copyfile(root / origin.storage_key, path)
    taken_at = origin.taken_at + later
    _change(path, sql, {"snapshot_id": name, "taken_at": taken_at} | manifest)
    with tenant_context(twin.id):
        return Snapshot.objects.create(
            snapshot_id=name,
            taken_at=taken_at,
            schema_version=manifest.get("schema_version", origin.schema_version),
            kind=Snapshot.Kind.FULL,
            status=status,
            storage_key=key,
            size_bytes=path.stat().st_size,
            file_digest=digest_of(path),
            checked_at=taken_at,
            published_at=taken_at,
        )


def _change(path: Path, sql: Sequence[str], facts: dict[str, Any]) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in sql:
            connection.execute(statement)
        (document,) = connection.execute(f"SELECT document FROM {MANIFEST_TABLE}").fetchall()[0]
        old = Manifest.from_json(document)
        tables = {}
        there = {name for (name,) in connection.execute(_TABLES).fetchall()}
        for table, known in old.tables.items():
            if table not in there:
                continue
            (rows,) = connection.execute(f'SELECT count(*) FROM "{table}"').fetchall()[0]
            tables[table] = type(known)(rows, known.digest)
        new = type(old)(**(vars(old) | {"tables": tables} | facts))
        connection.execute(f"UPDATE {MANIFEST_TABLE} SET document = ?", [new.to_json()])


def instant(moment: datetime) -> str:
    """As the API tells it."""
    return moment.isoformat().replace("+00:00", "Z")
