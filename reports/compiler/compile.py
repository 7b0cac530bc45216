"""From a validated report to plan nodes.

Each measure's entity is added up at its own grain on the requested dimensions, and only
then are the sums put side by side: so no relation can multiply another entity's rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from reports.catalog.model import Catalogue, Entity
from reports.catalog.paths import Path, resolve, route, seen_from
from reports.compiler.aggregates import aggregate_sql
from reports.compiler.buckets import bin_sql, bucket_sql
from reports.compiler.conditions import condition_sql, logic_sql, value_sql
from reports.compiler.filling import fill_of
from reports.compiler.guards import quoted
from reports.compiler.parameters import Late, Parameters
from reports.compiler.plan import (
    KEPT,
    Aggregate,
    Cells,
    Combine,
    Counting,
    Fill,
    Listing,
    Order,
    Output,
    Rows,
)
from reports.compiler.render import render_cells, render_counting, render_listing
from reports.compiler.source import IsComplete, Source
from reports.contracts import ScopeKind
from reports.language.measures import bases_of
from reports.language.report import (
    Base,
    Condition,
    Constant,
    Formula,
    Having,
    MetricCondition,
    Ratio,
    Report,
)


@dataclass(frozen=True)
class Compiled:
    """Statements ready to run. ``undated`` counts the rows that no time bucket holds."""

    sql: str
    parameters: dict[str, Constant | Late]
    count_sql: str | None = None
    undated_sql: str | None = None
    undated_entities: tuple[str, ...] = ()

    @cached_property
    def statements(self) -> tuple[str, ...]:
        """All statements, each one to be verified."""
        return tuple(s for s in (self.sql, self.count_sql, self.undated_sql) if s)


@dataclass(frozen=True)
class Settings:
    """What shapes the statements besides the report: all of it is part of the cache key."""

    kind: ScopeKind
    first_weekday: int
    cap: int | None
    """How many rows are wanted at most; None: all."""


def compile_report(
    report: Report,
    catalogue: Catalogue,
    settings: Settings,
    is_complete: IsComplete = lambda _child, _relation, _parent: False,
) -> Compiled:
    """The statements that answer ``report`` inside a scope of the kind in ``settings``.

    ``is_complete`` tells of which relations the snapshot is known to miss no parent.
    """
    return _Compiler(report, catalogue, settings, is_complete).compile()


class _Compiler:
    def __init__(
        self, report: Report, catalogue: Catalogue, settings: Settings, is_complete: IsComplete
    ) -> None:
        self.report = report
        self.is_complete = is_complete
        self.catalogue = catalogue
        self.settings = settings
        self.parameters = Parameters()
        self.groups = tuple(
            quoted(f"d{i}") for i in range(len(report.dimensions) + (report.time is not None))
        )

    def compile(self) -> Compiled:
        if self.report.mode == "rows":
            return self._listing()
        cells = self._cells()
        undated = self._undated()
        return Compiled(
            render_cells(cells),
            self.parameters.values,
            undated_sql=render_counting(undated) if undated else None,
            undated_entities=tuple(name for name, _ in undated.rows) if undated else (),
        )

    def _limit(self) -> int | None:
        limits = [n for n in (self.report.limit, self.settings.cap) if n is not None]
        return min(limits) if limits else None

    # -- rows as they are

    def _listing(self) -> Compiled:
        source = self._source(self.catalogue.by_key[self.report.entity])
        where = self._where(source)
        outputs = tuple(
            Output(f"d{i}", source.field(c.path)) for i, c in enumerate(self.report.columns)
        )
        key = source.output(source.key())
        rows = source.rows(outputs, where)
        names = {c.key: quoted(f"d{i}") for i, c in enumerate(self.report.columns)}
        order = [Order(names[s.by], s.descending) for s in self.report.sort]
        listing = Listing(rows, (*order, Order(quoted(key))), self._limit())
        counted = self._source(self.catalogue.by_key[self.report.entity])
        count_where = self._where(counted)
        counting = Counting((("rows", counted.rows((), count_where)),))
        return Compiled(
            render_listing(listing, len(outputs)),
            self.parameters.values,
            count_sql=render_counting(counting),
        )

    # -- groups

    def _cells(self) -> Cells:
        bases = self._bases()
        branches = tuple(
            self._branch(entity, entity_bases) for entity, entity_bases in bases.items()
        )
        names = {base: f"m{i}" for i, base in enumerate(self._ordered_bases())}
        combine = Combine(branches, self.groups, tuple(names.values()))
        having = tuple(self._having(h) for h in self.report.having)
        has_total = self.report.has_totals and bool(self.groups)
        values = tuple(
            Output(f"v{i}", _formula_sql(m.formula, names))
            for i, m in enumerate(self.report.measures)
        )
        return Cells(
            self._filled(combine),
            self.groups,
            values,
            having,
            self._order(),
            self._limit(),
            has_total,
            _total_of_kept(combine) if having and has_total else None,
        )

    def _filled(self, combine: Combine) -> Combine | Fill:
        time = self.report.time
        if time is None or not time.fill:
            return combine
        root = self.catalogue.by_key[self.report.entity]
        axis = time.path
        if axis is None:
            owner = root.key if root.time else self._ordered_bases()[0].entity
            axis = resolve(self.catalogue, owner, self.catalogue.by_key[owner].time)
        path = axis
        return fill_of(
            self.report, path, combine, self.parameters, lambda sql: self._bucket(path, sql)
        )

    def _ordered_bases(self) -> tuple[Base, ...]:
        found: dict[Base, None] = {}
        for measure in self.report.measures:
            found |= dict.fromkeys(bases_of(measure.formula))
        return tuple(found)

    def _bases(self) -> dict[str, list[tuple[str, Base]]]:
        """The aggregates of each entity; the root is there too if it makes groups."""
        by_entity: dict[str, list[tuple[str, Base]]] = {}
        if self.groups and self._has_axis(self.report.entity):
            by_entity[self.report.entity] = []
        for number, base in enumerate(self._ordered_bases()):
            by_entity.setdefault(base.entity, []).append((f"m{number}", base))
        return by_entity

    def _has_axis(self, entity: str) -> bool:
        time = self.report.time
        if time is None or time.path is not None:
            return True
        return bool(self.catalogue.by_key[entity].time)

    def _branch(self, entity_key: str, bases: list[tuple[str, Base]]) -> Aggregate:
        source = self._source(self.catalogue.by_key[entity_key])
        where = self._where(source)
        groups: list[Output] = []
        if self.report.time is not None:
            path, date = self._date(source)
            groups.append(Output(f"d{len(groups)}", self._bucket(path, date)))
            where += () if path.field.required and not path.hops else (f"({date} IS NOT NULL)",)
        groups += [
            Output(f"d{i}", self._dimension(source, i - len(groups)))
            for i in range(len(groups), len(self.groups))
        ]
        outputs = tuple(Output(name, self._aggregate(source, base)) for name, base in bases)
        rows = source.rows(tuple(groups), where)
        # A total of groups that `having` chooses can't come from the same pass over the rows.
        in_one_pass = self.report.has_totals and bool(self.groups) and not self.report.having
        return Aggregate(rows, self.groups, outputs, with_total=in_one_pass)

    def _aggregate(self, source: Source, base: Base) -> str:
        parts = [source.expression(base.where)] if base.where else []
        parts += [condition_sql(source, c, self.parameters) for c in base.conditions]
        flag = source.output("(" + " AND ".join(f"({p})" for p in parts) + ")") if parts else None
        return aggregate_sql(base, source, self.parameters, flag)

    def _dimension(self, source: Source, index: int) -> str:
        dimension = self.report.dimensions[index]
        value = source.field(self._seen(dimension.path, source.entity.key))
        return bin_sql(value, dimension.bins, self.parameters) if dimension.bins else value

    def _date(self, source: Source) -> tuple[Path, str]:
        time = self.report.time
        assert time is not None
        if time.path is None:
            path = resolve(self.catalogue, source.entity.key, source.entity.time)
        else:
            path = self._seen(time.path, source.entity.key)
        return path, source.field(path)

    def _bucket(self, path: Path, date: str) -> str:
        assert self.report.time is not None
        return bucket_sql(
            date,
            path.field.type,
            self.report.time.bucket,
            self.parameters,
            first_weekday=self.settings.first_weekday,
        )

    def _undated(self) -> Counting | None:
        if self.report.time is None:
            return None
        found: list[tuple[str, Rows]] = []
        for entity in self._bases():
            source = self._source(self.catalogue.by_key[entity])
            path, date = self._date(source)
            if not path.field.required or path.hops:
                where = (*self._where(source), f"({date} IS NULL)")
                found.append((entity, source.rows((), where)))
        return Counting(tuple(found)) if found else None

    def _having(self, having: Having) -> str:
        keys = [m.key for m in self.report.measures]
        index = keys.index(having.measure)
        kind = self.report.measures[index].type
        return value_sql(quoted(f"v{index}"), having.op, self._constants(having.values), kind)

    def _constants(self, values: tuple[Constant, ...]) -> tuple[str, ...]:
        return tuple(self.parameters.add(value) for value in values)

    def _order(self) -> tuple[Order, ...]:
        keys = [self.report.time.key] if self.report.time else []
        keys += [d.key for d in self.report.dimensions]
        names = dict(zip(keys, self.groups, strict=True))
        names |= {m.key: quoted(f"v{i}") for i, m in enumerate(self.report.measures)}
        asked = tuple(Order(names[s.by], s.descending) for s in self.report.sort)
        return asked + tuple(Order(group) for group in self.groups)

    # -- filters

    def _source(self, entity: Entity) -> Source:
        return Source(self.catalogue, entity, self.settings.kind, self.is_complete)

    def _seen(self, path: Path, entity: str) -> Path:
        seen = seen_from(self.catalogue, path, entity)
        assert seen is not None, "validation has checked that it can be seen"
        return seen

    def _where(self, source: Source) -> tuple[str, ...]:
        predicates = tuple(self._predicate(source, f) for f in self.report.filters)
        logic = logic_sql(self.report.logic, predicates)
        return (logic,) if logic else ()

    def _predicate(self, source: Source, condition: Condition | MetricCondition) -> str:
        entity = source.entity.key
        if isinstance(condition, MetricCondition):
            return self._metric_predicate(source, condition)
        other = self._seen(condition.other, entity) if condition.other else None
        seen = replace(condition, path=self._seen(condition.path, entity), other=other)
        return condition_sql(source, seen, self.parameters)

    def _metric_predicate(self, source: Source, condition: MetricCondition) -> str:
        hops = route(self.catalogue, source.entity.key, self.report.entity)
        assert hops is not None, "validation has checked that it belongs to the root"
        key = source.key(hops)
        names: dict[Base, str] = {}
        for base in bases_of(condition.measure.formula):
            alias = source.child(self._per_row(base, condition.route), hops)
            names[base] = f"{alias}.v"
        value = _formula_sql(condition.measure.formula, names)
        placeholders = self._constants(condition.values)
        predicate = value_sql(value, condition.op, placeholders, condition.measure.type)
        return f"({key} IS NOT NULL AND {predicate})"

    def _per_row(self, base: Base, way: tuple[str, ...]) -> Aggregate:
        source = self._source(self.catalogue.by_key[base.entity])
        entity = self.catalogue.by_key[base.entity]
        for hop in way[:-1]:
            entity = self.catalogue.by_key[entity.relations_by_name[hop].to]
        key = source.column(way[:-1], entity.relations_by_name[way[-1]].column)
        value = Output("v", self._aggregate(source, base))
        return Aggregate(source.rows((Output("k", key),), ()), (quoted("k"),), (value,))


def _total_of_kept(combine: Combine) -> Combine:
    branches = tuple(
        Aggregate(b.rows, (), b.outputs, kept=KEPT, kept_groups=b.groups)
        for b in combine.branches
        if b.outputs
    )
    return Combine(branches, (), combine.outputs)


def _formula_sql(formula: Formula, names: dict[Base, str]) -> str:
    """A formula over the combined aggregates: counts and sums are 0 over nothing."""
    if isinstance(formula, Ratio):
        numerator = _formula_sql(formula.numerator, names)
        denominator = _formula_sql(formula.denominator, names)
        return f"(CAST({numerator} AS DOUBLE) / nullif(CAST({denominator} AS DOUBLE), 0))"
    name = ".".join(quoted(part) for part in names[formula].split("."))
    return f"coalesce({name}, 0)" if formula.is_zero_over_nothing else name
