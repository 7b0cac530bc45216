"""An incremental snapshot: a copy of the last file, and only the rows that changed.

A row changed since the last snapshot if it is visible now and the transaction that last
wrote it was not visible then; a row is gone if its tombstone is such a row. Both are
PostgreSQL's own visibility rules, so no clock takes part (docs/snapshots.md argues it).
"""

# ruff: noqa: S608  (SQL over this package's own names; values are checked numbers or quoted)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pipelines.snapshots import checks
from pipelines.snapshots.build import Extraction, counted_rows
from pipelines.snapshots.dates import correct_unusual_dates
from pipelines.snapshots.errors import RefreshMismatchError
from pipelines.snapshots.extract import ReadTransaction, Stream
from pipelines.snapshots.source import (
    RELATIONS,
    SOURCES,
    TOMBSTONES,
    Source,
    changed_since,
    identifier,
    literal,
)
from pipelines.snapshots.workspace import SnapshotFile, create_sql
from reports.snapshot.manifest import Manifest, TableFacts
from reports.snapshot.schema import TABLES, Table, columns_of

REWRITE_ROWS: Final = 50_000
"""Smaller tables are written anew when they change, which keeps them compact and in order."""
REWRITE_SHARE: Final = 0.2
"""A larger table is written anew if this share of it changed, moves or is dead."""
FULL_SHARE: Final = 0.4
"""If this share of all rows changed, a full snapshot costs less."""


@dataclass(frozen=True)
class Changes:
    """What happened since the last snapshot, counted by PostgreSQL, by its tables."""

    since: str
    changed: Mapping[str, int]
    gone: Mapping[str, int]
    first_id: Mapping[str, int]
    """The least id among the changed rows."""

    @property
    def total(self) -> int:
        """Rows that changed or went."""
        return sum(self.changed.values()) + sum(self.gone.values())

    def touch(self, source: Source) -> bool:
        """Whether the table's source changed at all."""
        return bool(self.changed.get(source.relation) or self.gone.get(source.relation))


def find_changes(transaction: ReadTransaction, since: str) -> Changes:
    """Count what changed since an earlier horizon. One statement; no rows travel."""
    own = f"institution_id = {transaction.facts.institution.id} AND {changed_since(since)}"
    names = ", ".join(literal(relation) for relation in RELATIONS)
    parts = [
        f"SELECT '{relation}', false, count(*), min(id) FROM {relation} WHERE {own}"
        for relation in RELATIONS
    ]
    parts.append(
        f"SELECT table_name, true, count(*), NULL FROM {TOMBSTONES} "
        f"WHERE {own} AND table_name IN ({names}) GROUP BY table_name"
    )
    rows = transaction.query(" UNION ALL ".join(parts))
    return Changes(
        since,
        changed={name: n for name, gone, n, _ in rows if n and not gone},
        gone={name: n for name, gone, n, _ in rows if n and gone},
        first_id={name: first for name, gone, n, first in rows if n and not gone},
    )


def refresh(work: Extraction, base: Manifest, changes: Changes) -> dict[str, TableFacts]:
    """Bring the copied file up to date and check it; returns all tables' facts.

    Raises ``RefreshMismatchError`` if the rows don't add up, ``ChecksFailedError`` for what
    a full snapshot would find too.
    """
    updates = [
        _Update(work, source, changes, base.tables[source.table.name])
        for source in SOURCES
        if changes.touch(source)
    ]
    institution_id = work.reading.institution.id
    with work.streams.following(work.transaction.export(), institution_id) as stream:
        for update in updates:
            update.fetch(stream)
    with work.file.transaction():
        for update in updates:
            update.apply()
        correct_unusual_dates(
            work.file, [u.table for u in updates if u.arrived], work.reading.time_zone
        )
    facts = dict(base.tables) | {u.table.name: u.facts() for u in updates}
    _require_parity(work, updates, facts)
    _require_references(work.file, updates)
    return facts


def _require_parity(
    work: Extraction, updates: list[_Update], facts: Mapping[str, TableFacts]
) -> None:
    """An appended table by arithmetic, every other one that changed by counting again."""
    recounted = [u.source for u in updates if not u.appends]
    expected = counted_rows(work.transaction, recounted)
    expected |= {u.table.name: u.before.rows + u.changed for u in updates if u.appends}
    problems = checks.parity(expected, facts)
    problems += [
        problem
        for update in updates
        for problem in checks.out_of_order(work.file, update.table, rows=update.new_rows)
    ]
    if problems:
        raise RefreshMismatchError(" ".join(problems))


def _require_references(file: SnapshotFile, updates: list[_Update]) -> None:
    """New rows must find their parents; where parents went, all children are looked at."""
    problems = [p for u in updates for p in checks.orphans(file, u.table, rows=u.new_rows)]
    for lost in (u.table.name for u in updates if u.may_lose_rows):
        for table in TABLES:
            problems += checks.orphans(file, table, parents=lost)
    checks.refuse(list(dict.fromkeys(problems)))


