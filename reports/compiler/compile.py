"""From a validated report to plan nodes.

Each measure's entity is added up at its own grain on the requested dimensions, and only
then are the sums put side by side: so no relation can multiply another entity's rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from reports.catalog.model import Catalog
from reports.catalog.paths import resolve
from reports.compiler.aggregates import DIVIDED
from reports.compiler.branches import Branch, people_names
from reports.compiler.conditions import constants_sql, relative_sql
from reports.compiler.context import Context
from reports.compiler.counterparts import known_sql
from reports.compiler.exact import stacked
from reports.compiler.filling import fill_of
from reports.compiler.guarded_tables import NoProfile, Profile
from reports.compiler.guards import quoted
from reports.compiler.parameters import Late, Parameters
from reports.compiler.perturbation import has_noise
from reports.compiler.plan import (
    Aggregate,
    Cells,
    Combine,
    Counting,
    EdgeRows,
    Fill,
    Layer,
    Listing,
    Order,
    Output,
    Rows,
)
from reports.compiler.render import (
    render_cells,
    render_counting,
    render_fewest,
    render_listing,
)
from reports.compiler.settings import Settings
from reports.compiler.values import Calculations, formula_sql
from reports.compiler.windows import steps_of, window_branches
from reports.language.formulas import bases_about_people, bases_in, bases_of
from reports.language.report import Base, Constant, Having, Measure, Report


@dataclass(frozen=True)
class Compiled:
    """Statements ready to run. ``undated`` counts the rows that no time bucket holds."""

    sql: str
    parameters: dict[str, Constant | Late]
    count_sql: str | None = None
    undated_sql: str | None = None
    undated_entities: tuple[str, ...] = ()
    left_sql: str | None = None
    """Counts the rows that are moved in time to no day or hour."""
    left_entities: tuple[str, ...] = ()
    steps_sql: tuple[tuple[Base, str], ...] = ()
    """For each measure of other times: the fewest people that a step between them is about."""
    larger_sql: str | None = None
    """The statement to run if numbers are too large for ``sql``; the same in all others."""

    @cached_property
    def statements(self) -> tuple[str, ...]:
        """All statements, each one to be verified."""
        others = (self.count_sql, self.undated_sql, self.left_sql, self.larger_sql)
        steps = (sql for _base, sql in self.steps_sql)
        return (self.sql, *(sql for sql in (*others, *steps) if sql))


def compile_report(
    report: Report,
    catalog: Catalog,
    settings: Settings,
    profile: Profile | None = None,
) -> Compiled:
    """The statements that answer ``report`` inside a scope of the kind in ``settings``.

    ``profile`` knows what is true of all rows of the snapshot; by default nothing is known.
    """
    context = Context(report, catalog, settings, Parameters(), profile or NoProfile())
    return _listing(context) if report.mode == "rows" else _Groups(context).compile()


def _limit(context: Context) -> int | None:
    limits = [n for n in (context.report.limit, context.settings.cap) if n is not None]
    return min(limits) if limits else None


def _listing(context: Context) -> Compiled:
    """Rows as they are: the shown columns, then the key."""
    report = context.report
    branch = Branch(context, report.entity)
    where = branch.where()
    outputs = tuple(
        Output(f"d{i}", branch.source.field(c.path)) for i, c in enumerate(report.columns)
    )
    keys = [branch.source.output(sql) for sql in branch.source.key()]
    rows = branch.source.rows(outputs, where)
    names = {c.key: quoted(f"d{i}") for i, c in enumerate(report.columns)}
    order = [Order(names[s.by], s.descending) for s in report.sort]
    # Rows without a key that tie are the same to the reader: all that is shown decides.
    ties = [Order(quoted(key)) for key in keys] or [Order(name) for name in names.values()]
    listing = Listing(rows, (*order, *ties), _limit(context))
    counted = Branch(context, report.entity)
    count_where = counted.where()
    counting = Counting((("rows", counted.source.rows((), count_where)),))
    shown = (*(quoted(f"d{i}") for i in range(len(outputs))), *(quoted(k) for k in keys))
    return Compiled(
        render_listing(listing, shown),
        context.parameters.values,
        count_sql=render_counting(counting),
    )


def _counting_moves(left: list[tuple[str, Rows]]) -> str:
    """An entity may be moved in several ways: numbers distinguish the columns."""
    return render_counting(Counting(tuple((f"n{i}", rows) for i, (_, rows) in enumerate(left))))


class _Groups:
    """Compiles a report of groups."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.report = context.report
        self.groups = context.groups

    def compile(self) -> Compiled:
        cells = self.cells()
        undated = self._undated()
        left = self._left()
        return Compiled(
            render_cells(cells),
            self.context.parameters.values,
            undated_sql=render_counting(undated) if undated else None,
            undated_entities=tuple(name for name, _ in undated.rows) if undated else (),
            left_sql=_counting_moves(left) if left else None,
            left_entities=tuple(entity for entity, _ in left),
            larger_sql=self._larger(),
            steps_sql=self._steps(),
        )

    def _steps(self) -> tuple[tuple[Base, str], ...]:
        if not self.context.settings.counts_people:
            return ()
        about = bases_about_people(self.report, self.context.catalog)
        return tuple(
            (base, render_fewest(steps_of(self.context, base)))
            for base in about
            if base.without is None and (base.shifts or (base.window and base.window.looks_back))
        )

    def _larger(self) -> str | None:
        """The statement for numbers whose squares are too large for the usual one."""
        if not any(base.agg in DIVIDED for base in self._bases()):
            return None
        settings = replace(self.context.settings, size="large")
        return render_cells(_Groups(replace(self.context, settings=settings)).cells())

    def cells(self) -> Cells:
        """The plan of the statement."""
        totals = self._total_levels()
        # A total of groups that `having` chooses can't come from the same pass over the rows.
        is_cut = bool(self.report.having) and bool(totals)
        levels = (len(self.groups), *(() if is_cut else totals))
        names = {base: f"m{i}" for i, base in enumerate(self._bases())}
        combine = self._combine(names, levels)
        order = self._order()
        return Cells(
            self._filled(combine, levels),
            self.groups,
            self._values(names),
            self._calculations(order),
            tuple(self._having(h) for h in self.report.having),
            order,
            _limit(self.context),
            self.report.total_levels,
            self._remaining_totals(names, totals) if is_cut else None,
            self._worked(names),
        )

    def _worked(self, names: dict[Base, str]) -> tuple[Layer, ...]:
        """Return the layers that finish the aggregates."""
        return stacked(
            Branch(self.context, base.entity).worked(name, base, None)
            for base, name in names.items()
        )

    def _total_levels(self) -> tuple[int, ...]:
        """The levels of totals that are shown or needed for shares, the finest first."""
        top = len(self.groups)
        found = set(self.report.total_levels)
        kinds = {m.calc.kind for m in self.report.measures if m.calc}
        if "percentOfTotal" in kinds:
            found.add(0)
        if "percentOfParent" in kinds:
            found |= {max(level - 1, 0) for level in (*found, top)}
        return tuple(sorted((level for level in found if level < top), reverse=True))

    def _bases(self) -> tuple[Base, ...]:
        found = bases_in(self.report)
        if self.context.settings.counts_people:
            found += bases_about_people(self.report, self.context.catalog)
        return tuple(dict.fromkeys(found))

    def _combine(self, names: dict[Base, str], levels: tuple[int, ...]) -> Combine:
        plain: dict[str, list[tuple[str, Base]]] = {}
        if self.groups and self._has_axis(self.report.entity):
            plain[self.report.entity] = []  # its rows make groups, whatever is measured
        special: list[Aggregate] = []
        for base, name in names.items():
            if base.is_plain:
                plain.setdefault(base.entity, []).append((name, base))
            else:
                special += self._special(name, base, levels)
        branches = [
            Branch(self.context, entity).plain(bases, levels) for entity, bases in plain.items()
        ]
        columns = tuple(o.name for b in (*branches, *special) for o in b.outputs)
        return Combine((*branches, *special), self.groups, tuple(dict.fromkeys(columns)))

    def _special(self, name: str, base: Base, levels: tuple[int, ...]) -> tuple[Aggregate, ...]:
        if base.window is not None and base.window.looks_back:
            return window_branches(self.context, name, base, levels)
        return tuple(
            Branch(self.context, base.entity, base.shifts, base.window).of_level(name, base, level)
            for level in levels
        )

    def _remaining_totals(self, names: dict[Base, str], totals: tuple[int, ...]) -> Combine:
        """The totals of the groups that ``having`` leaves."""
        combine = self._combine(names, totals)
        time = quoted("d0")
        branches: list[Aggregate] = []
        for branch in combine.branches:
            remaining = self.groups
            if isinstance(branch.rows, EdgeRows):
                edge = replace(branch.rows, remaining_groups=self.groups)
                branches.append(replace(branch, rows=edge))
                continue
            if not isinstance(branch.rows, Rows) and branch.rows.time is None:
                remaining = tuple(g for g in remaining if g != time or self.report.time is None)
            if branch.outputs:
                branches.append(replace(branch, remaining_groups=remaining))
        return Combine(tuple(branches), self.groups, combine.outputs)

    def _has_axis(self, entity: str) -> bool:
        time = self.report.time
        if time is None or time.path is not None:
            return True
        return bool(self.context.catalog.by_key[entity].time)

    def _filled(self, combine: Combine, levels: tuple[int, ...]) -> Combine | Fill:
        time = self.report.time
        if time is None or not time.fill:
            return combine
        catalog = self.context.catalog
        root = catalog.by_key[self.report.entity]
        axis = time.path
        if axis is None:
            owner = root if root.time else catalog.by_key[self._bases()[0].entity]
            axis = resolve(catalog, owner.key, owner.time)
        return fill_of(self.context, axis, combine, levels)

    def _values(self, names: dict[Base, str]) -> tuple[Output, ...]:
        known = known_sql(self.context, names)
        measures = list(enumerate(self.report.measures))
        found = [
            Output(f"{'v' if m.calc is None else 'c'}{i}", self._value(m, names, known))
            for i, m in sorted(measures, key=lambda item: item[1].calc is not None)
        ]
        if self.context.settings.counts_people:
            about = bases_about_people(self.report, self.context.catalog)
            columns = [column for base in about for column in people_names(names[base])]
            found += [Output(f"p{i}", quoted(column)) for i, column in enumerate(columns)]
        return tuple(found)

    def _value(self, measure: Measure, names: dict[Base, str], known: Mapping[Base, str]) -> str:
        """A measure's formula. A share stays one where its parts have noise, each its own.

        What is a share is declared, as its exact value must decide nothing that is shown.
        """
        value = formula_sql(measure.formula, names, self.context.parameters, known)
        if measure.format != "percent" or not any(
            self._has_noise(base) for base in bases_of(measure.formula)
        ):
            return value
        return f"(CASE WHEN {value} IS NOT NULL THEN least(greatest({value}, 0), 1) END)"

    def _has_noise(self, base: Base) -> bool:
        entity = self.context.catalog.by_key[base.entity]
        return has_noise(base, entity, self.context.settings)

    def _calculations(self, order: tuple[Order, ...]) -> tuple[tuple[Output, ...], ...]:
        calculations = Calculations(self.groups, order, in_time=self.report.time is not None)
        layers: tuple[list[Output], list[Output]] = ([], [])
        for i, measure in enumerate(self.report.measures):
            if measure.calc is not None:
                sql = calculations.sql(measure.calc, quoted(f"c{i}"))
                layers[measure.calc.needs_order].append(Output(f"v{i}", sql))
        return tuple(tuple(layer) for layer in layers if layer)

    def _having(self, having: Having) -> str:
        keys = [m.key for m in self.report.measures]
        index = keys.index(having.measure)
        kind = self.report.measures[index].type
        name = quoted(f"v{index}")
        if having.relative is not None:
            return relative_sql(name, having.relative, kind, self.context.parameters)
        return constants_sql(name, having.op, having.values, kind, self.context.parameters)

    def _order(self) -> tuple[Order, ...]:
        keys = [self.report.time.key] if self.report.time else []
        keys += [d.key for d in self.report.dimensions]
        names = dict(zip(keys, self.groups, strict=True))
        names |= {m.key: quoted(f"v{i}") for i, m in enumerate(self.report.measures)}
        asked = tuple(Order(names[s.by], s.descending) for s in self.report.sort)
        return asked + tuple(Order(group) for group in self.groups)

    def _undated(self) -> Counting | None:
        if self.report.time is None:
            return None
        found: list[tuple[str, Rows]] = []
        entities = dict.fromkeys(b.entity for b in self._bases())
        if self._has_axis(self.report.entity):
            entities = {self.report.entity: None} | entities
        for entity in entities:
            branch = Branch(self.context, entity)
            undated = branch.undated()
            if undated is not None:
                where = (*branch.where(), undated)
                found.append((entity, branch.source.rows((), where)))
        return Counting(tuple(found)) if found else None

    def _left(self) -> list[tuple[str, Rows]]:
        """For each move in time the rows that have no bucket there, by their entity."""
        moves = dict.fromkeys(
            (base.entity, base.shifts)
            for base in self._bases()
            if base.shifts and not (base.window is not None and base.window.looks_back)
        )
        found: list[tuple[str, Rows]] = []
        for entity, shifts in moves:
            branch = Branch(self.context, entity, shifts)
            left = branch.left()
            if left is not None:
                found.append((entity, branch.source.rows((), (*branch.where(), left))))
        return found
