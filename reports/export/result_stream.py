"""The input of every writer: columns, batches of rows, and what is known at the end.

A result in memory and a result that streams out of the engine both become a
:class:`ResultStream`, so that one writer makes the bytes of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reports.contracts import Column, ReportMeta, Scope, SnapshotInfo, Total
from reports.export.totals import Placed


@dataclass(frozen=True)
class Head:
    """The facts that are known before the first row."""

    snapshot: SnapshotInfo
    scope: Scope
    definition_digest: str
    definition: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    suppressed: tuple[tuple[int, int], ...] = ()
    """The (row, column) of the cells that are hidden, both counted from 0."""


@dataclass(frozen=True)
class Ending:
    """The facts that are known after the last row."""

    meta: ReportMeta
    totals: tuple[Total, ...] | None = None

    @property
    def hides_totals(self) -> bool:
        """True if a total has a cell that is hidden."""
        return any(total.suppressed for total in self.totals or ())


@dataclass(frozen=True)
class ResultStream:
    """A result on its way out.

    ``batches`` are ``pyarrow.RecordBatch``, their columns in the order of ``columns`` (names
    don't matter): VARCHAR, BIGINT, HUGEINT (a decimal of scale 0), DECIMAL, DOUBLE, BOOLEAN,
    DATE, TIMESTAMP, VARCHAR[] as DuckDB hands them out. A timestamp without a zone is UTC,
    unless ``is_local`` says that it is the institution's wall clock (an hour bucket).
    ``ending`` is called once, with the number of rows, after the last batch.
    """

    columns: tuple[Column, ...]
    batches: Iterable[Any]
    head: Head
    ending: Callable[[int], Ending]
    is_local: bool = False
    compared: int = 0
    """The number of last columns that hold the compared measures."""
    placed: tuple[Placed, ...] | None = None
    """The places of the totals, if they are known beforehand; else they follow all rows."""
