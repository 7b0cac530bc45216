"""Each entity's rows added up at their own grain on the requested groups.

A plain measure shares one pass over its entity's rows with its neighbors, totals included. A
measure that is moved in time, or looks at other rows than its cell's, has rows of its own.
"""

from __future__ import annotations

from dataclasses import replace

from reports.catalog.model import Entity, FieldType
from reports.catalog.paths import Path, is_same, route
from reports.compiler.aggregates import people_sql, worked
from reports.compiler.buckets import (
    BUCKETS_WITH_GAPS,
    bin_sql,
    bucket_sql,
    day_sql,
    exists_sql,
    local_sql,
)
from reports.compiler.conditions import compared_sql, condition_sql, constants_sql, logic_sql
from reports.compiler.context import Context
from reports.compiler.exact import Worked, stacked
from reports.compiler.guarded_tables import GuardedTables
from reports.compiler.guards import quoted
from reports.compiler.parameters import Today
from reports.compiler.perturbation import exact_name, has_noise, key_parts, noise_layer
from reports.compiler.plan import Aggregate, EdgeRows, Output, Rows
from reports.compiler.render import rows_sql
from reports.compiler.shifts import MONTHS, shifted_local, shifted_value
from reports.compiler.values import formula_sql
from reports.language.formulas import bases_of
from reports.language.report import (
    Base,
    Condition,
    MetricCondition,
    Shift,
    Window,
)

_DAY_BUCKETS = frozenset(("hour", "day"))


