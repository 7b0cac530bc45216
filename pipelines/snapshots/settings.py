"""The operator's settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from reports.snapshot.storage import Storage


@dataclass(frozen=True)
class Retention:
    """The retention of snapshots."""

    all_days: int = 7
    daily_days: int = 90


@dataclass(frozen=True)
class Limits:
    """Resource limits and timeouts of a snapshot."""

    memory_mib: int = 256
    """DuckDB's memory; the process needs about 200 MiB more."""
    connections: int = 2
    """Number of PostgreSQL connections that read one large institution."""
    wait_seconds: float = 600
    """Timeout of waiting for another snapshot of the same institution, in seconds."""


@dataclass(frozen=True)
class DropBand:
    """Percentage of rows that a table may lose between two snapshots."""

    fraction: float = 0.5
    from_rows: int = 200
    """Smaller tables aren't checked."""


@dataclass(frozen=True)
class SnapshotSettings:
    """The database of records and the store of snapshots."""

    database_url: str = field(repr=False)
    storage: Storage
    limits: Limits = field(default_factory=Limits)
    retention: Retention = field(default_factory=Retention)
    drop_band: DropBand = field(default_factory=DropBand)
