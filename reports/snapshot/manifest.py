"""The manifest: what a snapshot file says of itself, in its table ``_manifest``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

from reports.snapshot.schema import AttributeDefinition

MANIFEST_TABLE: Final = "_manifest"


@dataclass(frozen=True)
class TableFacts:
    """A table's row count, and a digest of its rows that doesn't depend on their order."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Manifest:
    """The description of a snapshot file: its institution, its moment, its shape.

    ``horizon`` is PostgreSQL's ``pg_current_snapshot()`` of the reading transaction: the
    next refresh takes what was not visible in it. ``source`` identifies the database
    cluster that the transaction ids belong to.
    """

    institution_id: int
    institution_slug: str
    snapshot_id: str
    taken_at: datetime
    horizon: str
    source: str
    schema_version: int
    time_zone: str
    first_weekday: int
    min_group_size: int
    attributes: tuple[AttributeDefinition, ...]
    tables: Mapping[str, TableFacts]
    perturbation_key: int | None = None
    """The key of the noise of numbers about people; None: they have none."""

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, ISO instants."""
        document = asdict(self) | {"taken_at": self.taken_at.isoformat()}
        return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read what :meth:`to_json` wrote; what a later release adds is passed over.

        Raises ``ValueError``, ``KeyError`` or ``TypeError`` for anything else.
        """
        raw: dict[str, Any] = json.loads(text)
        raw["taken_at"] = datetime.fromisoformat(raw["taken_at"])
        raw["attributes"] = tuple(AttributeDefinition(**a) for a in raw["attributes"])
        raw["tables"] = {name: TableFacts(**facts) for name, facts in raw["tables"].items()}
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in raw.items() if name in known})
