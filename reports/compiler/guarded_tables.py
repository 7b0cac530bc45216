"""Building the rows of one entity: parents are joined only when something needs them."""

from __future__ import annotations

from typing import Protocol

from reports.catalog.model import Catalog, Entity, Field, FieldType, Relation
from reports.catalog.paths import Path, resolve
from reports.catalog.template import Template
from reports.compiler.guards import guard_of, quoted
from reports.compiler.plan import Aggregate, ChildJoin, Output, ParentJoin, Rows, Scan
from reports.contracts import ScopeKind


class Profile(Protocol):
    """Facts about all rows, so that simpler SQL says the same (``reports/engine/profile``)."""

    def has_all_parents(self, child: Entity, relation: Relation, parent: Entity) -> bool:
        """Return True if every row of ``child`` has its parent by ``relation``."""

    def is_composed(self, start: Entity, owner: Entity, field: Field) -> bool:
        """Return True if every text of a field is in NFC, where rows of ``start`` are read."""


class NoProfile:
    """Nothing is known."""

    def has_all_parents(self, child: Entity, relation: Relation, parent: Entity) -> bool:
        """Any row may lack its parent."""
        del child, relation, parent
        return False

    def is_composed(self, start: Entity, owner: Entity, field: Field) -> bool:
        """Any text may be decomposed."""
        del start, owner, field
        return False


class GuardedTables:
    """The entity's table and the parents reached from it, each inside its own guard."""

    def __init__(
        self,
        catalog: Catalog,
        entity: Entity,
        kind: ScopeKind,
        profile: Profile,
    ) -> None:
        self.catalog = catalog
        self.entity = entity
        self.kind = kind
        self._profile = profile
        self._whole: set[tuple[str, ...]] = {()}
        self._aliases: dict[tuple[str, ...], str] = {(): "t0"}
        self._entities: dict[tuple[str, ...], Entity] = {(): entity}
        self._columns: dict[tuple[str, ...], set[str]] = {(): set()}
        self._children: list[tuple[Aggregate, str, tuple[str, ...]]] = []
        self._outputs: dict[str, str] = {}

    def column(self, hops: tuple[str, ...], column: str) -> str:
        """SQL for a physical column of the entity that ``hops`` lead to."""
        alias = self._reach(hops)
        self._columns[hops].add(column)
        return f"{quoted(alias)}.{quoted(column)}"

    def _reach(self, hops: tuple[str, ...]) -> str:
        if hops not in self._aliases:
            self._reach(hops[:-1])
            relation = self._entities[hops[:-1]].relations_by_name[hops[-1]]
            parent = self.catalog.by_key[relation.to]
            self._columns[hops[:-1]].update(relation.columns)
            self._columns[hops] = set(parent.primary_key)
            self._entities[hops] = parent
            self._aliases[hops] = f"t{len(self._aliases)}"
            if hops[:-1] in self._whole and self._has_all_parents(hops):
                self._whole.add(hops)
        return self._aliases[hops]

    def _has_all_parents(self, hops: tuple[str, ...]) -> bool:
        """Only of the whole institution: a narrower scope may hide a parent."""
        if self.kind is not ScopeKind.INSTITUTION:
            return False
        child = self._entities[hops[:-1]]
        relation = child.relations_by_name[hops[-1]]
        return self._profile.has_all_parents(child, relation, self._entities[hops])

    def field(self, path: Path) -> str:
        """SQL for a field seen from the entity; equal texts are equal, composed or not."""
        sql = self._field(path.hops, path.field)
        if path.field.type is not FieldType.TEXT or self._is_composed(path):
            return sql
        return f"nfc_normalize({sql})"

    def _is_composed(self, path: Path) -> bool:
        if path.field.choices:
            return True  # codes of ours, in ASCII
        return self._profile.is_composed(self.entity, self._owner(path.hops), path.field)

    def _field(self, hops: tuple[str, ...], field: Field) -> str:
        if not field.sql:
            return self.column(hops, field.column)
        owner = self._entities[hops] if hops in self._entities else self._owner(hops)
        return "(" + field.template.render(lambda text: self._inner(hops, owner, text)) + ")"

    def _owner(self, hops: tuple[str, ...]) -> Entity:
        self._reach(hops)
        return self._entities[hops]

    def _inner(self, hops: tuple[str, ...], owner: Entity, text: str) -> str:
        path = resolve(self.catalog, owner.key, text)
        return self._field(hops + path.hops, path.field)

    def expression(self, text: str) -> str:
        """SQL for an expression of the catalog over the entity."""
        return Template.parse(text).render(lambda path: self._inner((), self.entity, path))

    def key(self, hops: tuple[str, ...] = ()) -> tuple[str, ...]:
        """SQL for the columns of the key of the entity that ``hops`` lead to."""
        self._reach(hops)
        return tuple(self.column(hops, name) for name in self._entities[hops].primary_key)

    def child(self, aggregate: Aggregate, hops: tuple[str, ...]) -> str:
        """The alias of ``aggregate`` joined to the key of the entity ``hops`` lead to."""
        self.key(hops)
        for known, alias, where in self._children:
            if known == aggregate and where == hops:
                return alias
        alias = f"c{len(self._children)}"
        self._children.append((aggregate, alias, hops))
        return alias

    def output(self, sql: str, prefix: str = "x") -> str:
        """The name under which the rows offer an expression."""
        name = self._outputs.get(sql)
        if name is None:
            name = f"{prefix}{len(self._outputs)}"
            self._outputs[sql] = name
        return name

    def rows(self, outputs: tuple[Output, ...], where: tuple[str, ...]) -> Rows:
        """The rows, with ``outputs`` and those asked for by :meth:`output`."""
        if not self._columns[()]:
            table = self.catalog.tables_by_name[self.entity.table]
            self._columns[()].update(self.entity.primary_key[:1] or sorted(table.columns)[:1])
        joins: list[ParentJoin | ChildJoin] = []
        for hops in self._aliases:
            if hops:
                relation = self._entities[hops[:-1]].relations_by_name[hops[-1]]
                columns = tuple(self.column(hops[:-1], name) for name in relation.columns)
                keys = self._entities[hops].primary_key
                joins.append(ParentJoin(self._scan(hops), keys, columns, hops in self._whole))
        for aggregate, alias, hops in self._children:
            joins.append(ChildJoin(aggregate, alias, self.key(hops)))
        extra = tuple(Output(name, sql) for sql, name in self._outputs.items())
        return Rows(self._scan(()), tuple(joins), where, outputs + extra)

    def _scan(self, hops: tuple[str, ...]) -> Scan:
        entity = self._entities[hops]
        guard = guard_of(self.catalog, entity, self.kind)
        columns = tuple(sorted(self._columns[hops]))
        return Scan(entity.table, self._aliases[hops], columns, guard)
