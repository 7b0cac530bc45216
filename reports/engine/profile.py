"""Facts about all rows of a snapshot, so that simpler SQL says the same.

An inner join to a small parent costs a third of an outer one, and says the same if no row
lacks its parent. Composing a text (NFC) in each of ten million joined rows costs four times
the question, and changes nothing where all texts are composed. Whether that is so is asked of
the file itself, once, when a large table's question first needs it (1 to 50 ms); for small
tables there is nothing to gain.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

import duckdb

from reports.catalog.model import Entity, Field, Relation
from reports.compiler.guards import quoted
from reports.snapshot.manifest import TableFacts

_ORPHANS: Final = (
    "SELECT count(*) FROM (SELECT DISTINCT {column} AS k FROM {child}) AS c "
    "LEFT JOIN {parent} AS p ON p.{key} = c.k WHERE p.{key} IS NULL"
)
_DECOMPOSED: Final = (
    "SELECT count(*) FROM (SELECT DISTINCT {column} AS t FROM {table}) AS d "
    "WHERE t <> nfc_normalize(t)"
)


class DataProfile:
    """The facts of one open snapshot; safe to use from several threads.

    ``ask_from``: the rows of the table that a question starts from, under which nothing is
    asked, and nothing known.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        facts: Mapping[str, TableFacts],
        ask_from: int,
    ) -> None:
        self._ask_from = ask_from
        self._connection = connection
        self._facts = facts
        self._known: dict[tuple[str, ...], bool] = {}
        self._lock = threading.Lock()

    def has_all_parents(self, child: Entity, relation: Relation, parent: Entity) -> bool:
        """Return True if every row of ``child`` has its parent by ``relation``."""
        if not self._is_large(child) or len(relation.columns) != 1:
            return False
        return self._holds(
            _ORPHANS,
            column=relation.columns[0],
            child=child.table,
            parent=parent.table,
            key=parent.primary_key[0],
        )

    def is_composed(self, start: Entity, owner: Entity, field: Field) -> bool:
        """Return True if every text of a field is in Unicode's composed form.

        ``start`` is the entity whose rows the question reads, ``owner`` the one of the field.
        """
        if field.sql or not self._is_large(start):
            return False
        return self._holds(_DECOMPOSED, column=field.column, table=owner.table)

    def _is_large(self, entity: Entity) -> bool:
        facts = self._facts.get(entity.table)
        return facts is not None and facts.rows >= self._ask_from

    def _holds(self, exceptions: str, **names: str) -> bool:
        """Return True if the query finds no exception; asked once for each set of names."""
        key = (exceptions, *names.values())
        with self._lock:
            if key not in self._known:
                sql = exceptions.format(**{name: quoted(value) for name, value in names.items()})
                row = self._connection.cursor().execute(sql).fetchone()
                self._known[key] = row is not None and row[0] == 0
            return self._known[key]
