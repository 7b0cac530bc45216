"""The content of a file: one report, or the tiles of a dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Definition = Mapping[str, Any]


@dataclass(frozen=True)
class ReportContent:
    """A report; ``name`` is for the file's name."""

    name: str
    definition: Definition


@dataclass(frozen=True)
class TileContent:
    """A report on a dashboard; ``labels`` name its measures by their keys."""

    title: str
    definition: Definition
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SqlTileContent:
    """A saved query on a dashboard, which runs as far as the file's reader may read SQL."""

    title: str
    sql: str


@dataclass(frozen=True)
class BoardContent:
    """A dashboard; ``notes`` say what its reader chose, a sentence each."""

    name: str
    tiles: tuple[TileContent | SqlTileContent, ...]
    notes: tuple[str, ...] = ()

    @property
    def has_sql(self) -> bool:
        """True if what is in the file depends on how far its reader reads SQL."""
        return any(isinstance(tile, SqlTileContent) for tile in self.tiles)


Content = ReportContent | BoardContent
