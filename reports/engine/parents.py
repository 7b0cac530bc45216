"""The references of a snapshot that miss no parent.

An inner join to a small parent costs a third of an outer one, and says the same if no row
lacks its parent. Whether that is so is asked of the file itself, once, when a question first
joins that way (5 to 50 ms on ten million rows); small tables aren't worth asking about.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import duckdb

from reports.catalog.model import Entity, Relation
from reports.compiler.guards import quoted
from reports.snapshot.manifest import TableFacts


class Parents:
    """The references of one open snapshot."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        facts: Mapping[str, TableFacts],
        ask_from: int,
    ) -> None:
        self._ask_from = ask_from
        self._connection = connection
        self._facts = facts
        self._known: dict[tuple[str, str, str], bool] = {}
        self._lock = threading.Lock()

    def are_complete(self, child: Entity, relation: Relation, parent: Entity) -> bool:
        """Return True if every row of ``child`` has its parent by ``relation``."""
        facts = self._facts.get(child.table)
        if facts is None or facts.rows < self._ask_from:
            return False
        if len(relation.columns) != 1:
            return False
        key = (child.table, relation.columns[0], parent.table)
        with self._lock:
            if key not in self._known:
                self._known[key] = self._ask(child, relation, parent)
            return self._known[key]

    def _ask(self, child: Entity, relation: Relation, parent: Entity) -> bool:
        column, key = quoted(relation.columns[0]), quoted(parent.primary_key[0])
        sql = (
            f"SELECT count(*) FROM (SELECT DISTINCT {column} AS k FROM {quoted(child.table)}) AS c "  # noqa: S608 - quoted names of the catalog
            f"LEFT JOIN {quoted(parent.table)} AS p ON p.{key} = c.k WHERE p.{key} IS NULL"
        )
        row = self._connection.cursor().execute(sql).fetchone()
        return row is not None and row[0] == 0