class _Update:
    """One table's way from the last snapshot to this one."""

    def __init__(
        self, work: Extraction, source: Source, changes: Changes, before: TableFacts
    ) -> None:
        self.source = source
        self.table: Table = source.table
        self.before = before
        self.changed = changes.changed.get(source.relation, 0)
        self.arrived = 0
        self._work = work
        self._file = work.file
        self._gone = changes.gone.get(source.relation, 0)
        self._since = changed_since(changes.since)
        self._last_id = self._file.number(f"SELECT max(id) FROM {self._name}")
        self.appends = (
            not self.may_lose_rows
            and before.rows >= REWRITE_ROWS
            and changes.first_id.get(source.relation, 0) > self._last_id
        )

    @property
    def may_lose_rows(self) -> bool:
        """Whether rows of the table may have gone, or turned into rows of another kind."""
        return bool(self._gone or self.source.where)

    @property
    def new_rows(self) -> str:
        """The relation to check: the appended rows, or the whole table."""
        if self.appends:
            return f"(SELECT * FROM {self._name} WHERE id > {self._last_id})"
        return self._name

    @property
    def _name(self) -> str:
        return f"snapshot.{self.table.name}"

    @property
    def _changed_rows(self) -> str:
        return f"temp.changed_{self.table.name}"

    @property
    def _gone_ids(self) -> str:
        return f"temp.gone_{self.table.name}"

    def fetch(self, stream: Stream) -> None:
        """Bring the changed rows and the ids that may have gone."""
        query = self._work.select(self.source, self._since)
        made = self._work.made(self.source)
        with stream.rows(query, self._work.arrived) as rows:
            if self.appends:
                self.arrived = self._file.insert(self.table.name, made, rows)
            else:
                self.arrived = self._file.stage(f"changed_{self.table.name}", made, rows)
        if not self.appends:
            with stream.rows(self._doubtful_ids()) as rows:
                self._file.stage(f"gone_{self.table.name}", "id", rows)

    def apply(self) -> None:
        """Change the table; the appended one is already as it should be."""
        if self.appends:
            return
        if self._is_rewritten():
            self._rewrite()
        else:
            self._change_in_place()

    def facts(self) -> TableFacts:
        """The table's new facts; of an appended one, the old ones and those of the new rows."""
        attributes = self._work.reading.attributes
        found = checks.table_facts(self._file, self.table, attributes, rows=self.new_rows)
        return checks.added(self.before, found) if self.appends else found

    def _doubtful_ids(self) -> str:
        """Ids with a tombstone; and all changed ones where a filter decides what belongs."""
        own = f"institution_id = {self._work.reading.institution.id} AND {self._since}"
        relation = self.source.relation
        query = (
            f"SELECT row_id AS id FROM {TOMBSTONES} "
            f"WHERE {own} AND table_name = {literal(relation)}"
        )
        if self.source.where:
            query += f" UNION ALL SELECT id FROM {relation} WHERE {own}"
        return query

    def _is_rewritten(self) -> bool:
        rows = self.before.rows
        if rows < REWRITE_ROWS:
            return True
        dead = self._file.number(f"SELECT max(rowid) + 1 - count(*) FROM {self._name}")
        first_new = self._first_new_id()
        tail = (
            self._file.number(f"SELECT count(*) FROM {self._name} WHERE id > {first_new}")
            if first_new
            else 0
        )
        return max(self.changed + self._gone, dead, tail) > REWRITE_SHARE * rows

    def _first_new_id(self) -> int:
        """The least id that the file doesn't hold yet; 0 if there is none."""
        return self._file.number(
            f"SELECT min(id) FROM {self._changed_rows} WHERE id NOT IN "
            f"(SELECT id FROM {self._name} WHERE id IN (SELECT id FROM {self._changed_rows}))"
        )

    def _rewrite(self) -> None:
        name = self.table.name
        self._file.execute(create_sql(f"{name}_next", self.table, self._work.reading.attributes))
        self._file.execute(
            f"INSERT INTO {self._name}_next SELECT * FROM ("
            f"SELECT * FROM {self._name} WHERE id NOT IN (SELECT id FROM {self._gone_ids}) "
            f"AND id NOT IN (SELECT id FROM {self._changed_rows}) "
            f"UNION ALL SELECT * FROM {self._changed_rows}) ORDER BY id"
        )
        self._file.execute(f"DROP TABLE {self._name}")
        self._file.execute(f"ALTER TABLE {self._name}_next RENAME TO {name}")

    def _change_in_place(self) -> None:
        first_new = self._first_new_id()
        self._file.execute(
            f"DELETE FROM {self._name} WHERE id IN (SELECT id FROM {self._gone_ids} "
            f"EXCEPT SELECT id FROM {self._changed_rows})"
        )
        columns = columns_of(self.table, self._work.reading.attributes)
        values = ", ".join(
            f"{identifier(c.name)} = n.{identifier(c.name)}" for c in columns if c.name != "id"
        )
        self._file.execute(
            f"UPDATE {self._name} AS t SET {values} "
            f"FROM {self._changed_rows} AS n WHERE t.id = n.id"
        )
        if first_new:
            self._insert_in_order(first_new)

    def _insert_in_order(self, first_new: int) -> None:
        """Rows that committed late belong between others: lift the tail and put it back."""
        tail = f"temp.tail_{self.table.name}"
        self._file.stage_sql(
            f"tail_{self.table.name}",
            f"SELECT * FROM {self._name} WHERE id > {first_new} UNION ALL "
            f"SELECT * FROM {self._changed_rows} WHERE id >= {first_new} AND id NOT IN "
            f"(SELECT id FROM {self._name} WHERE id >= {first_new})",
        )
        self._file.execute(f"DELETE FROM {self._name} WHERE id > {first_new}")
        self._file.execute(f"INSERT INTO {self._name} SELECT * FROM {tail} ORDER BY id")
