"""The values that go in and out of SQL over a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from reports.cancellation import Cancellation
from reports.contracts import INTERACTIVE_ROWS, Notice, Scope, SnapshotInfo, SnapshotRef

MAX_TEXT: Final = 100_000
"""The characters of a statement at most."""
FILE_ROWS: Final = 1_000_000
"""The rows of a result that becomes a file at most."""


@dataclass(frozen=True)
class SqlLimits:
    """The most that one statement may cost.

    ``cuts`` is True where only the first ``rows`` are wanted; else more of them are refused.
    """

    rows: int = INTERACTIVE_ROWS
    result_bytes: int = 64 * 1024**2
    seconds: float = 30.0
    cuts: bool = True
    cancellation: Cancellation | None = None
    """Lets the caller stop it from another thread."""

    @classmethod
    def for_file(cls, seconds: float) -> SqlLimits:
        """The limits of a result that becomes a file: more rows, and none of them left out."""
        return cls(rows=FILE_ROWS, seconds=seconds, cuts=False)


@dataclass(frozen=True)
class SqlRequest:
    """A statement over a snapshot, within a scope; ``masks``: without names and codes."""

    sql: str
    scope: Scope
    snapshot: SnapshotRef
    masks: bool
    limits: SqlLimits = field(default_factory=SqlLimits)


@dataclass(frozen=True)
class SqlColumn:
    """A column of a result: its name, and its type as DuckDB calls it."""

    name: str
    sql_type: str


@dataclass(frozen=True)
class SqlResult:
    """The answer to a statement; ``batches`` are ``pyarrow.RecordBatch`` of plain types."""

    columns: tuple[SqlColumn, ...]
    schema: Any
    """The ``pyarrow.Schema`` of the batches."""
    batches: tuple[Any, ...]
    row_count: int
    is_truncated: bool
    ms: float
    snapshot: SnapshotInfo
    scope: Scope
    sql: str
    notices: tuple[Notice, ...] = ()
