"""A question to the engine, as its callers put it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.contracts import History, Limits, Scope, SnapshotRef


@dataclass(frozen=True)
class ReportRequest:
    """One report to be answered: the definition, and all that it is answered with.

    ``snapshot`` is the newest one; ``history`` finds the snapshots that ``asOf`` and ``compare``
    name, which are refused without it.
    """

    definition: Mapping[str, Any]
    scope: Scope
    snapshot: SnapshotRef
    limits: Limits | None = None
    """None: the usual ones, interactive or of an export."""
    history: History | None = None
