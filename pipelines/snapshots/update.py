"""The update of one table from the last snapshot to the next."""
# ruff: noqa: S608  (SQL over this package's own names; values are checked numbers or quoted)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pipelines.snapshots import checks
from pipelines.snapshots.full import Extraction
from pipelines.snapshots.source import TableSource, identifier
from pipelines.snapshots.workspace import SnapshotFile, create_sql
from reports.snapshot.manifest import TableFacts
from reports.snapshot.schema import columns_of

REWRITE_ROWS: Final = 5_000
"""Smaller tables are rewritten when they change, which keeps them compact and in order."""
REWRITE_SHARE: Final = 0.2
"""A larger table is rewritten if this share of it changed, moves or is dead."""


@dataclass(frozen=True)
class Changes:
    """Changes since the last snapshot, counted by PostgreSQL for each table."""

    since: str
    changed: Mapping[str, int]
    gone: Mapping[str, int]
    first_id: Mapping[str, int]
    """The least id among the changed rows."""

    @property
    def total(self) -> int:
        """Number of changed and deleted rows."""
        return sum(self.changed.values()) + sum(self.gone.values())

    def touch(self, source: TableSource) -> bool:
        """Return True if the table's source changed at all."""
        return bool(self.changed.get(source.relation) or self.gone.get(source.relation))

    def may_lose_rows(self, source: TableSource) -> bool:
        """Return True if rows may have been deleted, or may have left the table's filter."""
        return bool(source.where or self.gone.get(source.relation))


def last_id_if_appending(
    file: SnapshotFile, source: TableSource, before: TableFacts, changes: Changes
) -> int | None:
    """Return the table's last id if the only changes are rows after that one, else None.

    Every row of the last snapshot is then still there as it was: none has a tombstone, and
    none is among the changed rows, as those have greater ids.
    """
    relation = source.relation
    if changes.may_lose_rows(source) or before.rows < REWRITE_ROWS:
        return None
    last_id = file.number(f"SELECT max(id) FROM snapshot.{source.table.name}")
    return last_id if changes.first_id.get(relation, 0) > last_id else None


class TableUpdate:
    """The update of one table, and the rows of it to check.

    The changed rows are in ``memory.changed_<table>``, ids that may be gone (if there can be any)
    in ``memory.gone_<table>``; with ``appended_after`` the rows are in the file already.
    """

    def __init__(
        self,
        work: Extraction,
        source: TableSource,
        before: TableFacts,
        changes: Changes,
        appended_after: int | None,
    ) -> None:
        self.source = source
        self.table = source.table
        self.before = before
        self.changed = changes.changed.get(source.relation, 0)
        self.may_lose_rows = changes.may_lose_rows(source)
        """True if rows may have been deleted, or may have left the table's filter."""
        self._work = work
        self._file = work.file
        self._moved = self.changed + changes.gone.get(source.relation, 0)
        self._arrived_already = appended_after is not None
        self._last_id = appended_after
        if appended_after is None:
            self._last_id = last_id_if_appending(work.file, source, before, changes)

    @property
    def appends(self) -> bool:
        """True if the table only grew at its end."""
        return self._last_id is not None

    @property
    def new_rows(self) -> str:
        """The relation to check: the appended rows, or the whole table."""
        if self.appends:
            return f"(SELECT * FROM {self._name} WHERE id > {self._last_id})"
        return self._name

    def apply(self) -> None:
        """Change the table."""
        if self._arrived_already:
            return
        if self.appends:
            self._file.execute(
                f"INSERT INTO {self._name} SELECT * FROM {self._changed} ORDER BY id"
            )
        elif self._is_rewritten():
            self._rewrite()
        else:
            self._change_in_place()

    def facts(self) -> TableFacts:
        """Return the table's new facts; if it was appended to, the old ones plus the new rows'."""
        attributes = self._work.reading.attributes
        found = checks.table_facts(self._file, self.table, attributes, rows=self.new_rows)
        return checks.added(self.before, found) if self.appends else found

    @property
    def _name(self) -> str:
        return f"snapshot.{self.table.name}"

    @property
    def _changed(self) -> str:
        return f"memory.changed_{self.table.name}"

    @property
    def _gone(self) -> str:
        if not self.may_lose_rows:
            return "(SELECT NULL::BIGINT AS id WHERE false)"
        return f"memory.gone_{self.table.name}"

    def _is_rewritten(self) -> bool:
        rows = self.before.rows
        if rows < REWRITE_ROWS:
            return True
        dead = self._file.number(f"SELECT max(rowid) + 1 - count(*) FROM {self._name}")
        tail = self._file.number(
            f"SELECT count(*) FROM {self._name} WHERE id > ({self._first_new_id})"
        )
        return max(self._moved, dead, tail) > REWRITE_SHARE * rows

    @property
    def _first_new_id(self) -> str:
        """SQL for the least id that the file doesn't hold yet; NULL if there is none."""
        return (
            f"SELECT min(id) FROM {self._changed} WHERE id NOT IN "
            f"(SELECT id FROM {self._name} WHERE id IN (SELECT id FROM {self._changed}))"
        )

    def _rewrite(self) -> None:
        name = self.table.name
        self._file.execute(create_sql(f"{name}_next", self.table, self._work.reading.attributes))
        self._file.execute(
            f"INSERT INTO {self._name}_next SELECT * FROM ("
            f"SELECT * FROM {self._name} WHERE id NOT IN (SELECT id FROM {self._gone}) "
            f"AND id NOT IN (SELECT id FROM {self._changed}) "
            f"UNION ALL SELECT * FROM {self._changed}) ORDER BY id"
        )
        self._file.execute(f"DROP TABLE {self._name}")
        self._file.execute(f"ALTER TABLE {self._name}_next RENAME TO {name}")

    def _change_in_place(self) -> None:
        """Delete, overwrite, insert; unchanged rows stay in place."""
        first_new = self._file.number(self._first_new_id)
        self._file.execute(
            f"DELETE FROM {self._name} WHERE id IN (SELECT id FROM {self._gone} "
            f"EXCEPT SELECT id FROM {self._changed})"
        )
        columns = columns_of(self.table, self._work.reading.attributes)
        values = ", ".join(
            f"{identifier(c.name)} = n.{identifier(c.name)}" for c in columns if c.name != "id"
        )
        self._file.execute(
            f"UPDATE {self._name} AS t SET {values} FROM {self._changed} AS n WHERE t.id = n.id"
        )
        if first_new:
            self._insert_in_order(first_new)

    def _insert_in_order(self, first_new: int) -> None:
        """Insert rows that committed late between others: remove the tail and append it again."""
        tail = f"tail_{self.table.name}"
        self._file.stage_sql(
            tail,
            f"SELECT * FROM {self._name} WHERE id > {first_new} UNION ALL "
            f"SELECT * FROM {self._changed} WHERE id >= {first_new} AND id NOT IN "
            f"(SELECT id FROM {self._name} WHERE id >= {first_new})",
        )
        self._file.execute(f"DELETE FROM {self._name} WHERE id > {first_new}")
        self._file.execute(f"INSERT INTO {self._name} SELECT * FROM temp.{tail} ORDER BY id")
