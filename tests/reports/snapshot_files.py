"""Writing small snapshot files for tests, with the physical schema and nothing else of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from reports.contracts import SnapshotRef
from reports.snapshot.manifest import MANIFEST_TABLE, Manifest, TableFacts
from reports.snapshot.schema import SCHEMA_VERSION, TABLES, AttributeDefinition, columns_of

TAKEN_AT = datetime(2014, 3, 12, 9, 30, tzinfo=UTC)


def create_tables(
    connection: duckdb.DuckDBPyConnection, attributes: tuple[AttributeDefinition, ...] = ()
) -> None:
    for table in TABLES:
        columns = ", ".join(
            f'"{c.name}" {c.type}{" NOT NULL" if c.required else ""}'
            for c in columns_of(table, attributes)
        )
        connection.execute(f'CREATE TABLE "{table.name}" ({columns})')


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Mapping[str, Any]]
) -> None:
    """Rows by column name; columns that a row leaves out are NULL."""
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(row.values()))


def write_manifest(
    connection: duckdb.DuckDBPyConnection,
    *,
    institution_id: int = 1,
    snapshot_id: str = "s1",
    taken_at: datetime = TAKEN_AT,
    time_zone: str = "Europe/London",
    first_weekday: int = 1,
    attributes: Sequence[AttributeDefinition] = (),
    schema_version: int = SCHEMA_VERSION,
    min_group_size: int = 0,
    perturbation_key: int | None = None,
) -> None:
    facts = {}
    for table in TABLES:
        row = connection.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()
        facts[table.name] = TableFacts(row[0] if row else 0, "")
    manifest = Manifest(
        institution_id=institution_id,
        institution_slug="test",
        snapshot_id=snapshot_id,
        taken_at=taken_at,
        horizon="1:1:",
        source="test",
        schema_version=schema_version,
        time_zone=time_zone,
        first_weekday=first_weekday,
        min_group_size=min_group_size,
        perturbation_key=perturbation_key,
        attributes=tuple(attributes),
        tables=facts,
    )
    connection.execute(f"CREATE TABLE {MANIFEST_TABLE} (document VARCHAR)")
    connection.execute(f"INSERT INTO {MANIFEST_TABLE} VALUES (?)", [manifest.to_json()])


def reference(path: Path, *, institution_id: int = 1, snapshot_id: str = "s1") -> SnapshotRef:
    content = path.read_bytes() if path.stat().st_size < 50_000_000 else b""
    digest = hashlib.sha256(content).hexdigest()
    return SnapshotRef(institution_id, snapshot_id, str(path), digest, path.stat().st_size)


def compliance_rows(
    rng: Random, people: Sequence[int], moment: Callable[[float], tuple[Any, Any]]
) -> list[tuple[Any, ...]]:
    """Rows of obligations; some are of nobody that is known. ``moment`` draws a time, or none."""
    found: list[tuple[Any, ...]] = []
    for i in range(1, rng.randint(1, 25)):
        requirement = rng.randint(1, 4)
        status = rng.choice(["PENDING", "MET", "MET", "OVERDUE", "WAIVED"])
        head = (i, rng.choice([*people, 802]), requirement, f"Training {requirement}", status)
        found.append((*head, moment(0)[1], *moment(0.5), *moment(0.8)))
    return found


def attendance_rows(
    rng: Random, who: Callable[[], tuple[int, int, int]], moment: Callable[[], Any]
) -> list[tuple[Any, ...]]:
    """Rows of attendance; ``who`` draws student, course and enrollment, ``moment`` a time."""
    found: list[tuple[Any, ...]] = []
    for i in range(1, rng.randint(1, 25)):
        student, course, enrollment = who()
        status = rng.choice(["PRESENT", "PRESENT", "PARTIAL", "ABSENT"])
        row = (i, student, enrollment, course, status, rng.randint(0, 3600), 3600)
        found.append((*row, *moment()))
    return found