class Branch:
    """The rows of one entity, for measures that are moved and widened alike."""

    def __init__(
        self,
        context: Context,
        entity: str,
        shifts: tuple[Shift, ...] = (),
        window: Window | None = None,
    ) -> None:
        self.context = context
        self.source = context.source(entity)
        self.shifts = shifts
        self.window = window

    # -- the whole

    def plain(self, bases: list[tuple[str, Base]], levels: tuple[int, ...]) -> Aggregate:
        """All levels in one pass."""
        where = self.where()
        groups, dated = self.groups()
        outputs = tuple(o for name, base in bases for o in self.outputs(name, base))
        rows = self.source.rows(groups, where + dated)
        return Aggregate(rows, self.context.groups, outputs, levels)

    def of_level(self, name: str, base: Base, level: int) -> Aggregate:
        """One measure at one level, of rows that are its own."""
        where = self.where()
        groups, dated = self.groups()
        if base.window is None:
            outputs = self.outputs(name, base)
            rows: Rows | EdgeRows = self.source.rows(groups, where + dated)
        else:
            rows, outputs = self._edge(name, base, base.window, level, groups, where + dated)
        return Aggregate(rows, self.context.groups, outputs, (level,))

    def _edge(
        self,
        name: str,
        base: Base,
        window: Window,
        level: int,
        groups: tuple[Output, ...],
        where: tuple[str, ...],
    ) -> tuple[EdgeRows, tuple[Output, ...]]:
        over = self.source.output(self.source.field(window.path))
        by = tuple(quoted(self.source.output(self.source.field(path))) for path in window.by)
        flag = self.flag(base)
        outputs = self.outputs(name, base, "edge")
        cell = (*self.context.groups[:level], *by)
        rows = self.source.rows(groups, where)
        return EdgeRows(rows, over, window.kind == "last", cell, flag), outputs

    # -- the parts

    def outputs(self, name: str, base: Base, flag: str | None = None) -> tuple[Output, ...]:
        """The aggregate, and the people that it is about if they are to be counted."""
        flag = flag or self.flag(base)
        found = self.worked(name, base, flag).parts
        if not self.context.settings.counts_people:
            return found
        found += people_outputs(name, base, self.source, flag)
        if has_noise(base, self.source.entity, self.context.settings):
            found += key_parts(name, base, self.source, flag)
        return found

    def worked(self, name: str, base: Base, flag: str | None) -> Worked:
        """The aggregate, and what is left to be calculated when it is known."""
        settings, parameters = self.context.settings, self.context.parameters
        if not has_noise(base, self.source.entity, settings):
            return worked(name, base, self.source, parameters, flag, size=settings.size)
        exact = exact_name(name)
        found = worked(exact, base, self.source, parameters, flag, size=settings.size)
        noise = noise_layer(name, base, settings.noise_below)
        return Worked(found.parts, (*found.layers, noise))

    def flag(self, base: Base) -> str | None:
        """The name of the column that flags the rows of a measure."""
        condition = self.condition(base)
        return self.source.output(condition) if condition is not None else None

    def condition(self, base: Base) -> str | None:
        """The rows that a measure is about; None: all of them."""
        parts = [self.source.expression(base.where)] if base.where else []
        parameters = self.context.parameters
        parts += [condition_sql(self.source, c, parameters) for c in base.conditions]
        if base.without is not None:
            parts.append(f"NOT coalesce({self._counted(base.without)}, FALSE)")
        return "(" + " AND ".join(f"({p})" for p in parts) + ")" if parts else None

    def _counted(self, base: Base) -> str:
        """The rows that a measure is about and that have a value."""
        tests = [self.condition(base)]
        if base.operand is not None:
            tests.append(f"({self.source.field(base.operand)} IS NOT NULL)")
        return "(" + " AND ".join(test for test in tests if test) + ")"

    def groups(self) -> tuple[tuple[Output, ...], tuple[str, ...]]:
        """The groups as columns, and the condition that a row has its time."""
        report = self.context.report
        found: list[Output] = []
        dated: tuple[str, ...] = ()
        if report.time is not None:
            bucket, dated = self._time()
            found.append(Output("d0", bucket))
        for index, dimension in enumerate(report.dimensions):
            path = self.context.seen(dimension.path, self.source.entity.key)
            value = self.source.field(path)
            if dimension.bins:
                value = bin_sql(value, dimension.bins, self.context.parameters)
            found.append(Output(f"d{index + (report.time is not None)}", value))
        return tuple(found), dated

    def _time(self) -> tuple[str, tuple[str, ...]]:
        context, time = self.context, self.context.report.time
        assert time is not None
        path = context.axis(self.source.entity.key)
        kind, value = path.field.type, self.source.field(path)
        parameters, settings = context.parameters, context.settings
        if self.shifts and time.bucket == "term":
            bucket = self._later_term(value, kind)
        else:
            # A day without a counterpart is in no cell, and so in no total either.
            is_exact = time.bucket in _DAY_BUCKETS
            local = shifted_local(value, kind, self.shifts, parameters, settings, is_exact=is_exact)
            bucket = bucket_sql(local, kind, time.bucket, parameters, settings)
            if self.shifts:
                bucket = self._on_the_clock(bucket, kind)
        if self.shifts or time.bucket in BUCKETS_WITH_GAPS:
            return bucket, (f"({bucket} IS NOT NULL)",)
        if path.field.required and not path.hops:
            return bucket, ()
        return bucket, (f"({value} IS NOT NULL)",)

    def _on_the_clock(self, bucket: str, kind: FieldType) -> str:
        """A bucket to which rows are moved; NULL where it is an hour that the clocks skip."""
        time = self.context.report.time
        assert time is not None
        exists = exists_sql(bucket, kind, time.bucket, self.context.parameters)
        return f"(CASE WHEN {exists} THEN {bucket} END)" if exists else bucket

    def left(self) -> str | None:
        """The condition of the rows that are moved to no day or hour; None if there can't be any.

        To 29 February of another year, or to an hour that the clocks skip. What has no later time
        at all (the last term) isn't meant.
        """
        context, time = self.context, self.context.report.time
        if time is None or time.bucket not in _DAY_BUCKETS:
            return None
        path = context.axis(self.source.entity.key)
        kind = path.field.type
        if kind is FieldType.DATE and not any(shift.unit in MONTHS for shift in self.shifts):
            return None
        value = self.source.field(path)
        about = shifted_local(value, kind, self.shifts, context.parameters, context.settings)
        return f"({about} IS NOT NULL AND {self._time()[0]} IS NULL)"

    def undated(self) -> str | None:
        """The condition of the rows that no bucket holds; None if there can't be any."""
        context, time = self.context, self.context.report.time
        assert time is not None
        path = context.axis(self.source.entity.key)
        value = self.source.field(path)
        if time.bucket in BUCKETS_WITH_GAPS:
            return f"({self._time()[0]} IS NULL)"
        if path.field.required and not path.hops:
            return None
        return f"({value} IS NULL)"

    def _later_term(self, value: str, kind: FieldType) -> str:
        """The number of the term: counted in terms where that is the unit, as terms overlap."""
        parameters, settings = self.context.parameters, self.context.settings
        days = tuple(s for s in self.shifts if s.unit != "term")
        local = shifted_local(value, kind, days, parameters, settings)
        number = bucket_sql(local, kind, "term", parameters, settings)
        later = sum(s.n for s in self.shifts if s.unit == "term")
        last = len(settings.terms) - 1
        return f"(CASE WHEN {number} + {later} <= {last} THEN {number} + {later} END)"

    def where(self) -> tuple[str, ...]:
        """The report's filters, as this entity and this measure's time see them."""
        filters = self.context.report.filters
        predicates = tuple(self._predicate(f) for f in filters)
        logic = logic_sql(self.context.report.logic, predicates)
        found: tuple[str, ...] = (logic,) if logic else ()
        if any(shift.partial for shift in self.shifts):
            found += (self._not_after_today(),)
        return found

    def _predicate(self, condition: Condition | MetricCondition) -> str | None:
        context, entity = self.context, self.source.entity.key
        if isinstance(condition, MetricCondition):
            return self._metric_predicate(condition)
        path = context.seen(condition.path, entity)
        if self.window is not None and self.window.looks_back and is_same(path, self.window.path):
            return None  # it bounds the buckets, not what a window looks back on
        other = context.seen(condition.other, entity) if condition.other else None
        seen = replace(condition, path=path, other=other)
        if self.shifts and any(is_same(condition.path, p) for p in context.report.shifted):
            return compared_sql(self.source, seen, self._later(path), context.parameters)
        return condition_sql(self.source, seen, context.parameters)

    def _later(self, path: Path) -> str:
        value = self.source.field(path)
        kind = path.field.type
        return shifted_value(
            value, kind, self.shifts, self.context.parameters, self.context.settings
        )

    def _not_after_today(self) -> str:
        """An earlier period counts as far as the current one has come.

        That is until today, or until the last date of the rows that are asked about, if plans
        lie ahead.
        """
        context = self.context
        entity = self.source.entity.key
        if context.report.time is not None:
            path = context.axis(entity)
        else:
            path = context.seen(context.report.shifted[0], entity)
        kind, parameters = path.field.type, context.parameters
        local = shifted_local(
            self.source.field(path), kind, self.shifts, parameters, context.settings
        )
        current = Branch(context, entity)
        every, where = current.source, current.where()
        known = every.output(day_sql(local_sql(every.field(path), kind, parameters), kind))
        last = f'(SELECT max({quoted(known)}) FROM ({rows_sql(every.rows((), where))}) AS "r")'  # noqa: S608 - SQL is built here, of quoted names alone
        today = f"CAST({parameters.add(Today())} AS DATE)"
        return f"({day_sql(local, kind)} <= greatest({today}, {last}))"

    def _metric_predicate(self, condition: MetricCondition) -> str:
        hops = route(self.context.catalog, self.source.entity.key, self.context.report.entity)
        assert hops is not None, "validation has checked that it belongs to the root"
        keys = self.source.key(hops)
        names: dict[Base, str] = {}
        open_to_all = ""
        for base in bases_of(condition.measure.formula):
            alias = self.source.child(self._per_row(base, condition.route), hops)
            names[base] = f"{alias}.v"
            if self._is_guarded(base):
                _rows, *few = people_names("v")
                tests = (f"coalesce({alias}.{name}, 0)" for name in few)
                smallest = self.context.settings.smallest
                open_to_all += "".join(f" AND ({t} = 0 OR {t} >= {smallest})" for t in tests)
        value = formula_sql(condition.measure.formula, names, self.context.parameters)
        measure, parameters = condition.measure, self.context.parameters
        predicate = constants_sql(value, condition.op, condition.values, measure.type, parameters)
        return f"({keys[0]} IS NOT NULL AND {predicate}{open_to_all})"

    def _is_guarded(self, base: Base) -> bool:
        """Return True if a group that a number chooses would reveal that it is about few people."""
        by_key, settings = self.context.catalog.by_key, self.context.settings
        chooses_groups = not by_key[self.context.report.entity].scope.person
        is_about_people = bool(by_key[base.entity].scope.person)
        return settings.smallest > 0 and chooses_groups and is_about_people

    def _per_row(self, base: Base, way: tuple[str, ...]) -> Aggregate:
        inner = Branch(self.context, base.entity)
        entity: Entity = inner.source.entity
        for hop in way[:-1]:
            entity = self.context.catalog.by_key[entity.relations_by_name[hop].to]
        columns = entity.relations_by_name[way[-1]].columns
        keys = tuple(
            Output(f"k{i}", inner.source.column(way[:-1], name)) for i, name in enumerate(columns)
        )
        # Nobody asks a second time for what is only a condition: no value may be too large.
        finished = worked(
            "v",
            base,
            inner.source,
            self.context.parameters,
            inner.flag(base),
            size="large",
        )
        parts = finished.parts
        if self._is_guarded(base):
            parts += people_outputs("v", base, inner.source, inner.flag(base))
        rows = inner.source.rows(keys, ())
        groups = tuple(quoted(k.name) for k in keys)
        return Aggregate(rows, groups, parts, layers=stacked([finished]))


def people_names(name: str) -> tuple[str, str, str]:
    """The columns that count what an aggregate is about: rows, their people, the others."""
    return f"{name}_rows", f"{name}_people", f"{name}_others"


def people_outputs(
    name: str, base: Base, source: GuardedTables, condition: str | None
) -> tuple[Output, ...]:
    """The columns of :func:`people_names`; none if the rows aren't about people."""
    people = people_sql(base, source, condition)
    if people is None:
        return ()
    return tuple(map(Output, people_names(name), (people.rows, people.people, people.others)))
