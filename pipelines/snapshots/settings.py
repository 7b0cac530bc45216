"""What the operator may set."""

from __future__ import annotations

from dataclasses import dataclass, field

from reports.snapshot.storage import Storage


@dataclass(frozen=True)
class Retention:
    """Which snapshots stay for questions about the past."""

    all_days: int = 7
    daily_days: int = 90


@dataclass(frozen=True)
class Limits:
    """How much of the machine a snapshot may use, and for how long it waits."""

    memory_mib: int = 256
    """DuckDB's share; the process needs about 200 MiB beside it."""
    connections: int = 2
    """PostgreSQL connections that read one large institution."""
    wait_seconds: float = 600
    """How long to wait for another snapshot of the same institution."""


@dataclass(frozen=True)
class DropBand:
    """How many rows a table may lose between two snapshots before somebody should look."""

    fraction: float = 0.5
    from_rows: int = 200
    """Tables that were smaller are not looked at."""


@dataclass(frozen=True)
class SnapshotSettings:
    """Where records come from and where snapshots go."""

    database_url: str = field(repr=False)
    storage: Storage
    limits: Limits = field(default_factory=Limits)
    retention: Retention = field(default_factory=Retention)
    drop_band: DropBand = field(default_factory=DropBand)
